package org.razorfs.layout;

import org.razorfs.fault.CorruptImageException;
import org.razorfs.wire.ByteSink;
import org.razorfs.wire.ByteSource;

/**
 * Free space of one segment, spec §5.8: one bit a unit, set where it is in use. A segment without a
 * record is wholly free; units beyond the volume's end count as used.
 */
public final class SegmentRecord {
  private static final int ALL_USED = 0;
  private static final int BITMAP = 1;
  private static final int FREE_RUNS = 2;
  private static final int WORDS = Geometry.SEGMENT_UNITS / 64;

  private SegmentRecord() {}

  /**
   * The value for a bitmap of {@link Geometry#SEGMENT_UNITS} bits, in the shortest form, or null
   * where no bit is set.
   */
  public static byte[] encode(long[] used) {
    ByteSink runs = new ByteSink(64);
    int count = 0;
    int free = 0;
    for (int from = next(used, 0, false); from < Geometry.SEGMENT_UNITS; ) {
      int to = next(used, from, true);
      runs.u16(from).u16(to - from);
      count++;
      free += to - from;
      from = next(used, to, false);
    }
    if (free == Geometry.SEGMENT_UNITS) {
      return null;
    }
    if (free == 0) {
      return new ByteSink(4).u8(ALL_USED).u8(0).u16(0).toBytes();
    }
    if (runs.size() < WORDS * 8) {
      return new ByteSink(4 + runs.size())
          .u8(FREE_RUNS)
          .u8(0)
          .u16(count)
          .bytes(runs.array(), 0, runs.size())
          .toBytes();
    }
    ByteSink bitmap = new ByteSink(4 + WORDS * 8).u8(BITMAP).u8(0).u16(0);
    for (long word : used) {
      bitmap.u64(word);
    }
    return bitmap.toBytes();
  }

  /** The bitmap of a value that {@link #encode} made. */
  public static long[] decode(ByteSource source) throws CorruptImageException {
    int form = source.u8();
    source.skip(1);
    int count = source.u16();
    long[] used = new long[WORDS];
    switch (form) {
      case ALL_USED -> java.util.Arrays.fill(used, -1);
      case BITMAP -> {
        for (int i = 0; i < WORDS; i++) {
          used[i] = source.i64();
        }
      }
      case FREE_RUNS -> {
        java.util.Arrays.fill(used, -1);
        int end = -1;
        for (int i = 0; i < count; i++) {
          int from = source.u16();
          int length = source.u16();
          if (from <= end || length == 0 || from + length > Geometry.SEGMENT_UNITS) {
            throw new CorruptImageException(
                source.location(), "ascending free runs", "run " + from + "+" + length);
          }
          end = from + length;
          for (int unit = from; unit < end; unit++) {
            used[unit >>> 6] &= ~(1L << unit);
          }
        }
      }
      default -> throw new CorruptImageException(source.location(), "segment form 0..2", "" + form);
    }
    return used;
  }

  /** The first unit from {@code from} on that is used (or free), or SEGMENT_UNITS. */
  private static int next(long[] used, int from, boolean set) {
    for (int word = from >>> 6; word < WORDS; word++) {
      long bits = set ? used[word] : ~used[word];
      if (word == from >>> 6) {
        bits &= -1L << from;
      }
      if (bits != 0) {
        return (word << 6) + Long.numberOfTrailingZeros(bits);
      }
    }
    return Geometry.SEGMENT_UNITS;
  }
}
