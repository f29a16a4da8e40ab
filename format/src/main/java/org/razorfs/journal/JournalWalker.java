package org.razorfs.journal;

import java.io.IOException;
import org.razorfs.fault.CorruptImageException;
import org.razorfs.layout.JournalRecord;

/**
 * Goes through the records of a journal one by one, from its tail to the first place where the
 * chain ends. Not thread-safe.
 */
public final class JournalWalker {
  private final JournalReader reader;
  private final JournalRing ring;
  private final long limit;
  private long position;
  private long nextSequence;
  private boolean first = true;
  private boolean ended;

  /**
   * A walk that begins at {@code tail}.
   *
   * @throws CorruptImageException when no batch can start at {@code tail}
   */
  public JournalWalker(JournalReader reader, long tail) throws CorruptImageException {
    if (tail < 0 || tail > JournalRing.MAX_LSN || !JournalRing.isBatchStart(tail)) {
      throw new CorruptImageException(
          "journal",
          "a tail that is a multiple of " + JournalRecord.BATCH_ALIGNMENT,
          "lsn " + tail);
    }
    this.reader = reader;
    this.ring = reader.ring();
    this.position = tail;
    this.limit = tail + ring.length();
  }

  /**
   * The next place: valid ones, then the one that is not, then null. Null also after a last valid
   * one that ends where the tail lies again.
   *
   * @throws IOException when the device cannot be read
   */
  public JournalPlace next() throws IOException {
    if (ended) {
      return null;
    }
    position = ring.place(position);
    if (position >= limit) {
      ended = true;
      return null;
    }
    JournalPlace place = reader.at(position);
    if (place.valid()) {
      place = amongOthers(place);
    }
    if (place.valid()) {
      position += place.header().size();
      nextSequence = place.header().sequence() + 1;
      first = false;
    } else {
      ended = true;
    }
    return place;
  }

  private JournalPlace amongOthers(JournalPlace place) {
    JournalRecord header = place.header();
    if (!first && header.sequence() != nextSequence) {
      return place.wrong("sequence " + header.sequence() + " follows " + (nextSequence - 1));
    }
    if (header.size() > limit - position) {
      return place.wrong("reaches across the journal's tail");
    }
    return place;
  }

  /** Where the next place is looked for, or where the walk ended. */
  public long position() {
    return position;
  }

  /** The position that belongs to the next lap. */
  long limit() {
    return limit;
  }

  /** One more than the sequence of the last valid record, or 0 when there was none. */
  long nextSequence() {
    return nextSequence;
  }
}
