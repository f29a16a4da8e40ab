package org.razorfs.crash;

/** The 128-bit hashes that were met before, 16 bytes each; may be used by several threads. */
final class HashSet128 {
  private long[] slots = new long[1 << 12];
  private int count;
  private boolean zero;

  /** Adds a hash; whether it is new. */
  synchronized boolean add(long high, long low) {
    if ((high | low) == 0) {
      boolean fresh = !zero;
      zero = true;
      return fresh;
    }
    if (count >= slots.length / 4) {
      grow();
    }
    if (!insert(slots, high, low)) {
      return false;
    }
    count++;
    return true;
  }

  synchronized int size() {
    return count + (zero ? 1 : 0);
  }

  private void grow() {
    long[] larger = new long[slots.length * 2];
    for (int i = 0; i < slots.length; i += 2) {
      if ((slots[i] | slots[i + 1]) != 0) {
        insert(larger, slots[i], slots[i + 1]);
      }
    }
    slots = larger;
  }

  private static boolean insert(long[] table, long high, long low) {
    int mask = table.length - 1;
    int at = (int) (low ^ (low >>> 32)) * 2 & mask;
    while ((table[at] | table[at + 1]) != 0) {
      if (table[at] == high && table[at + 1] == low) {
        return false;
      }
      at = (at + 2) & mask;
    }
    table[at] = high;
    table[at + 1] = low;
    return true;
  }
}
