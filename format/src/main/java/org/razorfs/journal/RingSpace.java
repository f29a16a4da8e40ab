package org.razorfs.journal;

/**
 * How much of the ring is taken, promised and free; {@link Journal} calls it under its lock.
 *
 * <p>INV-JRN-11: whatever the order in which the promised bytes are appended, they end at or before
 * {@code tail + length}. Each promise includes what closing a batch costs, and where they reach
 * across the ring's end, the PAD there is smaller than the record that did not fit, which is no
 * larger than all promises together. They reach across it once at most, because no more than one
 * ring's length is ever in use.
 */
final class RingSpace {
  private final JournalRing ring;
  private long tail;
  private long promised;

  RingSpace(JournalRing ring, long tail) {
    this.ring = ring;
    this.tail = tail;
  }

  /** Whether {@code ticket} bytes could be promised if nothing else were in the ring. */
  boolean everFits(long ticket) {
    return ticket <= ring.length() && ticket + worstPad(ticket) <= ring.length();
  }

  /**
   * Whether {@code ticket} more bytes can be promised.
   *
   * @param position where the next record may start
   * @param closing what closing the batch that is open costs
   */
  boolean fits(long ticket, long position, long closing) {
    long all = promised + ticket + closing;
    long end = position + all;
    if (all > ring.toEnd(position)) {
      end += worstPad(all);
    }
    return end - tail <= ring.length();
  }

  private static long worstPad(long bytes) {
    return Math.min(bytes, JournalRing.MAX_RECORD);
  }

  void promise(long ticket) {
    promised += ticket;
  }

  /** Takes back a promise. */
  void settle(long ticket) {
    checkPromised(ticket);
    promised -= ticket;
  }

  void checkPromised(long ticket) {
    if (ticket < 0 || ticket > promised) {
      throw new IllegalStateException(ticket + " bytes were not reserved, only " + promised);
    }
  }

  long promised() {
    return promised;
  }

  long tail() {
    return tail;
  }

  /** Gives back everything before {@code lsn}; false when that was done before. */
  boolean release(long lsn) {
    if (lsn <= tail) {
      return false;
    }
    tail = lsn;
    return true;
  }

  /** How much is taken or promised, from 0 to 1. */
  double fraction(long position) {
    return (double) (position - tail + promised) / ring.length();
  }
}
