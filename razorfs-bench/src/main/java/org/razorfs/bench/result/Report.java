package org.razorfs.bench.result;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.razorfs.tools.JsonDocument;

/**
 * A finished run as it is kept.
 *
 * @param command {@code run} or {@code compare}
 * @param version of the software
 * @param started when
 * @param machine where
 * @param input with what, in words and numbers
 * @param scale {@code full} or {@code quick}
 * @param repetitions how often each was to be measured
 * @param reference the file system that ratios are of, or null
 * @param results what came out
 */
public record Report(
    String command,
    String version,
    Instant started,
    Machine machine,
    JsonDocument input,
    String inputText,
    String scale,
    int repetitions,
    String reference,
    Results results) {

  /** As one document. */
  public JsonDocument document() {
    return JsonDocument.of("bench", 1)
        .put("message_type", "summary")
        .put("command", command)
        .put("version", version)
        .put("started", started)
        .put("machine", machine.document())
        .put("input", input)
        .put("scale", scale)
        .put("repetitions", repetitions)
        .put("reference", reference)
        .put("targets", targets())
        .put("results", results.series().stream().map(this::result).toList())
        .put("not_measured", results.skipped().stream().map(Report::skipped).toList());
  }

  private List<JsonDocument> targets() {
    return results.targets().entrySet().stream().map(Report::target).toList();
  }

  private static JsonDocument target(Map.Entry<String, String> target) {
    return JsonDocument.object().put("name", target.getKey()).put("description", target.getValue());
  }

  private JsonDocument result(Series series) {
    Statistics statistics = series.statistics();
    JsonDocument document =
        JsonDocument.object()
            .put("workload", series.workload())
            .put("title", series.title())
            .put("target", series.target())
            .put("unit", series.unit().symbol())
            .put("lower_is_better", series.unit().lowerIsBetter())
            .put("tool", series.tool())
            .put("values", series.values())
            .put("median", statistics.median())
            .put("min", statistics.min())
            .put("max", statistics.max())
            .put("details", series.details());
    if (reference != null) {
      results
          .ratio(series.workload(), reference, series.target())
          .ifPresent(ratio -> document.put("reference_ratio", ratio));
    }
    return document;
  }

  private static JsonDocument skipped(Skipped skipped) {
    return JsonDocument.object()
        .put("workload", skipped.workload())
        .put("target", skipped.target())
        .put("failed", skipped.failed())
        .put("reason", skipped.reason());
  }
}
