package org.razorfs.check;

import java.util.Arrays;

/**
 * A list of ascending numbers, 4 bytes each where neighbours are near: in a block of 1024, each is
 * kept as its distance from the first, and only a block that spans more than 2^32 takes longs.
 */
final class Numbers {
  private static final int SHIFT = 10;
  private static final int BLOCK = 1 << SHIFT;
  private static final int MASK = BLOCK - 1;

  private long[] firsts = new long[4];
  private int[][] near = new int[4][];
  private long[][] far = new long[4][];
  private int size;
  private long last = -1;

  int size() {
    return size;
  }

  /** The number added last, or -1. */
  long last() {
    return last;
  }

  /** Adds a number from 0, greater than all before. */
  void add(long number) {
    if (number <= last) {
      throw new IllegalArgumentException(number + " after " + last);
    }
    int block = size >>> SHIFT;
    int at = size & MASK;
    if (at == 0) {
      begin(block, number);
    }
    long distance = number - firsts[block];
    if (near[block] != null && distance >>> 32 != 0) {
      far[block] = new long[BLOCK];
      for (int i = 0; i < at; i++) {
        far[block][i] = near[block][i] & 0xffff_ffffL;
      }
      near[block] = null;
    }
    if (near[block] != null) {
      near[block][at] = (int) distance;
    } else {
      far[block][at] = distance;
    }
    size = Math.addExact(size, 1);
    last = number;
  }

  private void begin(int block, long number) {
    if (block == firsts.length) {
      firsts = Arrays.copyOf(firsts, 2 * block);
      near = Arrays.copyOf(near, 2 * block);
      far = Arrays.copyOf(far, 2 * block);
    }
    firsts[block] = number;
    near[block] = new int[BLOCK];
  }

  long get(int index) {
    int block = index >>> SHIFT;
    int[] distances = near[block];
    return firsts[block]
        + (distances != null ? distances[index & MASK] & 0xffff_ffffL : far[block][index & MASK]);
  }

  /** The index of a number, or -1 where it is not in the list. */
  int indexOf(long number) {
    int low = 0;
    int high = size - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      long found = get(middle);
      if (found == number) {
        return middle;
      }
      if (found < number) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return -1;
  }
}
