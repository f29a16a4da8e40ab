package org.razorfs.bench.result;

import java.util.List;

/**
 * What repeated measurements of one thing come to.
 *
 * @param median the middle one; with an even count the mean of the two in the middle
 * @param min the least
 * @param max the greatest
 */
public record Statistics(double median, double min, double max) {
  /**
   * @throws IllegalArgumentException when there are none, or when one is not a number
   */
  public static Statistics of(List<Double> values) {
    if (values.isEmpty() || !values.stream().allMatch(Double::isFinite)) {
      throw new IllegalArgumentException("no statistics of " + values);
    }
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    double median =
        sorted.size() % 2 == 1
            ? sorted.get(middle)
            : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    return new Statistics(median, sorted.get(0), sorted.get(sorted.size() - 1));
  }

  /** How far the extremes are apart, as a part of the median. */
  public double spread() {
    return median == 0 ? 0 : (max - min) / median;
  }
}
