package org.razorfs.bench.result;

import java.util.Locale;

/** What a figure counts, and which direction is the better one. */
public enum Unit {
  /** Time for all of it. */
  SECONDS("s", true),
  /** Throughput in 10^6 bytes. */
  MEGABYTES_PER_SECOND("MB/s", false),
  /** Operations. */
  PER_SECOND("/s", false),
  /** Operations of 4 KiB. */
  IOPS("IOPS", false),
  /** Space in 10^6 bytes. */
  MEGABYTES("MB", true);

  private final String symbol;
  private final boolean lowerIsBetter;

  Unit(String symbol, boolean lowerIsBetter) {
    this.symbol = symbol;
    this.lowerIsBetter = lowerIsBetter;
  }

  /** As it is written behind a figure. */
  public String symbol() {
    return symbol;
  }

  /** Whether less is better, as with time. */
  public boolean lowerIsBetter() {
    return lowerIsBetter;
  }

  /** The unit that is written so. */
  public static Unit ofSymbol(String symbol) {
    for (Unit unit : values()) {
      if (unit.symbol.equals(symbol)) {
        return unit;
      }
    }
    throw new IllegalArgumentException("no unit is written " + symbol);
  }

  /**
   * How many times as good the first is as the second.
   *
   * @return above 1 when the first is better, whatever the direction
   */
  public double ratio(double first, double second) {
    return lowerIsBetter ? second / first : first / second;
  }

  /** A figure with three digits that count. */
  public static String format(double value) {
    if (value == 0) {
      return "0";
    }
    int decimals = (int) Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
    return String.format(Locale.ROOT, "%,." + Math.min(decimals, 9) + "f", value);
  }
}
