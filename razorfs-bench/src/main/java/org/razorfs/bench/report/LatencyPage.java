package org.razorfs.bench.report;

import java.util.Locale;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.razorfs.bench.latency.Operation;
import org.razorfs.bench.result.Unit;

/** Latencies as a page: for each operation a curve over the percentiles, all on one scale. */
public final class LatencyPage {
  private static final int WIDTH = 330;
  private static final int HEIGHT = 170;
  private static final int LEFT = 48;
  private static final int RIGHT = 10;
  private static final int TOP = 8;
  private static final int BOTTOM = 24;
  private static final int STEPS = 120;

  /** Nines: 0 is the median's side, 4 is the 99.99th percentile. */
  private static final double NINES = 4;

  private final Map<Operation, Histogram> histograms;
  private final int lowest;
  private final int highest;
  private final StringBuilder svg = new StringBuilder();

  private LatencyPage(Map<Operation, Histogram> histograms) {
    this.histograms = histograms;
    double least = 1e12;
    double most = 1;
    for (Histogram histogram : histograms.values()) {
      least = Math.min(least, Math.max(1.0, (double) histogram.getMinValue()));
      most = Math.max(most, (double) histogram.getMaxValue());
    }
    lowest = (int) Math.floor(Math.log10(least));
    highest = Math.max(lowest + 1, (int) Math.ceil(Math.log10(most)));
  }

  /**
   * The page.
   *
   * @param subtitle what was measured
   * @param histograms nanoseconds
   */
  public static String of(String subtitle, Map<Operation, Histogram> histograms) {
    return new LatencyPage(histograms).write(subtitle);
  }

  private String write(String subtitle) {
    StringBuilder body = new StringBuilder("<main>\n<h1>Latency of operations</h1>\n<p>");
    body.append(Html.escape(subtitle))
        .append("</p>\n<p>Each curve shows which part of the operations took at most how long;")
        .append(" to the right the slowest. Both axes are logarithmic, the same in all charts.")
        .append("</p>\n<div class=\"grid\">\n");
    histograms.forEach(
        (operation, histogram) ->
            body.append("<section class=\"card\"><h3>")
                .append(Html.escape(operation.title()))
                .append(" <span>median ")
                .append(time((double) histogram.getValueAtPercentile(50)))
                .append(", p99 ")
                .append(time((double) histogram.getValueAtPercentile(99)))
                .append(", max ")
                .append(time((double) histogram.getMaxValue()))
                .append("</span></h3>\n")
                .append(chart(operation, histogram))
                .append("</section>\n"));
    body.append("</div>\n</main>\n");
    return Html.page("RAZORFS latency", STYLE, body.toString());
  }

  private static final String STYLE =
      """
      .card h3 span { display:block; }
      svg .curve { fill:none; stroke:var(--own); stroke-width:2; }
      svg text.tick { font-size:10.5px; fill:var(--soft); }
      """;

  private String chart(Operation operation, Histogram histogram) {
    svg.setLength(0);
    svg.append(
        String.format(
            Locale.ROOT,
            "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">\n",
            WIDTH,
            HEIGHT,
            Html.escape(operation.title())));
    for (int power = lowest; power <= highest; power++) {
      double y = y(Math.pow(10, power));
      svg.append(
          String.format(
              Locale.ROOT,
              "<line class=\"axis\" x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\"/>"
                  + "<text class=\"tick\" x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n",
              LEFT,
              y,
              WIDTH - RIGHT,
              y,
              LEFT - 6,
              y + 4,
              time(Math.pow(10, power))));
    }
    String[] labels = {"0", "90", "99", "99.9", "99.99"};
    for (int nines = 0; nines <= NINES; nines++) {
      svg.append(
          String.format(
              Locale.ROOT,
              "<text class=\"tick\" x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">%s%%</text>\n",
              x(nines),
              HEIGHT - 6,
              nines == 0 ? "start" : nines == NINES ? "end" : "middle",
              labels[nines]));
    }
    StringBuilder points = new StringBuilder();
    for (int step = 0; step <= STEPS; step++) {
      double nines = NINES * step / STEPS;
      double percentile = 100 * (1 - Math.pow(10, -nines));
      points.append(
          String.format(
              Locale.ROOT,
              "%.1f,%.1f ",
              x(nines),
              y(Math.max(1.0, (double) histogram.getValueAtPercentile(percentile)))));
    }
    svg.append("<polyline class=\"curve\" points=\"").append(points.toString().strip());
    return svg.append("\"/>\n</svg>\n").toString();
  }

  private static double x(double nines) {
    return LEFT + (WIDTH - LEFT - RIGHT) * nines / NINES;
  }

  private double y(double nanos) {
    double part = (Math.log10(nanos) - lowest) / (highest - lowest);
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * Math.max(0, Math.min(1, part));
  }

  private static String time(double nanos) {
    if (nanos < 1e3) {
      return number(nanos) + " ns";
    }
    if (nanos < 1e6) {
      return number(nanos / 1e3) + " µs";
    }
    return nanos < 1e9 ? number(nanos / 1e6) + " ms" : number(nanos / 1e9) + " s";
  }

  private static String number(double value) {
    return value == Math.rint(value)
        ? String.format(Locale.ROOT, "%.0f", value)
        : Unit.format(value);
  }
}
