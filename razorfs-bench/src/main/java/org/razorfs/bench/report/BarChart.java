package org.razorfs.bench.report;

import java.util.List;
import java.util.Locale;
import org.razorfs.bench.result.Statistics;
import org.razorfs.bench.result.Unit;

/** Bars from the left, one for each file system, with a line from the least to the greatest. */
final class BarChart {
  private static final int WIDTH = 330;
  private static final int LABELS = 82;
  private static final int VALUES = 66;
  private static final int ROW = 24;
  private static final int BAR = 14;

  private final StringBuilder svg = new StringBuilder();

  private BarChart() {}

  /**
   * The picture.
   *
   * @param title for those who hear it read
   */
  static String of(String title, List<Bar> bars) {
    return new BarChart().draw(title, bars);
  }

  private String draw(String title, List<Bar> bars) {
    double greatest = bars.stream().mapToDouble(bar -> bar.statistics().max()).max().orElse(1);
    double scale = greatest > 0 ? (WIDTH - LABELS - VALUES) / greatest : 0;
    int height = bars.size() * ROW;
    svg.append(
        String.format(
            Locale.ROOT,
            "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">\n",
            WIDTH,
            height,
            Html.escape(title)));
    line("axis", LABELS, 0, LABELS, height);
    for (int i = 0; i < bars.size(); i++) {
      bar(bars.get(i), i * ROW, scale);
    }
    return svg.append("</svg>\n").toString();
  }

  private void bar(Bar bar, int top, double scale) {
    int middle = top + ROW / 2;
    String weight = bar.own() ? " class=\"bold\"" : "";
    svg.append(
        String.format(
            Locale.ROOT,
            "<text x=\"%d\" y=\"%d\" text-anchor=\"end\"%s>%s</text>\n",
            LABELS - 8,
            middle + 4,
            weight,
            Html.escape(bar.name())));
    double length = Math.max(1, bar.statistics().median() * scale);
    svg.append(
        String.format(
            Locale.ROOT,
            "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" rx=\"2\"/>\n",
            bar.own() ? "own" : "peer",
            LABELS,
            middle - BAR / 2,
            length,
            BAR));
    double end = LABELS + length;
    if (bar.statistics().max() > bar.statistics().min()) {
      double from = LABELS + bar.statistics().min() * scale;
      double to = LABELS + bar.statistics().max() * scale;
      line("whisker", from, middle, to, middle);
      line("whisker", from, middle - 3, from, middle + 3);
      line("whisker", to, middle - 3, to, middle + 3);
      end = Math.max(end, to);
    }
    svg.append(
        String.format(
            Locale.ROOT,
            "<text x=\"%.1f\" y=\"%d\"%s>%s</text>\n",
            end + 6,
            middle + 4,
            weight,
            Unit.format(bar.statistics().median())));
  }

  private void line(String style, double x1, double y1, double x2, double y2) {
    svg.append(
        String.format(
            Locale.ROOT,
            "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n",
            style,
            x1,
            y1,
            x2,
            y2));
  }

  /**
   * One bar.
   *
   * @param name what stands before it
   * @param statistics how long it is
   * @param own whether it is to stand out
   */
  record Bar(String name, Statistics statistics, boolean own) {}
}
