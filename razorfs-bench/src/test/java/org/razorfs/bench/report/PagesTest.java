package org.razorfs.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.razorfs.bench.latency.Operation;
import org.razorfs.bench.profile.Aspect;
import org.razorfs.bench.profile.Frame;
import org.razorfs.bench.result.Figure;
import org.razorfs.bench.result.Machine;
import org.razorfs.bench.result.Report;
import org.razorfs.bench.result.Results;
import org.razorfs.bench.result.Skipped;
import org.razorfs.bench.result.Unit;
import org.razorfs.tools.JsonDocument;
import org.razorfs.tools.Schemas;

class PagesTest {
  private static final String HOSTILE = "<script>alert('&\"')</script>";

  /** Everything by which a page could load something. */
  private static final Pattern LOADING =
      Pattern.compile(
          "(?i)https?:|//[a-z]|\\bsrc\\s*=|\\bhref\\s*=|<link|<iframe|<object|<embed|<img|<base"
              + "|@import|url\\s*\\(|fetch\\s*\\(|XMLHttpRequest|import\\s*\\(|WebSocket");

  private static void assertSelfContained(String page) {
    assertFalse(LOADING.matcher(page).find(), () -> "loads: " + found(page));
    assertTrue(page.startsWith("<!DOCTYPE html>"));
    for (String tag : List.of("div", "section", "svg", "table", "ul", "li", "script", "h3", "p")) {
      assertEquals(count(page, "<" + tag + "[ >]"), count(page, "</" + tag + ">"), tag);
    }
  }

  private static String found(String page) {
    return LOADING.matcher(page).results().map(match -> match.group()).toList().toString();
  }

  private static long count(String page, String regex) {
    return Pattern.compile(regex).matcher(page).results().count();
  }

  private static Report report() {
    Results results = new Results();
    results.target("razorfs", "a new image");
    results.target("ext4", HOSTILE);
    for (double value : List.of(1.0, 2.0, 4.0)) {
      results.add("untar", "untar the tree", Unit.SECONDS, "razorfs", new Figure(value, "tar"));
      results.add("untar", "untar the tree", Unit.SECONDS, "ext4", new Figure(2 * value, "tar"));
    }
    results.add(
        "mixed", "reads", Unit.IOPS, "razorfs", new Figure(5, "java", Map.of("mb_per_s", 7.0)));
    results.skip(new Skipped("mixed", "ext4", HOSTILE, true));
    Machine machine = new Machine("Linux 6", 2, 1L << 30, "17", HOSTILE);
    JsonDocument input =
        JsonDocument.object()
            .put("source", "x")
            .put("files", 1)
            .put("tree_bytes", 1)
            .put("tar_bytes", 1)
            .put("file_bytes", 1);
    return new Report(
        "compare",
        "1",
        Instant.ofEpochSecond(1),
        machine,
        input,
        "x & y",
        "quick",
        3,
        "razorfs",
        results);
  }

  @Test
  void theReportLoadsNothingAndEscapesEverything() {
    String page = HtmlReport.of(report());
    assertSelfContained(page);
    assertFalse(page.contains("<script"), "nothing of a name becomes a tag");
    assertTrue(page.contains("&lt;script&gt;"));
    assertTrue(page.contains("x &amp; y"));
  }

  @Test
  void theReportHasEveryWorkloadWithItsFiguresAndWhatIsMissing() {
    String page = HtmlReport.of(report());
    assertTrue(page.contains("id=\"untar\"") && page.contains("id=\"mixed\""));
    assertTrue(page.contains("2.00x"), "the ratio");
    assertTrue(page.contains("mb per s 7.00"), "the details");
    assertTrue(page.contains("ext4, mixed: failed: "));
    assertTrue(page.contains("A quick run"));
    assertEquals(2, count(page, "<svg "));
    assertEquals(3, count(page, "<rect "));
    assertEquals(6, count(page, "class=\"whisker\""));
  }

  @Test
  void theTableHasMediansRatiosAndWhatIsMissing() {
    String text = String.join("\n", new TextReport(report()).lines());
    assertTrue(text.contains("2.00"), text);
    assertTrue(text.contains("4.00  (2.00x)"), text);
    assertTrue(text.contains("medians of 3"), text);
    assertTrue(text.contains("ext4, mixed: failed: <script>"), text);
    assertEquals("0.85x", TextReport.ratioText(0.851));
    assertEquals("12.0x", TextReport.ratioText(12.04));
    assertEquals("120x", TextReport.ratioText(120.4));
  }

  @Test
  void theDocumentSatisfiesItsSchemaAndHasNoMoreRatiosThanBothMeasured() {
    var document = Schemas.check("razorfs.bench/1", report().document().toString());
    assertEquals(2.0, document.get("results").get(1).get("reference_ratio").asDouble());
    assertEquals(3, document.get("results").size());
    assertEquals("mixed", document.get("not_measured").get(0).get("workload").asText());
  }

  @Test
  void theFlameGraphLoadsNothingAndItsFramesLieWithinTheirCallers() {
    Frame root = new Frame("all");
    root.add(List.of("thread main", "org.razorfs.Volume.read", "java.util.Map.get"), 30);
    root.add(List.of("thread main", "org.razorfs.Volume.read", HOSTILE + ".run"), 10);
    root.add(List.of("thread w", "com.github.luben.zstd.Zstd.compress"), 60);
    String page = FlamePage.of("untar " + HOSTILE, Aspect.CPU, root, 100);
    assertSelfContained(page);
    assertEquals(1, count(page, "<script"), "its own and no other");
    assertEquals(7, count(page, "<div class=\"f "));
    assertTrue(page.contains("class=\"f codec\" style=\"left:40.0000%;width:60.0000%"), page);
    assertTrue(page.contains("class=\"f razorfs\" style=\"left:0.0000%;width:40.0000%"), page);
    assertTrue(page.contains(">Volume.read</div>"));
    assertEquals("Volume.read", FlamePage.shortName("org.razorfs.Volume.read"));
    assertEquals("run", FlamePage.shortName("run"));
  }

  @Test
  void aRecordingOfNothingIsSaidToBeEmpty() {
    String page = FlamePage.of("untar", Aspect.LOCK, new Frame("all"), 0);
    assertSelfContained(page);
    assertTrue(page.contains("Nothing of this was recorded"));
  }

  @Test
  void latenciesLoadNothingAndHaveACurveEach() {
    Map<Operation, Histogram> histograms = new EnumMap<>(Operation.class);
    for (Operation operation : List.of(Operation.CREATE, Operation.READ)) {
      Histogram histogram = new Histogram(3);
      for (int i = 1; i <= 1000; i++) {
        histogram.recordValue(i * 1000L);
      }
      histograms.put(operation, histogram);
    }
    String page = LatencyPage.of(HOSTILE, histograms);
    assertSelfContained(page);
    assertEquals(2, count(page, "<polyline"));
    assertTrue(page.contains("median 500 µs"), page);
    assertFalse(page.contains("NaN"));
  }
}
