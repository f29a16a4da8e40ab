package org.razorfs.check;

import java.util.Arrays;

/** A list of longs that grows block by block, without copying what it has. */
final class Longs {
  private static final int SHIFT = 10;
  private static final int MASK = (1 << SHIFT) - 1;

  private long[][] blocks = new long[4][];
  private int size;

  int size() {
    return size;
  }

  void add(long value) {
    int block = size >>> SHIFT;
    if (block == blocks.length) {
      blocks = Arrays.copyOf(blocks, 2 * block);
    }
    if (blocks[block] == null) {
      blocks[block] = new long[1 << SHIFT];
    }
    blocks[block][size & MASK] = value;
    size = Math.addExact(size, 1);
  }

  long get(int index) {
    return blocks[index >>> SHIFT][index & MASK];
  }

  void set(int index, long value) {
    blocks[index >>> SHIFT][index & MASK] = value;
  }
}
