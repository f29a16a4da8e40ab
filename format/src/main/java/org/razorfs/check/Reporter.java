package org.razorfs.check;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.razorfs.fault.CorruptImageException;
import org.razorfs.layout.Invariant;
import org.razorfs.layout.Violation;
import org.razorfs.layout.ViolationException;

/** Collects findings: keeps so many of each problem and counts the rest. */
final class Reporter {
  private final int maxFindings;
  private final List<Finding> findings = new ArrayList<>();
  private final Map<Problem, Long> counts = new EnumMap<>(Problem.class);

  Reporter(int maxFindings) {
    this.maxFindings = maxFindings;
  }

  void add(Problem problem, String location, String message) {
    if (counts.merge(problem, 1L, Long::sum) <= maxFindings) {
      findings.add(new Finding(problem, location, message));
    }
  }

  void add(Invariant invariant, String location, String message) {
    add(Problem.of(invariant), location, message);
  }

  void add(Violation violation) {
    add(
        violation.invariant(),
        violation.location(),
        "expected " + violation.expected() + ", got " + violation.actual());
  }

  void addAll(List<Violation> violations) {
    for (Violation violation : violations) {
      add(violation);
    }
  }

  /** What a reader threw: a broken rule, damage by {@code fallback}, or the device's failure. */
  void add(IOException refused, Invariant fallback, String location) {
    if (refused instanceof ViolationException e) {
      add(e.violation());
    } else if (refused instanceof CorruptImageException e) {
      add(fallback, e.location(), "expected " + e.expected() + ", got " + e.actual());
    } else {
      add(Problem.UNREADABLE, location, String.valueOf(refused.getMessage()));
    }
  }

  List<Finding> findings() {
    return findings;
  }

  Map<Problem, Long> counts() {
    return counts;
  }

  /** Whether something was found that readers refuse. */
  boolean isDamaged() {
    return counts.keySet().stream().anyMatch(p -> p.severity() == Problem.Severity.DAMAGE);
  }
}
