package org.razorfs.layout;

import org.razorfs.fault.CorruptImageException;
import org.razorfs.wire.ByteSink;
import org.razorfs.wire.ByteSource;

/**
 * Orphan, spec §5.10: says that work on an inode is left, and perhaps on which range of the file.
 *
 * @param work CLEAR, PROMISE or both; 0 without a range
 * @param from the first byte of the file that is concerned
 * @param to the byte after the last
 */
public record OrphanRecord(int work, long from, long to) {
  /** What the range has is to be taken out of the file. */
  public static final int CLEAR = 1;

  /** Holes in the range are to be given promised space. */
  public static final int PROMISE = 2;

  /** Bytes of a value with a range. */
  public static final int RANGE_SIZE = 17;

  /** Work that concerns no range. */
  public static final OrphanRecord PLAIN = new OrphanRecord(0, 0, 0);

  /** Whether a range is concerned. */
  public boolean hasRange() {
    return work != 0;
  }

  /** Whether the range reads as zeros. */
  public boolean clears() {
    return (work & CLEAR) != 0;
  }

  /** Whether the range is to have space. */
  public boolean promises() {
    return (work & PROMISE) != 0;
  }

  /** The same from {@code start} on, or null where nothing is left of it. */
  public OrphanRecord after(long start) {
    return start < to ? new OrphanRecord(work, start, to) : null;
  }

  /** Whether the fields are those of a range (INV-ORP-1). */
  public boolean isLegal() {
    return work >= CLEAR && work <= (CLEAR | PROMISE) && from >= 0 && from < to;
  }

  /** The range's bytes; none without one. */
  public void encode(ByteSink sink) {
    if (hasRange()) {
      sink.u8(work).u64(from).u64(to);
    }
  }

  /** The value of the item. */
  public byte[] toBytes() {
    ByteSink sink = new ByteSink(RANGE_SIZE);
    encode(sink);
    return sink.toBytes();
  }

  /** Reads a range. */
  public static OrphanRecord decodeRange(ByteSource source) throws CorruptImageException {
    return new OrphanRecord(source.u8(), source.i64(), source.i64());
  }

  /** Reads the value of an item. */
  public static OrphanRecord decode(ByteSource source) throws CorruptImageException {
    return source.remaining() == 0 ? PLAIN : decodeRange(source);
  }
}
