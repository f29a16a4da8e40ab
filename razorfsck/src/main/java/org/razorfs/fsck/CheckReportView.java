package org.razorfs.fsck;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.razorfs.check.CheckReport;
import org.razorfs.check.Finding;
import org.razorfs.layout.Geometry;
import org.razorfs.tools.JsonDocument;
import org.razorfs.tools.Sizes;

/**
 * How what a check found is shown.
 *
 * @param image its path as the user gave it
 * @param report what was found
 */
record CheckReportView(Path image, CheckReport report) {

  /** Everything as one document. */
  JsonDocument document() {
    return JsonDocument.of("check", 1)
        .put("message_type", "summary")
        .put("image", image.toString())
        .put("generation", report.generation())
        .put("clean", report.isClean())
        .put("damaged", report.isDamaged())
        .put("errors", report.errors())
        .put("problems", report.problems())
        .put("counts", counts())
        .put("findings", report.findings().stream().map(CheckReportView::finding).toList())
        .put("totals", totals());
  }

  private Map<String, Long> counts() {
    Map<String, Long> counts = new TreeMap<>();
    report.counts().forEach((problem, count) -> counts.put(problem.code(), count));
    return counts;
  }

  private static JsonDocument finding(Finding finding) {
    return JsonDocument.object()
        .put("code", finding.problem().code())
        .put("severity", finding.problem().severity().name().toLowerCase(Locale.ROOT))
        .put("location", finding.location())
        .put("message", finding.message());
  }

  private JsonDocument totals() {
    CheckReport.Totals totals = report.totals();
    return JsonDocument.object()
        .put("nodes", totals.nodes())
        .put("inodes", totals.inodes())
        .put("directories", totals.directories())
        .put("symlinks", totals.symlinks())
        .put("orphans", totals.orphans())
        .put("entries", totals.entries())
        .put("extents", totals.extents())
        .put("chunks", totals.chunks())
        .put("shared_chunks", totals.sharedChunks())
        .put("strings", totals.strings())
        .put("logical_bytes", totals.logicalBytes())
        .put("stored_bytes", totals.storedBytes())
        .put("used_bytes", totals.usedUnits() * Geometry.UNIT)
        .put("verified_bytes", totals.verifiedBytes())
        .put("transactions", totals.transactions());
  }

  /** A line for each finding. */
  List<String> findings() {
    return report.findings().stream().map(Finding::toString).toList();
  }

  /** What it comes to. */
  List<String> summary() {
    List<String> lines = new ArrayList<>();
    long unshown = report.problems() - report.findings().size();
    if (unshown > 0) {
      lines.add(unshown + " more were only counted");
    }
    if (report.errors()) {
      lines.add(
          image + ": a mount met damage or failed, since when nothing has repaired the image");
    }
    CheckReport.Totals totals = report.totals();
    lines.add(
        String.format(
            Locale.ROOT,
            "%s: %s; %d inodes, %d directories, %s of data stored in %s%s",
            image,
            verdict(),
            totals.inodes(),
            totals.directories(),
            Sizes.format(totals.logicalBytes()),
            Sizes.format(totals.storedBytes()),
            totals.transactions() == 0
                ? ""
                : ", " + totals.transactions() + " transactions for the next mount to replay"));
    return lines;
  }

  private String verdict() {
    if (report.isClean()) {
      return "nothing is wrong";
    }
    String count = report.problems() == 1 ? "1 problem" : report.problems() + " problems";
    return report.isDamaged()
        ? count + ", parts of it cannot be read"
        : count + ", everything can be read";
  }
}
