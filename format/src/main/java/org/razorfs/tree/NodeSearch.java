package org.razorfs.tree;

import org.razorfs.layout.Keys;
import org.razorfs.layout.Node;

/**
 * Search in a leaf that is likely not in the processor's caches: keys of neighbours tend to be
 * spread evenly, so a guess from the first and the last of them mostly lands within a cache line or
 * two, where halving would touch five.
 */
final class NodeSearch {
  private NodeSearch() {}

  /** As {@link Node#ceiling}. */
  static int ceiling(Node node, long hi, long lo) {
    int high = node.count() - 1;
    long firstHi = node.hi(0);
    long firstLo = node.lo(0);
    if (Keys.compare(hi, lo, firstHi, firstLo) <= 0) {
      return 0;
    }
    long lastHi = node.hi(high);
    long lastLo = node.lo(high);
    if (Keys.compare(hi, lo, lastHi, lastLo) > 0) {
      return high + 1;
    }
    // From here on: key(low) < key <= key(high).
    int low = 0;
    int guess =
        firstHi == lastHi
            ? share(lo - firstLo, lastLo - firstLo, high)
            : share(hi - firstHi, lastHi - firstHi, high);
    guess = Math.max(1, guess);
    if (guess < high && Keys.compare(node.hi(guess), node.lo(guess), hi, lo) < 0) {
      low = guess;
      for (int step = 1; low + step < high; step <<= 1) {
        int at = low + step;
        if (Keys.compare(node.hi(at), node.lo(at), hi, lo) >= 0) {
          high = at;
        } else {
          low = at;
        }
      }
    } else {
      high = Math.min(high, guess);
      for (int step = 1; high - step > low; step <<= 1) {
        int at = high - step;
        if (Keys.compare(node.hi(at), node.lo(at), hi, lo) < 0) {
          low = at;
        } else {
          high = at;
        }
      }
    }
    while (high - low > 1) {
      int middle = (low + high) >>> 1;
      if (Keys.compare(node.hi(middle), node.lo(middle), hi, lo) < 0) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return high;
  }

  /** As {@link Node#floor}. */
  static int floor(Node node, long hi, long lo) {
    int at = ceiling(node, hi, lo);
    return at < node.count() && node.lo(at) == lo && node.hi(at) == hi ? at : at - 1;
  }

  /** {@code part / whole * of}, for unsigned numbers that are not 0. */
  private static int share(long part, long whole, int of) {
    return (int) ((double) (part >>> 1) / (double) ((whole >>> 1) + 1) * of);
  }
}
