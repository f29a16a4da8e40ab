package org.razorfs.tools;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Sizes as people write them: {@code 4G} is 4 × 2^30 bytes. */
public final class Sizes {
  private static final String UNITS = "KMGTPE";
  private static final Pattern SIZE =
      Pattern.compile("(\\d{1,19})\\s*(?:([KMGTPE])(?:iB|B)?|B)?", Pattern.CASE_INSENSITIVE);

  private Sizes() {}

  /**
   * Reads a size in bytes: digits, and K, M, G, T, P or E for powers of 1,024 ({@code 4G}, {@code
   * 4GiB} and {@code 4g} are the same).
   *
   * @throws IllegalArgumentException when it is no size, or 2^63 or more; the message says so
   */
  public static long parse(String text) {
    Matcher matcher = SIZE.matcher(text.strip());
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "'" + text + "' is not a size; write bytes or a number with K, M, G or T, such as 512M");
    }
    String unit = matcher.group(2);
    int power = unit == null ? 0 : UNITS.indexOf(unit.toUpperCase(Locale.ROOT)) + 1;
    try {
      return Math.multiplyExact(Long.parseLong(matcher.group(1)), 1L << (10 * power));
    } catch (NumberFormatException | ArithmeticException e) {
      throw new IllegalArgumentException("'" + text + "' is too large for a size", e);
    }
  }

  /** A size for people, such as {@code 3.8 GiB}; bytes below 1,024 exactly. */
  public static String format(long bytes) {
    if (bytes < 0) {
      throw new IllegalArgumentException("size " + bytes + " is negative");
    }
    if (bytes < 1024) {
      return bytes + " B";
    }
    double value = bytes;
    int power = 0;
    while (value >= 1023.95 && power < UNITS.length()) {
      value /= 1024;
      power++;
    }
    return String.format(Locale.ROOT, "%.1f %ciB", value, UNITS.charAt(power - 1));
  }

  /** Lets picocli read sizes into options of type {@code Long}. */
  public static final class Converter implements ITypeConverter<Long> {
    @Override
    public Long convert(String value) {
      try {
        return parse(value);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }
}
