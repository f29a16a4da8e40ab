package org.razorfs.model.posix;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** Makes a failing list shorter while it still fails. */
public final class Shrinking {
  private Shrinking() {}

  /**
   * A sublist that still fails, and fails no longer when any one element is left out, unless {@code
   * budget} attempts were not enough to get there.
   */
  public static <T> List<T> shrink(List<T> failing, Predicate<List<T>> fails, int budget) {
    List<T> best = failing;
    int left = budget;
    for (int chunk = Math.max(1, best.size() / 2); ; ) {
      boolean shorter = false;
      for (int from = 0; from < best.size() && left > 0; left--) {
        List<T> candidate = new ArrayList<>(best.subList(0, from));
        candidate.addAll(best.subList(Math.min(best.size(), from + chunk), best.size()));
        if (fails.test(candidate)) {
          best = candidate;
          shorter = true;
        } else {
          from += chunk;
        }
      }
      if (left <= 0 || (chunk == 1 && !shorter)) {
        return best;
      }
      chunk = Math.max(1, chunk / 2);
    }
  }
}
