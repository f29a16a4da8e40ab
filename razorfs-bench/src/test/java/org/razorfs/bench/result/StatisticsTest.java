package org.razorfs.bench.result;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class StatisticsTest {
  private static double median(Double... values) {
    return Statistics.of(List.of(values)).median();
  }

  @Test
  void theMedianIsTheMiddleWhateverTheOrder() {
    assertEquals(5, median(5.0));
    assertEquals(2, median(9.0, 1.0, 2.0));
    assertEquals(3, median(100.0, 2.0, 4.0, 1.0));
    assertEquals(2, median(2.0, 2.0, 1e9));
  }

  @Test
  void extremesAndSpreadAreThoseOfTheValues() {
    Statistics statistics = Statistics.of(List.of(4.0, 2.0, 5.0));
    assertEquals(new Statistics(4, 2, 5), statistics);
    assertEquals(0.75, statistics.spread());
    assertEquals(0, Statistics.of(List.of(0.0, 0.0)).spread());
  }

  @Test
  void nothingAndWhatIsNoNumberHaveNoStatistics() {
    assertThrows(IllegalArgumentException.class, () -> Statistics.of(List.of()));
    assertThrows(
        IllegalArgumentException.class, () -> Statistics.of(List.of(1.0, Double.NaN, 2.0)));
    assertThrows(
        IllegalArgumentException.class, () -> Statistics.of(List.of(Double.POSITIVE_INFINITY)));
  }

  @Test
  void aRatioIsAboveOneWhenTheFirstIsBetterInEitherDirection() {
    assertEquals(2, Unit.SECONDS.ratio(1, 2));
    assertEquals(0.5, Unit.IOPS.ratio(1, 2));
    assertEquals(4, Unit.MEGABYTES_PER_SECOND.ratio(400, 100));
    assertEquals(4, Unit.MEGABYTES.ratio(20, 80));
  }

  @Test
  void figuresKeepThreeDigitsThatCount() {
    assertEquals("1,234,568", Unit.format(1234567.8));
    assertEquals("123", Unit.format(123.4));
    assertEquals("12.3", Unit.format(12.34));
    assertEquals("0.00123", Unit.format(0.001234));
    assertEquals("0", Unit.format(0));
    for (Unit unit : Unit.values()) {
      assertEquals(unit, Unit.ofSymbol(unit.symbol()));
    }
    assertThrows(IllegalArgumentException.class, () -> Unit.ofSymbol("furlongs"));
  }

  @Test
  void ratiosAreOfMediansAndOnlyOfWhatBothHave() {
    Results results = new Results();
    for (double seconds : List.of(1.0, 50.0, 2.0)) {
      results.add("w", "work", Unit.SECONDS, "a", new Figure(seconds, "java"));
    }
    results.add("w", "work", Unit.SECONDS, "b", new Figure(6, "java"));
    results.add("other", "other work", Unit.SECONDS, "b", new Figure(0, "java"));
    results.add("other", "other work", Unit.SECONDS, "a", new Figure(0, "java"));
    assertEquals(3, results.ratio("w", "a", "b").orElseThrow());
    assertEquals(1, results.ratio("w", "a", "a").orElseThrow());
    assertTrue(results.ratio("w", "a", "c").isEmpty());
    assertTrue(results.ratio("other", "a", "b").isEmpty());
    assertEquals(List.of("w", "other"), List.copyOf(results.workloads()));
  }

  @Test
  void whatIsSkippedTwiceIsToldOnceAndOnlyFailuresFail() {
    Results results = new Results();
    results.skip(new Skipped("w", "a", "not installed", false));
    results.skip(new Skipped("w", "a", "not installed", false));
    assertEquals(1, results.skipped().size());
    assertFalse(results.failed());
    results.skip(new Skipped(null, "a", "broken", true));
    assertTrue(results.failed());
    assertEquals("a: failed: broken", results.skipped().get(1).toString());
  }
}
