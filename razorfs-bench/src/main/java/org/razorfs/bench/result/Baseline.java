package org.razorfs.bench.result;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.razorfs.tools.CommandFailure;
import org.razorfs.tools.JsonText;

/**
 * A report as it is read back: what was measured on one file system, and under which conditions.
 *
 * @param target the file system's name
 * @param scale the amounts
 * @param input the tree and the file
 * @param results by workload, in their order
 */
public record Baseline(
    String target, String scale, Map<String, Object> input, Map<String, Result> results) {
  /**
   * One result.
   *
   * @param workload its name
   * @param unit what it counts
   * @param median of all repetitions
   * @param spread how far the extremes are apart, as a part of the median
   */
  public record Result(String workload, Unit unit, double median, double spread) {}

  /**
   * Reads what run or compare printed with {@code --json}; lines before the document are skipped.
   *
   * @throws CommandFailure when it is no such file, or has nothing of the file system
   */
  public static Baseline read(Path file, String target) throws IOException {
    if (!Files.isReadable(file)) {
      throw new CommandFailure(1, file + ": cannot be read; make it with razorfs-bench run --json");
    }
    Baseline baseline = parse(file, Files.readString(file), target);
    if (baseline.results.isEmpty()) {
      throw new CommandFailure(1, file + ": has no results of " + target);
    }
    return baseline;
  }

  /** Of a report that has just been made. */
  public static Baseline of(Report report, String target) throws IOException {
    return parse(Path.of("this run"), report.document().toString(), target);
  }

  private static Baseline parse(Path file, String text, String target) throws IOException {
    Map<String, Object> document = Map.of();
    for (String line : text.lines().toList()) {
      Map<String, Object> one = line.isBlank() ? Map.of() : parseLine(file, line);
      if ("razorfs.bench/1".equals(one.get("schema"))) {
        document = one;
      }
    }
    if (!(document.get("results") instanceof List<?> list)) {
      throw noReport(file, null);
    }
    Map<String, Result> results = new LinkedHashMap<>();
    for (Object element : list) {
      if (element instanceof Map<?, ?> fields && target.equals(fields.get("target"))) {
        Result result = result(file, fields);
        results.put(result.workload(), result);
      }
    }
    return new Baseline(
        target, String.valueOf(document.get("scale")), fields(document.get("input")), results);
  }

  private static Map<String, Object> parseLine(Path file, String line) throws IOException {
    try {
      return JsonText.parse(line);
    } catch (IOException e) {
      throw noReport(file, e);
    }
  }

  private static CommandFailure noReport(Path file, IOException cause) {
    return new CommandFailure(
        1, file + ": is no report; make one with razorfs-bench run --json", cause);
  }

  private static Map<String, Object> fields(Object value) {
    Map<String, Object> fields = new LinkedHashMap<>();
    if (value instanceof Map<?, ?> map) {
      map.forEach((name, field) -> fields.put(String.valueOf(name), field));
    }
    return fields;
  }

  private static Result result(Path file, Map<?, ?> fields) throws CommandFailure {
    if (fields.get("median") instanceof Number median
        && fields.get("min") instanceof Number min
        && fields.get("max") instanceof Number max
        && fields.get("unit") instanceof String unit
        && fields.get("workload") instanceof String workload) {
      Statistics statistics =
          new Statistics(median.doubleValue(), min.doubleValue(), max.doubleValue());
      try {
        return new Result(workload, Unit.ofSymbol(unit), statistics.median(), statistics.spread());
      } catch (IllegalArgumentException e) {
        throw noReport(file, new IOException(e));
      }
    }
    throw noReport(file, null);
  }

  /**
   * Refuses to be compared with what was measured under other conditions.
   *
   * @throws CommandFailure which says what differs
   */
  public void requireSameConditions(Baseline other) throws CommandFailure {
    List<String> differences = new ArrayList<>();
    if (!scale.equals(other.scale)) {
      differences.add("the amounts are " + scale + " and " + other.scale + " (--quick)");
    }
    if (!Objects.equals(input, other.input)) {
      differences.add(
          "the input is "
              + input.get("source")
              + " and "
              + other.input.get("source")
              + " (--data)");
    }
    if (!differences.isEmpty()) {
      throw new CommandFailure(
          1, "the two runs cannot be compared: " + String.join("; ", differences));
    }
  }
}
