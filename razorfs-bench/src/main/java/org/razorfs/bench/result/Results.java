package org.razorfs.bench.result;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/** Everything that one run measured; grows while it runs. */
public final class Results {
  private final Map<String, String> targets = new LinkedHashMap<>();
  private final Map<String, Series> series = new LinkedHashMap<>();
  private final Set<Skipped> skipped = new LinkedHashSet<>();

  /** Enters a file system. */
  public void target(String name, String description) {
    targets.put(name, description);
  }

  /** Adds a measurement. */
  public void add(String workload, String title, Unit unit, String target, Figure figure) {
    series
        .computeIfAbsent(key(workload, target), k -> new Series(workload, title, unit, target))
        .add(figure);
  }

  /** Notes that something was not measured, once. */
  public void skip(Skipped what) {
    skipped.add(what);
  }

  /** The file systems, with what they are. */
  public Map<String, String> targets() {
    return Collections.unmodifiableMap(targets);
  }

  /** The names of the workloads of which there are measurements. */
  public Collection<String> workloads() {
    Set<String> names = new LinkedHashSet<>();
    series.values().forEach(one -> names.add(one.workload()));
    return names;
  }

  /** All measurements. */
  public Collection<Series> series() {
    return Collections.unmodifiableCollection(series.values());
  }

  /** The measurements of a workload on a file system. */
  public Optional<Series> series(String workload, String target) {
    return Optional.ofNullable(series.get(key(workload, target)));
  }

  /** What was not measured. */
  public List<Skipped> skipped() {
    return new ArrayList<>(skipped);
  }

  /** Whether something was tried and went wrong. */
  public boolean failed() {
    return skipped.stream().anyMatch(Skipped::failed);
  }

  /**
   * How many times as good {@code reference} is as {@code target} in a workload, by medians; empty
   * when one of them was not measured.
   */
  public OptionalDouble ratio(String workload, String reference, String target) {
    Optional<Series> first = series(workload, reference);
    Optional<Series> second = series(workload, target);
    if (first.isEmpty() || second.isEmpty()) {
      return OptionalDouble.empty();
    }
    double ratio =
        first
            .get()
            .unit()
            .ratio(first.get().statistics().median(), second.get().statistics().median());
    return Double.isFinite(ratio) ? OptionalDouble.of(ratio) : OptionalDouble.empty();
  }

  private static String key(String workload, String target) {
    return target + "\n" + workload;
  }
}
