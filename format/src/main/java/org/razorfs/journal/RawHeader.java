package org.razorfs.journal;

import org.razorfs.layout.JournalRecord;
import org.razorfs.wire.Bytes;

/**
 * What bytes claim that may be a journal record's header, spec §6.2, before anybody pays for the
 * CRC; for nothing but deciding whether that is worth it.
 */
final class RawHeader {
  private static final int LSN_AT = 8;
  private static final int EPOCH_AT = 16;
  private static final int UNDO_AT = 56;
  private static final int REDO_AT = 60;

  private RawHeader() {}

  static boolean hasMagic(byte[] bytes, int at) {
    return Bytes.i32(bytes, at) == JournalRecord.MAGIC;
  }

  /** Whether it claims to have been written at this position under this epoch. */
  static boolean claims(byte[] bytes, int at, long lsn, long epoch) {
    return hasMagic(bytes, at)
        && Bytes.i64(bytes, at + LSN_AT) == lsn
        && Bytes.i64(bytes, at + EPOCH_AT) == epoch;
  }

  /** The size of the whole record, or -1 when no record has such payloads. */
  static int size(byte[] bytes, int at) {
    int undoSize = Bytes.i32(bytes, at + UNDO_AT);
    int redoSize = Bytes.i32(bytes, at + REDO_AT);
    boolean possible =
        undoSize >= 0
            && undoSize <= JournalRecord.MAX_PAYLOAD
            && redoSize >= 0
            && redoSize <= JournalRecord.MAX_PAYLOAD;
    return possible ? JournalRecord.size(undoSize, redoSize) : -1;
  }
}
