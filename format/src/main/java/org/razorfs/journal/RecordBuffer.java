package org.razorfs.journal;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.razorfs.layout.JournalRecord;
import org.razorfs.layout.Operation;
import org.razorfs.wire.ByteSink;

/**
 * Records as they will lie in the journal, from one position on without gaps, that {@link Journal}
 * fills under its lock and seals outside it; not thread-safe.
 */
final class RecordBuffer {
  /** Longs kept for each record: place and type, sizes, transaction, inode. */
  private static final int STRIDE = 4;

  private byte[] bytes = new byte[16 << 10];
  private long[] entries = new long[64 * STRIDE];
  private long base;
  private long sequence;
  private int size;
  private int count;

  /** Forgets the content; the next record lies at {@code lsn} and has this sequence. */
  void begin(long lsn, long firstSequence) {
    base = lsn;
    sequence = firstSequence;
    size = 0;
    count = 0;
  }

  boolean isEmpty() {
    return size == 0;
  }

  int size() {
    return size;
  }

  /** The position of the first byte. */
  long start() {
    return base;
  }

  /** The position after the last byte. */
  long end() {
    return base + size;
  }

  /** Makes sure that this much can be added without allocating. */
  void room(long moreBytes, int moreRecords) {
    long needed = size + moreBytes;
    if (needed > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.toIntExact(Math.max(needed, doubled(bytes.length))));
    }
    int slots = (count + moreRecords) * STRIDE;
    if (slots > entries.length) {
      entries = Arrays.copyOf(entries, Math.max(slots, doubled(entries.length)));
    }
  }

  private static int doubled(int length) {
    return Math.min(length, Integer.MAX_VALUE / 4) * 2;
  }

  /** Adds a record with payloads; see {@link #room}. */
  void add(
      Operation operation,
      boolean committed,
      long transaction,
      long inode,
      ByteSink undo,
      ByteSink redo) {
    int undoSize = undo.size();
    int redoSize = redo.size();
    enter(operation, committed, transaction, inode, undoSize, redoSize);
    int at = size + JournalRecord.HEADER;
    System.arraycopy(undo.array(), 0, bytes, at, undoSize);
    System.arraycopy(redo.array(), 0, bytes, at + undoSize, redoSize);
    int payloadEnd = at + undoSize + redoSize;
    size += JournalRecord.size(undoSize, redoSize);
    Arrays.fill(bytes, payloadEnd, size, (byte) 0);
  }

  /** Adds a PAD or COMMIT record of {@code length} bytes, a multiple of eight. */
  void addFiller(Operation operation, int length) {
    int payload = length - JournalRecord.HEADER;
    int redoSize = Math.min(payload, JournalRecord.MAX_PAYLOAD);
    enter(operation, operation == Operation.COMMIT, 0, 0, payload - redoSize, redoSize);
    addZeros(length);
  }

  /** Adds bytes that belong to no record. */
  void addZeros(int length) {
    Arrays.fill(bytes, size, size + length, (byte) 0);
    size += length;
  }

  private void enter(
      Operation operation,
      boolean committed,
      long transaction,
      long inode,
      int undoSize,
      int redoSize) {
    int at = count++ * STRIDE;
    entries[at] = (long) size << 32 | (long) operation.code() << 1 | (committed ? 1 : 0);
    entries[at + 1] = (long) undoSize << 32 | redoSize;
    entries[at + 2] = transaction;
    entries[at + 3] = inode;
  }

  /** Writes the headers and CRCs of all records at or after {@code from}. */
  void seal(long from, long epoch, long durable) {
    for (int i = 0; i < count; i++) {
      int entry = i * STRIDE;
      int at = (int) (entries[entry] >> 32);
      if (base + at < from) {
        continue;
      }
      int type = (int) entries[entry];
      new JournalRecord(
              type >> 1,
              (type & 1) != 0,
              base + at,
              epoch,
              entries[entry + 2],
              sequence + i,
              entries[entry + 3],
              durable,
              (int) (entries[entry + 1] >> 32),
              (int) entries[entry + 1])
          .seal(bytes, at);
    }
  }

  /** The bytes of the positions from {@code from} to {@code to}. */
  ByteBuffer bytes(long from, long to) {
    return ByteBuffer.wrap(bytes, (int) (from - base), (int) (to - from));
  }
}
