package org.razorfs.bench.result;

import java.util.Map;

/**
 * What one measurement of a workload gave.
 *
 * @param value in the workload's unit
 * @param tool what did the work, such as {@code fio-3.33} or {@code java}
 * @param details what else was seen, by name with its unit, such as {@code written_mb_per_s}
 */
public record Figure(double value, String tool, Map<String, Double> details) {
  /** Without details. */
  public Figure(double value, String tool) {
    this(value, tool, Map.of());
  }
}
