package org.razorfs.layout;

import java.util.zip.CRC32;
import org.razorfs.wire.Bytes;

/**
 * Journal record header, spec §6.2; the undo and the redo payload follow it, then zeros up to a
 * multiple of eight bytes.
 *
 * @param operation the operation's number
 * @param committed whether the transaction ends with this record
 * @param lsn the record's position in the endless journal; its place in the ring is lsn modulo
 *     length
 * @param epoch the journal epoch of the superblock under which it was written
 * @param transaction the id shared by the records of a transaction
 * @param sequence a number that grows by one with each record
 * @param inode the inode that the operation is about, or 0
 * @param durable all of the journal before this lsn, and the file data it refers to, was on stable
 *     storage when this record was written
 * @param undoSize bytes of the undo payload
 * @param redoSize bytes of the redo payload
 */
public record JournalRecord(
    int operation,
    boolean committed,
    long lsn,
    long epoch,
    long transaction,
    long sequence,
    long inode,
    long durable,
    int undoSize,
    int redoSize) {
  /** "JRNL" in the order of the bytes on disk. */
  public static final int MAGIC = 'J' | 'R' << 8 | 'N' << 16 | 'L' << 24;

  /** The bytes of a header. */
  public static final int HEADER = 72;

  /** A batch of records starts at a multiple of this, and ends just before one. */
  public static final int BATCH_ALIGNMENT = Geometry.UNIT;

  /** No payload is longer. */
  public static final int MAX_PAYLOAD = 1 << 20;

  /** Where a record says whether it ends its transaction. */
  public static final int COMMITTED_AT = 6;

  private static final int CRC_AT = 68;

  /** The bytes that a record with these payload sizes takes. */
  public static int size(int undoSize, int redoSize) {
    return (HEADER + undoSize + redoSize + 7) & -8;
  }

  /** The bytes that this record takes. */
  public int size() {
    return size(undoSize, redoSize);
  }

  /**
   * Writes the header in front of payloads that already lie at {@code at + HEADER}, and seals all
   * of it with the CRC.
   */
  public void seal(byte[] bytes, int at) {
    Bytes.put32(bytes, at, MAGIC);
    Bytes.put16(bytes, at + 4, operation);
    bytes[at + COMMITTED_AT] = (byte) (committed ? 1 : 0);
    bytes[at + 7] = 0;
    Bytes.put64(bytes, at + 8, lsn);
    Bytes.put64(bytes, at + 16, epoch);
    Bytes.put64(bytes, at + 24, transaction);
    Bytes.put64(bytes, at + 32, sequence);
    Bytes.put64(bytes, at + 40, inode);
    Bytes.put64(bytes, at + 48, durable);
    Bytes.put32(bytes, at + 56, undoSize);
    Bytes.put32(bytes, at + 60, redoSize);
    Bytes.put32(bytes, at + 64, 0);
    Bytes.put32(bytes, at + CRC_AT, crc(bytes, at, undoSize + redoSize));
  }

  /**
   * The header at {@code at}, or null where the {@code limit - at} bytes there don't hold a sealed
   * record: wrong magic, sizes beyond the limit, or a CRC that doesn't match.
   */
  public static JournalRecord parse(byte[] bytes, int at, int limit) {
    if (limit - at < HEADER || Bytes.i32(bytes, at) != MAGIC) {
      return null;
    }
    int undoSize = Bytes.i32(bytes, at + 56);
    int redoSize = Bytes.i32(bytes, at + 60);
    if (undoSize < 0
        || redoSize < 0
        || undoSize > MAX_PAYLOAD
        || redoSize > MAX_PAYLOAD
        || size(undoSize, redoSize) > limit - at
        || crc(bytes, at, undoSize + redoSize) != Bytes.i32(bytes, at + CRC_AT)) {
      return null;
    }
    return new JournalRecord(
        Bytes.u16(bytes, at + 4),
        bytes[at + COMMITTED_AT] == 1,
        Bytes.i64(bytes, at + 8),
        Bytes.i64(bytes, at + 16),
        Bytes.i64(bytes, at + 24),
        Bytes.i64(bytes, at + 32),
        Bytes.i64(bytes, at + 40),
        Bytes.i64(bytes, at + 48),
        undoSize,
        redoSize);
  }

  /** Over the header without its CRC field, then the payloads. */
  private static int crc(byte[] bytes, int at, int payload) {
    CRC32 crc = new CRC32();
    crc.update(bytes, at, CRC_AT);
    crc.update(bytes, at + HEADER, payload);
    return (int) crc.getValue();
  }
}
