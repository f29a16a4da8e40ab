package org.razorfs.bench.workload;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** All workloads, in the order in which they are measured. */
public final class Workloads {
  private Workloads() {}

  /** All of them. */
  public static List<Workload> all() {
    return Stream.of(
            TreeWorkloads.all(),
            Streams.all(),
            MetadataWorkloads.all(),
            BlockWorkloads.all(),
            SqliteWorkload.all(),
            GitWorkloads.all(),
            BuildWorkload.all(),
            MakeWorkload.all(),
            SyncWorkloads.all())
        .flatMap(List::stream)
        .toList();
  }

  /**
   * Those of these names, in the order of {@link #all}, whatever the order of the names; a name's
   * beginning with {@code *} behind it stands for all that begin so. All where there are no names.
   *
   * @throws IllegalArgumentException when a name stands for none
   */
  public static List<Workload> select(List<String> names) {
    List<Workload> all = all();
    if (names.isEmpty()) {
      return all;
    }
    Set<String> selected = new LinkedHashSet<>();
    for (String name : names) {
      List<String> matching = all.stream().map(Workload::id).filter(matcher(name)).toList();
      if (matching.isEmpty()) {
        throw new IllegalArgumentException(
            "there is no workload '" + name + "'; there are: " + String.join(" ", ids()));
      }
      selected.addAll(matching);
    }
    List<Workload> result = new ArrayList<>(all);
    result.removeIf(workload -> !selected.contains(workload.id()));
    return result;
  }

  private static Predicate<String> matcher(String name) {
    return name.endsWith("*")
        ? id -> id.startsWith(name.substring(0, name.length() - 1))
        : id -> id.equals(name);
  }

  /** All names. */
  public static List<String> ids() {
    return all().stream().map(Workload::id).toList();
  }
}
