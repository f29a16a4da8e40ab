package org.razorfs.mount.jnrfuse;

import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * Remembers which inodes have had more than one name during this mount.
 *
 * <p>libfuse's path-based API shows the kernel each name as a file of its own, so what it caches
 * under one name may be stale under another. One bit for each hash of an inode number: a collision
 * only makes a file be read anew, and the memory is bounded whatever the volume holds.
 */
final class Aliases {
  private static final int BITS = 1 << 20;

  private final AtomicIntegerArray words = new AtomicIntegerArray(BITS / 32);

  void add(long inode) {
    int bit = bit(inode);
    words.accumulateAndGet(bit >>> 5, 1 << bit, (a, b) -> a | b);
  }

  boolean mayContain(long inode) {
    int bit = bit(inode);
    return (words.get(bit >>> 5) & (1 << bit)) != 0;
  }

  private static int bit(long inode) {
    long mixed = inode * 0x9E3779B97F4A7C15L;
    return (int) (mixed >>> 44);
  }
}
