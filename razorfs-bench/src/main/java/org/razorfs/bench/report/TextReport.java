package org.razorfs.bench.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import org.razorfs.bench.result.Report;
import org.razorfs.bench.result.Results;
import org.razorfs.bench.result.Series;
import org.razorfs.bench.result.Statistics;
import org.razorfs.bench.result.Unit;
import org.razorfs.tools.Table;

/** A report as lines: a row for each workload, a column for each file system. */
public final class TextReport {
  private final Report report;
  private final Results results;

  /** Of a finished run. */
  public TextReport(Report report) {
    this.report = report;
    this.results = report.results();
  }

  /** The table and what belongs below it. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    if (!results.workloads().isEmpty()) {
      lines.addAll(results.targets().size() == 1 ? single() : matrix());
    }
    results.skipped().forEach(skipped -> lines.add(skipped.toString()));
    return lines;
  }

  private List<String> single() {
    Table table = Table.ofColumns("workload", "what", ">median", ">min", ">max", "unit", "by");
    for (Series series : results.series()) {
      Statistics statistics = series.statistics();
      table.row(
          series.workload(),
          series.title(),
          Unit.format(statistics.median()),
          Unit.format(statistics.min()),
          Unit.format(statistics.max()),
          series.unit().symbol(),
          series.tool());
    }
    return table.lines();
  }

  private List<String> matrix() {
    List<String> targets = measured();
    List<String> headings = new ArrayList<>(List.of("workload", "unit"));
    targets.forEach(
        target -> {
          headings.add(">" + target);
          if (!target.equals(report.reference())) {
            headings.add("");
          }
        });
    Table table = Table.ofColumns(headings.toArray(String[]::new));
    for (String workload : results.workloads()) {
      List<Object> cells = new ArrayList<>(List.of(workload, unit(workload).symbol()));
      for (String target : targets) {
        Optional<Series> series = results.series(workload, target);
        cells.add(series.map(s -> Unit.format(s.statistics().median())).orElse("-"));
        if (!target.equals(report.reference())) {
          cells.add(ratio(results.ratio(workload, report.reference(), target)));
        }
      }
      table.row(cells.toArray());
    }
    List<String> lines = new ArrayList<>(table.lines());
    lines.add(
        String.format(
            "medians of %d; in brackets how many times as fast (for space: as small) %s is",
            report.repetitions(), report.reference()));
    return lines;
  }

  /** The file systems of which there is anything. */
  private List<String> measured() {
    return results.targets().keySet().stream()
        .filter(target -> results.series().stream().anyMatch(s -> s.target().equals(target)))
        .toList();
  }

  private Unit unit(String workload) {
    return results.series().stream()
        .filter(series -> series.workload().equals(workload))
        .findFirst()
        .map(Series::unit)
        .orElseThrow();
  }

  private static String ratio(OptionalDouble ratio) {
    return ratio.isPresent() ? "(" + ratioText(ratio.getAsDouble()) + ")" : "";
  }

  /** A ratio with as many digits as say something, such as {@code 0.85x} or {@code 12x}. */
  static String ratioText(double ratio) {
    String format = ratio < 9.95 ? "%.2fx" : ratio < 99.5 ? "%.1fx" : "%.0fx";
    return String.format(Locale.ROOT, format, ratio);
  }
}
