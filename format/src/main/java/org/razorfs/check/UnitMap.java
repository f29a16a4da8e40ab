package org.razorfs.check;

import java.util.Arrays;
import org.razorfs.layout.Geometry;

/**
 * Which units of a volume something lies in: a bit each, in memory only for segments where some but
 * not all are set, so at most 1 KiB for each 4 MiB of the volume.
 */
final class UnitMap {
  private static final int WORDS = Geometry.SEGMENT_UNITS / Long.SIZE;
  private static final int GROUP = 1024;

  /** Stands for the words of a segment that is full; never written. */
  private final long[] full = new long[WORDS];

  private final long[] empty = new long[WORDS];
  private final long[][][] groups;
  private final short[][] counts;
  private final long end;
  private long marked;

  /** A map of the units of {@code volumeSize} bytes, none of them marked. */
  UnitMap(long volumeSize) {
    end = volumeSize / Geometry.UNIT;
    int count = Math.toIntExact(segments() / GROUP + 1);
    groups = new long[count][][];
    counts = new short[count][];
    Arrays.fill(full, -1);
  }

  /** The number of segments, the last may be a part of one. */
  long segments() {
    return (end + Geometry.SEGMENT_UNITS - 1) / Geometry.SEGMENT_UNITS;
  }

  /** The number of marked units. */
  long marked() {
    return marked;
  }

  /**
   * Marks all units of a range of the volume.
   *
   * @param address bytes, a multiple of the unit
   * @param length bytes, a multiple of the unit
   * @return the address of the first that was marked before, or -1
   */
  long mark(long address, long length) {
    long unit = address / Geometry.UNIT;
    long to = unit + length / Geometry.UNIT;
    if (unit < 0 || to > end) {
      throw new IllegalArgumentException(length + " bytes at " + address);
    }
    long twice = -1;
    while (unit < to) {
      long segment = unit / Geometry.SEGMENT_UNITS;
      int from = (int) (unit % Geometry.SEGMENT_UNITS);
      int count = (int) Math.min(to - unit, Geometry.SEGMENT_UNITS - from);
      int found = mark(segment, from, count);
      if (found >= 0 && twice < 0) {
        twice = (segment * Geometry.SEGMENT_UNITS + found) * Geometry.UNIT;
      }
      unit += count;
    }
    return twice;
  }

  private int mark(long segment, int from, int count) {
    int group = (int) (segment / GROUP);
    int at = (int) (segment % GROUP);
    if (groups[group] == null) {
      int size = (int) Math.min(GROUP, segments() - (long) group * GROUP);
      groups[group] = new long[size][];
      counts[group] = new short[size];
    }
    long[] words = groups[group][at];
    if (words == full) {
      return from;
    }
    if (words == null) {
      words = new long[WORDS];
      groups[group][at] = words;
    }
    int twice = -1;
    int added = 0;
    for (int bit = from; bit < from + count; ) {
      int low = bit & 63;
      int bits = Math.min(64 - low, from + count - bit);
      long mask = (bits == 64 ? -1L : (1L << bits) - 1) << low;
      long before = words[bit >>> 6];
      if ((before & mask) != 0 && twice < 0) {
        twice = (bit & ~63) + Long.numberOfTrailingZeros(before & mask);
      }
      words[bit >>> 6] = before | mask;
      added += Long.bitCount(~before & mask);
      bit += bits;
    }
    marked += added;
    counts[group][at] += (short) added;
    if (counts[group][at] == Geometry.SEGMENT_UNITS) {
      groups[group][at] = full;
    }
    return twice;
  }

  /** The address of the first unit of a range of the volume that is not marked, or -1. */
  long firstUnmarked(long address, long length) {
    for (long at = address; at < address + length; at += Geometry.UNIT) {
      long unit = at / Geometry.UNIT;
      long[] words = words(unit / Geometry.SEGMENT_UNITS);
      int bit = (int) (unit % Geometry.SEGMENT_UNITS);
      if ((words[bit >>> 6] & 1L << bit) == 0) {
        return at;
      }
    }
    return -1;
  }

  /** The bits of a segment, read only. */
  long[] words(long segment) {
    long[][] group = groups[(int) (segment / GROUP)];
    long[] words = group == null ? null : group[(int) (segment % GROUP)];
    return words == null ? empty : words;
  }

  /** The first segment from {@code from} on in which a unit is marked, or {@link #segments}. */
  long nextMarked(long from) {
    long segment = from;
    while (segment < segments()) {
      long[][] group = groups[(int) (segment / GROUP)];
      if (group == null) {
        segment = (segment / GROUP + 1) * GROUP;
      } else if (group[(int) (segment % GROUP)] == null) {
        segment++;
      } else {
        return segment;
      }
    }
    return segments();
  }
}
