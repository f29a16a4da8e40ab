package org.razorfs.bench.result;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Two runs beside each other: what became worse, and what became better.
 *
 * @param thresholdPercent from where on a change counts
 * @param changes of the workloads that both have
 * @param missing workloads that only the first has
 */
public record Regression(double thresholdPercent, List<Change> changes, List<String> missing) {
  /** What a change means. */
  public enum Verdict {
    /** Past the threshold, to the bad side. */
    WORSE,
    /** Within the threshold. */
    SAME,
    /** Past the threshold, to the good side. */
    BETTER;

    /** As it is printed. */
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * One workload in both.
   *
   * @param before as it was
   * @param after as it is
   * @param percent how much the figure itself has grown, whichever direction is good
   * @param verdict what that means
   */
  public record Change(
      Baseline.Result before, Baseline.Result after, double percent, Verdict verdict) {
    /** Whether the repetitions of either run differ by more than the two runs do. */
    public boolean withinSpread() {
      return Math.abs(percent) / 100 <= Math.max(before.spread(), after.spread());
    }
  }

  /** Compares. */
  public static Regression of(Baseline before, Baseline after, double thresholdPercent) {
    List<Change> changes = new ArrayList<>();
    List<String> missing = new ArrayList<>();
    for (Baseline.Result old : before.results().values()) {
      Baseline.Result fresh = after.results().get(old.workload());
      if (fresh == null || fresh.unit() != old.unit() || old.median() == 0) {
        missing.add(old.workload());
        continue;
      }
      double percent = 100 * (fresh.median() - old.median()) / old.median();
      changes.add(new Change(old, fresh, percent, verdict(old.unit(), percent, thresholdPercent)));
    }
    return new Regression(thresholdPercent, changes, missing);
  }

  private static Verdict verdict(Unit unit, double percent, double threshold) {
    double worse = unit.lowerIsBetter() ? percent : -percent;
    if (worse > threshold) {
      return Verdict.WORSE;
    }
    return worse < -threshold ? Verdict.BETTER : Verdict.SAME;
  }

  /** Whether anything became worse. */
  public boolean failed() {
    return changes.stream().anyMatch(change -> change.verdict() == Verdict.WORSE);
  }
}
