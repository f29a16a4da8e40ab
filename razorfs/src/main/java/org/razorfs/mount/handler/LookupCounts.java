package org.razorfs.mount.handler;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * How often a kernel has looked up each inode that it still knows: 64-bit counts in open
 * addressing, 22 to 32 bytes an inode, since a kernel may know millions. Split into stripes, each
 * with its own lock.
 */
public final class LookupCounts {
  /** How many stripes there are. */
  public static final int STRIPES = 64;

  /** The most that an inode takes, slots that are free included, as long as the table grows. */
  public static final int BYTES = 32;

  private static final int FIRST_CAPACITY = 16;
  private static final long NEVER_LOW = -1;
  private static final long NEVER_HIGH = Long.MAX_VALUE;

  private final Stripe[] stripes = new Stripe[STRIPES];
  private final AtomicLong size = new AtomicLong();
  private final LongAdder forgotten = new LongAdder();

  /** Held by who waits for the number of inodes to leave the range between the two below. */
  private final Object waiting = new Object();

  private volatile long low = NEVER_LOW;
  private volatile long high = NEVER_HIGH;

  /** Knows nothing yet. */
  public LookupCounts() {
    for (int i = 0; i < STRIPES; i++) {
      stripes[i] = new Stripe();
    }
  }

  /** Counts one more look-up. */
  public void add(long inode) {
    if (stripe(inode).add(inode) && size.incrementAndGet() >= high) {
      wake();
    }
  }

  /**
   * Takes look-ups back.
   *
   * @return whether that were all
   */
  public boolean subtract(long inode, long count) {
    boolean all = stripe(inode).subtract(inode, count);
    if (all) {
      forgotten.increment();
      if (size.decrementAndGet() <= low) {
        wake();
      }
    }
    return all;
  }

  /** Whether there are look-ups that have not been taken back. */
  public boolean contains(long inode) {
    return stripe(inode).contains(inode);
  }

  /** The number of inodes that are known. */
  public long size() {
    return size.get();
  }

  /** How many inodes have been forgotten so far, some of them more than once. */
  public long forgotten() {
    return forgotten.sum();
  }

  /** The inodes that are known in one of the {@link #STRIPES}, each of which has about as many. */
  public long[] inodes(int stripe) {
    return stripes[stripe].inodes();
  }

  /**
   * Waits, one thread at a time, until so few or so many inodes are known, or the time is over.
   *
   * @param few or fewer
   * @param many or more
   */
  public void await(long few, long many, long milliseconds) throws InterruptedException {
    long end = System.nanoTime() + milliseconds * 1_000_000;
    synchronized (waiting) {
      // Set before the number is looked at, as who changes it does both the other way round.
      low = few;
      high = many;
      try {
        long left = milliseconds;
        while (size.get() > few && size.get() < many && left > 0) {
          waiting.wait(left);
          left = (end - System.nanoTime()) / 1_000_000;
        }
      } finally {
        low = NEVER_LOW;
        high = NEVER_HIGH;
      }
    }
  }

  private void wake() {
    synchronized (waiting) {
      waiting.notifyAll();
    }
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

    /** Whether it was not known. */
    synchronized boolean add(long inode) {
      int slot = slot(inode);
      boolean added = inodes[slot] == 0;
      if (added) {
        if (size >= inodes.length / 4 * 3) {
          resize(inodes.length / 2 * 3);
          slot = slot(inode);
        }
        inodes[slot] = inode;
        counts[slot] = 0;
        size++;
      }
      counts[slot]++;
      return added;
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
      if (size < inodes.length / 4 && inodes.length > FIRST_CAPACITY) {
        resize(Math.max(FIRST_CAPACITY, inodes.length / 2));
      }
      return true;
    }

    synchronized boolean contains(long inode) {
      return inodes[slot(inode)] != 0;
    }

    synchronized long[] inodes() {
      return Arrays.stream(inodes).filter(inode -> inode != 0).toArray();
    }

    /** Where the inode is, or where it would be. */
    private int slot(long inode) {
      int slot = home(inode, inodes.length);
      while (inodes[slot] != 0 && inodes[slot] != inode) {
        slot = next(slot);
      }
      return slot;
    }

    private int next(int slot) {
      return slot + 1 == inodes.length ? 0 : slot + 1;
    }

    /** The bits behind those that chose the stripe, as a fraction of the capacity. */
    private static int home(long inode, int capacity) {
      return (int) ((((hash(inode) >>> 26) & 0xffff_ffffL) * capacity) >>> 32);
    }

    /** Frees a slot, and moves up what would not be found behind it any more. */
    private void remove(int free) {
      int slot = free;
      int hole = free;
      while (true) {
        slot = next(slot);
        if (inodes[slot] == 0) {
          break;
        }
        int home = home(inodes[slot], inodes.length);
        if (distance(home, slot) >= distance(hole, slot)) {
          inodes[hole] = inodes[slot];
          counts[hole] = counts[slot];
          hole = slot;
        }
      }
      inodes[hole] = 0;
      size--;
    }

    private int distance(int from, int to) {
      return to >= from ? to - from : to - from + inodes.length;
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
