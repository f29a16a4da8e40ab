package org.razorfs.bench.profile;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The methods of a flame graph by what they weigh, wherever they are called from. */
public final class HotMethods {
  private final Map<String, long[]> weights = new HashMap<>();

  /** Of a graph. */
  public HotMethods(Frame root) {
    for (Frame thread : root.callees()) {
      thread.callees().forEach(frame -> add(frame, new HashSet<>()));
    }
  }

  private void add(Frame frame, Set<String> callers) {
    long[] sums = weights.computeIfAbsent(frame.name(), name -> new long[2]);
    sums[0] += frame.self();
    // Recursion counts once.
    boolean outermost = callers.add(frame.name());
    if (outermost) {
      sums[1] += frame.weight();
    }
    frame.callees().forEach(callee -> add(callee, callers));
    if (outermost) {
      callers.remove(frame.name());
    }
  }

  /** The heaviest by themselves. */
  public List<Method> top(int count) {
    List<Method> methods = new ArrayList<>();
    weights.forEach((name, sums) -> methods.add(new Method(name, sums[0], sums[1])));
    methods.sort(Comparator.comparingLong(Method::self).reversed().thenComparing(Method::name));
    return methods.subList(0, Math.min(count, methods.size()));
  }

  /**
   * A method.
   *
   * @param name its class and name
   * @param self what it weighs itself
   * @param total with everything that it calls
   */
  public record Method(String name, long self, long total) {}
}
