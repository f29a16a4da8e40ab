package org.razorfs.mount.handler;

/**
 * How often a kernel has looked up each inode that it still knows: 64-bit counts in open
 * addressing, 16 bytes a slot, since a kernel may know millions. Split into stripes, each with its
 * own lock.
 */
public final class LookupCounts {
  private static final int STRIPES = 64;
  private static final int FIRST_CAPACITY = 16;

  private final Stripe[] stripes = new Stripe[STRIPES];

  /** Knows nothing yet. */
  public LookupCounts() {
    for (int i = 0; i < STRIPES; i++) {
      stripes[i] = new Stripe();
    }
  }

  /** Counts one more look-up. */
  public void add(long inode) {
    stripe(inode).add(inode);
  }

  /**
   * Takes look-ups back.
   *
   * @return whether that were all
   */
  public boolean subtract(long inode, long count) {
    return stripe(inode).subtract(inode, count);
  }

  /** Whether there are look-ups that have not been taken back. */
  public boolean contains(long inode) {
    return stripe(inode).contains(inode);
  }

  /** The number of inodes that are known. */
  public long size() {
    long size = 0;
    for (Stripe stripe : stripes) {
      size += stripe.size();
    }
    return size;
  }

  private Stripe stripe(long inode) {
    return stripes[(int) (hash(inode) >>> 58)];
  }

  private static long hash(long inode) {
    return inode * 0x9E3779B97F4A7C15L;
  }

  /** Keys and counts in two arrays; inode 0 does not exist, so it marks a free slot. */
  private static final class Stripe {
    private long[] inodes = new long[FIRST_CAPACITY];
    private long[] counts = new long[FIRST_CAPACITY];
    private int size;

    synchronized void add(long inode) {
      int slot = slot(inode);
      if (inodes[slot] == 0) {
        if (size >= inodes.length * 5 / 8) {
          resize(inodes.length * 2);
          slot = slot(inode);
        }
        inodes[slot] = inode;
        counts[slot] = 0;
        size++;
      }
      counts[slot]++;
    }

    synchronized boolean subtract(long inode, long count) {
      int slot = slot(inode);
      if (inodes[slot] == 0) {
        return false;
      }
      // Compared as unsigned numbers, as the kernel counts.
      if (Long.compareUnsigned(counts[slot], count) > 0) {
        counts[slot] -= count;
        return false;
      }
      remove(slot);
      if (size < inodes.length / 8 && inodes.length > FIRST_CAPACITY) {
        resize(inodes.length / 2);
      }
      return true;
    }

    synchronized boolean contains(long inode) {
      return inodes[slot(inode)] != 0;
    }

    synchronized int size() {
      return size;
    }

    /** Where the inode is, or where it would be. */
    private int slot(long inode) {
      int mask = inodes.length - 1;
      int slot = home(inode, mask);
      while (inodes[slot] != 0 && inodes[slot] != inode) {
        slot = (slot + 1) & mask;
      }
      return slot;
    }

    private static int home(long inode, int mask) {
      return (int) (hash(inode) >>> 26) & mask;
    }

    /** Frees a slot, and moves up what would not be found behind it any more. */
    private void remove(int free) {
      int mask = inodes.length - 1;
      int slot = free;
      int hole = free;
      while (true) {
        slot = (slot + 1) & mask;
        if (inodes[slot] == 0) {
          break;
        }
        int distance = (slot - home(inodes[slot], mask)) & mask;
        if (distance >= ((slot - hole) & mask)) {
          inodes[hole] = inodes[slot];
          counts[hole] = counts[slot];
          hole = slot;
        }
      }
      inodes[hole] = 0;
      size--;
    }

    private void resize(int capacity) {
      long[] oldInodes = inodes;
      long[] oldCounts = counts;
      inodes = new long[capacity];
      counts = new long[capacity];
      for (int i = 0; i < oldInodes.length; i++) {
        if (oldInodes[i] != 0) {
          int slot = slot(oldInodes[i]);
          inodes[slot] = oldInodes[i];
          counts[slot] = oldCounts[i];
        }
      }
    }
  }
}
