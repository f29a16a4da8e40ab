package org.razorfs.journal;

import org.razorfs.device.BlockDevice;
import org.razorfs.fault.CorruptImageException;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.JournalRecord;

/**
 * Where the journal lies and how its endless positions (lsn) map to it, spec §6.1; shared by writer
 * and readers so that the rules of wrapping exist once.
 *
 * @param start the address of the ring's first byte
 * @param length its bytes, a multiple of {@link Geometry#UNIT}
 */
public record JournalRing(long start, long length) {
  /** Positions at which a journal may begin stay below this, so that sums cannot overflow. */
  public static final long MAX_LSN = 1L << 62;

  /** The least length: one batch of one small record, and as much again. */
  public static final long MIN_LENGTH = 4 * Geometry.UNIT;

  /** No record is longer. */
  static final int MAX_RECORD =
      JournalRecord.size(JournalRecord.MAX_PAYLOAD, JournalRecord.MAX_PAYLOAD);

  /** What closing a batch costs at most, in bytes, wherever the batch ends. */
  static final int COMMIT_OVERHEAD =
      JournalRecord.HEADER - 8 + JournalRecord.BATCH_ALIGNMENT; // 64 bytes are too few for a record

  /** Refuses a ring that no format allows; {@link #of} does it for a ring read from an image. */
  public JournalRing {
    if (start < 0
        || start > Geometry.MAX_VOLUME
        || length < MIN_LENGTH
        || length > Geometry.MAX_JOURNAL
        || length % Geometry.UNIT != 0) {
      throw new IllegalArgumentException("no journal of " + length + " bytes at " + start);
    }
  }

  /**
   * The ring that a superblock names.
   *
   * @throws CorruptImageException when it cannot be one or does not lie inside the device
   */
  public static JournalRing of(BlockDevice device, long start, long length)
      throws CorruptImageException {
    try {
      JournalRing ring = new JournalRing(start, length);
      if (start <= device.size() - length) {
        return ring;
      }
    } catch (IllegalArgumentException e) {
      // The same message as below tells more.
    }
    throw new CorruptImageException(
        device.name() + ", journal",
        "a ring of whole units inside the image's " + device.size() + " bytes",
        length + " bytes at " + start);
  }

  /** The address at which {@code lsn} lies. */
  public long address(long lsn) {
    return start + lsn % length;
  }

  /** The bytes from {@code lsn} to the ring's end; at least 1. */
  public long toEnd(long lsn) {
    return length - lsn % length;
  }

  /**
   * Where a record lies that follows one that ends at {@code lsn}: there, or at the ring's start
   * when what is left of the ring holds no header.
   */
  public long place(long lsn) {
    long left = toEnd(lsn);
    return left < JournalRecord.HEADER ? lsn + left : lsn;
  }

  /** The size of the COMMIT record that lies at {@code lsn}; it ends where a batch may start. */
  static int commitSize(long lsn) {
    int left = JournalRecord.BATCH_ALIGNMENT - (int) (lsn & (JournalRecord.BATCH_ALIGNMENT - 1));
    return left < JournalRecord.HEADER ? left + JournalRecord.BATCH_ALIGNMENT : left;
  }

  /** Whether a batch may start at {@code lsn}. */
  static boolean isBatchStart(long lsn) {
    return (lsn & (JournalRecord.BATCH_ALIGNMENT - 1)) == 0;
  }
}
