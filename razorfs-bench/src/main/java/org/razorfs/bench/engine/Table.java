package org.razorfs.bench.engine;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.util.Statistics;

/**
 * The figures of a run beside what is asked of them; a figure that was not measured is left out.
 */
final class Table {
  private static final double UNKNOWN = Double.NaN;

  /** The results by benchmark and parameters, such as "LookupBenchmark.alone files=10000". */
  private final Map<String, List<Result<?>>> results = new TreeMap<>();

  private final Map<String, List<Double>> cpu = new TreeMap<>();
  private final StringBuilder text = new StringBuilder();

  Table(Collection<RunResult> runs) {
    for (RunResult run : runs) {
      String key = key(run);
      run.getSecondaryResults()
          .forEach(
              (name, result) -> {
                if (name.equals(CpuTime.NAME)) {
                  cpu.computeIfAbsent(key, k -> new ArrayList<>()).add(result.getScore());
                } else {
                  // A group's methods.
                  add(key + ":" + name, result);
                }
              });
      add(key, run.getPrimaryResult());
    }
    creates();
    lookups();
    data();
  }

  private static String key(RunResult run) {
    String name = run.getParams().getBenchmark();
    int method = name.lastIndexOf('.');
    StringBuilder key = new StringBuilder(name.substring(name.lastIndexOf('.', method - 1) + 1));
    for (String param : run.getParams().getParamsKeys()) {
      key.append(' ').append(param).append('=').append(run.getParams().getParam(param));
    }
    return key.toString();
  }

  private void add(String key, Result<?> result) {
    results.computeIfAbsent(key, k -> new ArrayList<>()).add(result);
  }

  private void creates() {
    for (String size : params("CreateBenchmark.razorfs")) {
      long files = param(size, "files");
      double rate = 1e9 * files / fastest("CreateBenchmark.razorfs" + size);
      double peer = 1e9 * files / fastest("CreateBenchmark.mvstore" + size);
      double cpuRate = 1e9 * files / cpu("CreateBenchmark.razorfs" + size);
      double cpuPeer = 1e9 * files / cpu("CreateBenchmark.mvstore" + size);
      String where = " of " + files + ", " + param(size, "filesPerDirectory") + " a directory";
      row("creates/s" + where, rate, 150_000, "");
      row("  the same per second of CPU, all threads", cpuRate, UNKNOWN, "");
      row("  MVStore, files/s", peer, UNKNOWN, "");
      row("  MVStore, per second of CPU", cpuPeer, UNKNOWN, "");
      row("  RAZORFS / MVStore", rate / peer, 1, "x");
    }
  }

  private void lookups() {
    for (String size : params("LookupBenchmark.alone")) {
      double one = fastest("LookupBenchmark.alone" + size);
      double two = fastest("LookupBenchmark.two" + size);
      double cpuOne = 1e9 / cpu("LookupBenchmark.alone" + size);
      double cpuTwo = 2e9 / cpu("LookupBenchmark.two" + size);
      row("lookups/s of " + param(size, "files") + ", 1 thread", one, 1_000_000, "");
      row("  per second of CPU", cpuOne, 1_000_000, "");
      row("  2 threads", two, UNKNOWN, "");
      row("  2 threads / 1 thread", two / one, 1.7, "x");
      row("  the same by CPU time", cpuTwo / cpuOne, 1.7, "x");
    }
  }

  private void data() {
    for (String size : params("JournalBenchmark.write")) {
      if (size.contains("journal=true")) {
        String without = size.replace("journal=true", "journal=false");
        double slower = fastest("JournalBenchmark.write" + size);
        double faster = fastest("JournalBenchmark.write" + without);
        double bytes = (double) param(size, "files") * param(size, "fileBytes");
        row("write of small files, MB/s", 1e3 * bytes / slower, UNKNOWN, "");
        row("  no journal I/O", 1e3 * bytes / faster, UNKNOWN, "");
        row("  with / without", faster / slower, 0.85, "x");
      }
    }
    for (String size : params("StreamBenchmark.write")) {
      double bytes = (double) (param(size, "megabytes") << 20);
      double time = fastest("StreamBenchmark.write" + size);
      row("streaming write of text, MB/s", 1e3 * bytes / time, 200, "");
    }
    for (String size : params("StreamBenchmark.read")) {
      double bytes = (double) (param(size, "megabytes") << 20);
      double time = fastest("StreamBenchmark.read" + size);
      row("streaming read of text, MB/s", 1e3 * bytes / time, 500, "");
    }
    row("cached 4 KiB reads/s", fastest("CachedReadBenchmark.read"), 200_000, "");
    double appends = fastest("FsyncBenchmark.razorfs");
    double disk = fastest("FsyncBenchmark.disk");
    double growing = fastest("FsyncBenchmark.diskGrowing");
    row("4 KiB append + fsync, /s", appends, UNKNOWN, "");
    row("  the disk, space preallocated", disk, UNKNOWN, "");
    row("  RAZORFS / disk", appends / disk, 0.6, "x");
    row("  the disk, file growing", growing, UNKNOWN, "");
    row("  RAZORFS / disk, growing", appends / growing, UNKNOWN, "x");
    double free = fastest("ContentionBenchmark.free:freeRead");
    double locked = fastest("ContentionBenchmark.locked:lockedRead");
    row("reads/s beside an fsyncing writer", free, UNKNOWN, "");
    row("  with one lock around the volume", locked, UNKNOWN, "");
    row("  without / with", free / locked, 10, "x");
    row("  fsyncs/s beside the reader", fastest("ContentionBenchmark.free:freeWrite"), UNKNOWN, "");
  }

  /** What follows a benchmark's name in the keys: its parameters. */
  private List<String> params(String benchmark) {
    return results.keySet().stream()
        .filter(key -> key.equals(benchmark) || key.startsWith(benchmark + " "))
        .map(key -> key.substring(benchmark.length()))
        .toList();
  }

  private static long param(String params, String name) {
    for (String param : params.split(" ")) {
      if (param.startsWith(name + "=")) {
        return Long.parseLong(param.substring(name.length() + 1));
      }
    }
    throw new IllegalArgumentException(name + " is not in" + params);
  }

  /** The best iteration: what others do on the machine only ever makes it slower. */
  private double fastest(String key) {
    double best = UNKNOWN;
    for (Result<?> result : results.getOrDefault(key, List.of())) {
      boolean rate = result.getScoreUnit().startsWith("ops/");
      Statistics statistics = result.getStatistics();
      double score = rate ? statistics.getMax() : statistics.getMin();
      if (Double.isNaN(best) || (rate ? score > best : score < best)) {
        best = score;
      }
    }
    return best;
  }

  private double cpu(String key) {
    return cpu.getOrDefault(key, List.of()).stream()
        .mapToDouble(Double::doubleValue)
        .min()
        .orElse(UNKNOWN);
  }

  private void row(String name, double figure, double target, String unit) {
    if (Double.isNaN(figure)) {
      return;
    }
    String verdict = Double.isNaN(target) ? "" : figure >= target ? "met" : "MISSED";
    String line =
        String.format(
            Locale.ROOT,
            "%-52s %14s %14s  %s",
            name,
            number(figure) + unit,
            Double.isNaN(target) ? "" : ">= " + number(target) + unit,
            verdict);
    text.append(line.stripTrailing()).append('\n');
  }

  private static String number(double figure) {
    return String.format(Locale.ROOT, figure < 100 ? "%.2f" : "%,.0f", figure);
  }

  @Override
  public String toString() {
    return String.format("%n%-52s %14s %14s%n", "", "measured", "target") + text;
  }
}
