package org.razorfs.bench.report;

import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.razorfs.bench.result.Machine;
import org.razorfs.bench.result.Report;
import org.razorfs.bench.result.Results;
import org.razorfs.bench.result.Series;
import org.razorfs.bench.result.Statistics;
import org.razorfs.bench.result.Unit;
import org.razorfs.tools.Sizes;

/** A report as a page: what was measured on what, ratios as a table, and a chart per workload. */
public final class HtmlReport {
  /** Where the colour of a ratio is at its strongest. */
  private static final double STRONGEST = Math.log(8);

  private final Report report;
  private final Results results;
  private final List<String> targets;
  private final StringBuilder body = new StringBuilder();

  private HtmlReport(Report report) {
    this.report = report;
    this.results = report.results();
    this.targets =
        results.targets().keySet().stream()
            .filter(target -> results.series().stream().anyMatch(s -> s.target().equals(target)))
            .toList();
  }

  /** The page of a finished run. */
  public static String of(Report report) {
    return new HtmlReport(report).write();
  }

  private String write() {
    body.append("<main>\n");
    head();
    if (report.reference() != null && targets.size() > 1) {
      ratios();
    }
    charts();
    method();
    missing();
    body.append("</main>\n");
    return Html.page("RAZORFS benchmark", "", body.toString());
  }

  private void head() {
    Machine machine = report.machine();
    String when =
        DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm 'UTC'", Locale.ROOT)
            .format(report.started().truncatedTo(ChronoUnit.MINUTES).atOffset(ZoneOffset.UTC));
    body.append("<h1>")
        .append(targets.size() > 1 ? "RAZORFS beside its peers" : "RAZORFS benchmark")
        .append("</h1>\n<p>razorfs-bench ")
        .append(Html.escape(report.command() + " " + report.version()))
        .append(", started ")
        .append(when)
        .append("</p>\n<dl class=\"facts\">\n");
    fact("machine", machine.processors() + " CPUs, " + Sizes.format(machine.memoryBytes()));
    fact("kernel", machine.kernel());
    fact("images on", machine.disk());
    fact("Java", machine.java());
    fact("repetitions", Integer.toString(report.repetitions()));
    fact("amounts", report.scale());
    fact("input", report.inputText());
    body.append("</dl>\n");
    if (report.scale().equals("quick")) {
      body.append("<p><b>A quick run: it shows that everything works; the amounts are too small to")
          .append(" say how fast.</b></p>\n");
    }
  }

  private void fact(String name, String value) {
    body.append("<div><dt>")
        .append(name)
        .append("</dt><dd>")
        .append(Html.escape(value))
        .append("</dd></div>\n");
  }

  private void ratios() {
    String reference = Html.escape(report.reference());
    body.append("<h2>At a glance</h2>\n<p>Medians, and below each how many times as fast (for")
        .append(" space: as small) ")
        .append(reference)
        .append(" is: above 1x it is ahead.</p>\n<div class=\"scroll\"><table>\n<tr><th>work</th>");
    targets.forEach(target -> body.append("<th>").append(Html.escape(target)).append("</th>"));
    body.append("</tr>\n");
    for (String workload : results.workloads()) {
      Series any = any(workload);
      body.append("<tr><td>")
          .append(Html.escape(any.title()))
          .append(", ")
          .append(any.unit().symbol())
          .append("</td>");
      targets.forEach(target -> cell(workload, target));
      body.append("</tr>\n");
    }
    body.append("</table></div>\n");
  }

  private void cell(String workload, String target) {
    Optional<Series> series = results.series(workload, target);
    if (series.isEmpty()) {
      body.append("<td>–</td>");
      return;
    }
    String value = Unit.format(series.get().statistics().median());
    if (target.equals(report.reference())) {
      body.append("<td class=\"own\">").append(value).append("</td>");
      return;
    }
    OptionalDouble ratio = results.ratio(workload, report.reference(), target);
    if (ratio.isEmpty()) {
      body.append("<td>").append(value).append("</td>");
      return;
    }
    double log = Math.log(ratio.getAsDouble());
    double strength = 0.05 + 0.40 * Math.min(1, Math.abs(log) / STRONGEST);
    body.append(
        String.format(
            Locale.ROOT,
            "<td style=\"background:rgba(var(--%s),%.2f)\">%s<small>%s</small></td>",
            log >= 0 ? "good" : "bad",
            strength,
            value,
            TextReport.ratioText(ratio.getAsDouble())));
  }

  private Series any(String workload) {
    return results.series().stream()
        .filter(series -> series.workload().equals(workload))
        .findFirst()
        .orElseThrow();
  }

  private void charts() {
    body.append("<h2>Each workload</h2>\n<p>Bars are medians, lines reach from the least to the")
        .append(" greatest value measured.</p>\n<div class=\"grid\">\n");
    for (String workload : results.workloads()) {
      Series any = any(workload);
      String direction = any.unit().lowerIsBetter() ? "less is better" : "more is better";
      body.append("<section class=\"card\" id=\"")
          .append(Html.escape(workload))
          .append("\"><h3>")
          .append(Html.escape(any.title()))
          .append(" <span>")
          .append(any.unit().symbol())
          .append(", ")
          .append(direction)
          .append("</span></h3>\n")
          .append(BarChart.of(any.title(), bars(workload)))
          .append(details(workload))
          .append("</section>\n");
    }
    body.append("</div>\n");
  }

  private List<BarChart.Bar> bars(String workload) {
    List<BarChart.Bar> bars = new ArrayList<>();
    for (String target : targets) {
      results
          .series(workload, target)
          .map(Series::statistics)
          .ifPresent(
              (Statistics statistics) ->
                  bars.add(
                      new BarChart.Bar(
                          target,
                          statistics,
                          target.equals(report.reference()) || targets.size() == 1)));
    }
    return bars;
  }

  /** What else was seen, in words below the chart. */
  private String details(String workload) {
    StringBuilder text = new StringBuilder();
    for (String target : targets) {
      Map<String, Double> details =
          results.series(workload, target).map(Series::details).orElse(Map.of());
      details.forEach(
          (name, value) ->
              text.append(text.isEmpty() ? "" : ", ")
                  .append(target)
                  .append(' ')
                  .append(name.replace('_', ' '))
                  .append(' ')
                  .append(Unit.format(value)));
    }
    return text.isEmpty() ? "" : "<p>" + Html.escape(text.toString()) + "</p>\n";
  }

  private void method() {
    body.append("<h2>What was measured</h2>\n<ul>\n");
    results
        .targets()
        .forEach(
            (name, description) ->
                body.append("<li><b>")
                    .append(Html.escape(name))
                    .append("</b>: ")
                    .append(Html.escape(description))
                    .append("</li>\n"));
    body.append(
        """
        <li>Every repetition makes each file system anew, one after the other, beginning with \
        another one each time.</li>
        <li>“+ sync”: the clock stops when everything is on the disk: syncfs where it reaches, \
        fsync of a directory where that commits everything, else unmount and fsync of the image.</li>
        <li>Cold: unmounted, the kernel's caches dropped, mounted. Warm: the same work was done \
        once before.</li>
        <li>Blocks of 4 KiB are incompressible; by \
        """);
    body.append(Html.escape(blockTool())).append(".</li>\n</ul>\n");
  }

  private String blockTool() {
    return results.series().stream()
        .filter(series -> series.unit() == Unit.IOPS)
        .map(Series::tool)
        .filter(tool -> !tool.equals("java"))
        .findFirst()
        .orElse("this program's own loops in Java, as fio is not installed or was not asked for");
  }

  private void missing() {
    if (results.skipped().isEmpty()) {
      return;
    }
    body.append("<h2>Not measured</h2>\n<ul>\n");
    results
        .skipped()
        .forEach(
            skipped ->
                body.append("<li>").append(Html.escape(skipped.toString())).append("</li>\n"));
    body.append("</ul>\n");
  }
}
