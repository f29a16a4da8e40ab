package org.razorfs.bench.result;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.razorfs.tools.CommandFailure;

class RegressionTest {
  private static Baseline of(Baseline.Result... results) {
    Map<String, Baseline.Result> map = new LinkedHashMap<>();
    for (Baseline.Result result : results) {
      map.put(result.workload(), result);
    }
    return new Baseline("razorfs", "full", Map.of("source", "x"), map);
  }

  private static Baseline.Result time(double median) {
    return new Baseline.Result("untar", Unit.SECONDS, median, 0.05);
  }

  private static Baseline.Result rate(double median) {
    return new Baseline.Result("create", Unit.PER_SECOND, median, 0.5);
  }

  private static List<Regression.Verdict> verdicts(Baseline before, Baseline after) {
    return Regression.of(before, after, 10).changes().stream()
        .map(Regression.Change::verdict)
        .toList();
  }

  @Test
  void moreTimeIsWorseAndMoreOfAnythingElseIsBetter() {
    assertEquals(
        List.of(Regression.Verdict.WORSE, Regression.Verdict.BETTER),
        verdicts(of(time(1), rate(100)), of(time(1.2), rate(120))));
    assertEquals(
        List.of(Regression.Verdict.BETTER, Regression.Verdict.WORSE),
        verdicts(of(time(1), rate(100)), of(time(0.8), rate(80))));
  }

  @Test
  void whatIsWithinTheThresholdIsTheSame() {
    assertEquals(
        List.of(Regression.Verdict.SAME, Regression.Verdict.SAME),
        verdicts(of(time(1), rate(100)), of(time(1.09), rate(91))));
    assertFalse(Regression.of(of(time(1)), of(time(1.25)), 25).failed());
    assertTrue(Regression.of(of(time(1)), of(time(1.25)), 24).failed());
  }

  @Test
  void aBetterFigureIsNoFailureHoweverLarge() {
    assertFalse(Regression.of(of(time(10)), of(time(1)), 10).failed());
  }

  @Test
  void aChangeSmallerThanTheSpreadIsToldAsSuch() {
    Regression regression = Regression.of(of(time(1), rate(100)), of(time(1.2), rate(120)), 10);
    assertFalse(regression.changes().get(0).withinSpread());
    assertTrue(regression.changes().get(1).withinSpread());
    assertEquals(20, regression.changes().get(1).percent(), 1e-9);
  }

  @Test
  void whatOnlyTheFirstHasIsNamed() {
    Regression regression = Regression.of(of(time(1), rate(1)), of(time(1)), 10);
    assertEquals(List.of("create"), regression.missing());
    assertEquals(1, regression.changes().size());
  }

  @Test
  void runsUnderOtherConditionsAreNotCompared() {
    Baseline before = of(time(1));
    Baseline quick = new Baseline("razorfs", "quick", before.input(), before.results());
    Baseline other = new Baseline("razorfs", "full", Map.of("source", "y"), before.results());
    assertTrue(
        assertThrows(CommandFailure.class, () -> before.requireSameConditions(quick))
            .getMessage()
            .contains("--quick"));
    assertTrue(
        assertThrows(CommandFailure.class, () -> before.requireSameConditions(other))
            .getMessage()
            .contains("--data"));
  }
}
