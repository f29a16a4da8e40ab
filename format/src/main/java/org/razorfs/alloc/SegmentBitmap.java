package org.razorfs.alloc;

import org.razorfs.layout.Geometry;

/**
 * Which units of one segment are busy, how many are free, and an upper bound of the longest free
 * run; guarded by the lock of its {@link Segment}.
 */
final class SegmentBitmap {
  static final int UNITS = Geometry.SEGMENT_UNITS;
  static final int WORDS = UNITS / Long.SIZE;

  /** Units of a block of the host's file system, within which it cannot punch holes. */
  static final int BLOCK_UNITS = 4096 / Geometry.UNIT;

  private final long[] busy;
  private int free;
  private int longest;

  /** Takes over {@code busy}, which has a bit for every unit. */
  SegmentBitmap(long[] busy) {
    this.busy = busy;
    int set = 0;
    for (long word : busy) {
      set += Long.bitCount(word);
    }
    free = UNITS - set;
    longest = free;
  }

  int free() {
    return free;
  }

  /** No free run is longer than this; exact after a search that went over the whole segment. */
  int longest() {
    return longest;
  }

  /** The first unit not below {@code from} at which {@code count} free units start, or -1. */
  int find(int count, int from) {
    int best = 0;
    for (int start = next(from, false); start < UNITS; ) {
      int end = next(start, true);
      if (end - start >= count) {
        return start;
      }
      best = Math.max(best, end - start);
      start = next(end, false);
    }
    if (from == 0) {
      longest = best;
    }
    return -1;
  }

  /** The units of the longest free run, exactly. */
  int measureLongest() {
    find(UNITS + 1, 0);
    return longest;
  }

  /** Makes units busy, whatever they were. */
  void set(int from, int count) {
    for (int word = from >>> 6; word <= (from + count - 1) >>> 6; word++) {
      long mask = mask(word, from, from + count);
      free -= Long.bitCount(mask & ~busy[word]);
      busy[word] |= mask;
    }
  }

  /** Frees units; returns how many of them were busy. */
  int clear(int from, int count) {
    int before = free;
    for (int word = from >>> 6; word <= (from + count - 1) >>> 6; word++) {
      long mask = mask(word, from, from + count);
      free += Long.bitCount(mask & busy[word]);
      busy[word] &= ~mask;
    }
    longest = Math.max(longest, next(from, true) - previousBusy(from) - 1);
    return free - before;
  }

  /** How many units of a range are busy. */
  int busyIn(int from, int count) {
    int sum = 0;
    for (int word = from >>> 6; word <= (from + count - 1) >>> 6; word++) {
      sum += Long.bitCount(busy[word] & mask(word, from, from + count));
    }
    return sum;
  }

  /** Whether all units of the host block that starts at {@code unit} are free. */
  boolean isBlockFree(int unit) {
    return (busy[unit >>> 6] >>> unit & (1 << BLOCK_UNITS) - 1) == 0;
  }

  /** The first unit not below {@code from} that is busy (or that is free), or {@link #UNITS}. */
  int next(int from, boolean wanted) {
    if (from >= UNITS) {
      return UNITS;
    }
    int word = from >>> 6;
    long bits = (wanted ? busy[word] : ~busy[word]) & -1L << from;
    while (bits == 0) {
      if (++word == WORDS) {
        return UNITS;
      }
      bits = wanted ? busy[word] : ~busy[word];
    }
    return (word << 6) + Long.numberOfTrailingZeros(bits);
  }

  /** The last busy unit below {@code from}, or -1. */
  private int previousBusy(int from) {
    int word = from >>> 6;
    long bits = busy[word] & ~(-1L << from);
    while (bits == 0) {
      if (--word < 0) {
        return -1;
      }
      bits = busy[word];
    }
    return (word << 6) + Long.SIZE - 1 - Long.numberOfLeadingZeros(bits);
  }

  /** The bits of a word that lie in [from, to), of which it holds at least one. */
  private static long mask(int word, int from, int to) {
    long mask = -1;
    if (word == from >>> 6) {
      mask &= -1L << from;
    }
    if (word == to >>> 6) {
      mask &= ~(-1L << to);
    }
    return mask;
  }
}
