package org.razorfs.alloc;

import java.util.Arrays;

/** Ranges of units inside one segment at four bytes each. */
final class PieceList {
  // The first unit above (13 bits), the count of units 1..8192 below.
  private static final int COUNT_BITS = 14;
  private static final int COUNT_MASK = (1 << COUNT_BITS) - 1;

  private int[] packed = new int[2];
  private int size;
  private long units;

  void add(int from, int count) {
    if (size == packed.length) {
      packed = Arrays.copyOf(packed, size * 2);
    }
    packed[size++] = from << COUNT_BITS | count;
    units += count;
  }

  int size() {
    return size;
  }

  /** The units of all pieces; those in several count several times. */
  long units() {
    return units;
  }

  int from(int index) {
    return packed[index] >>> COUNT_BITS;
  }

  int count(int index) {
    return packed[index] & COUNT_MASK;
  }
}
