package org.razorfs.fault;

import java.util.Objects;

/**
 * The image is not what its format says: where, what should have been there, and what was found
 * instead.
 */
public class CorruptImageException extends FsException {
  private static final long serialVersionUID = 1L;

  private final String location;
  private final String expected;
  private final String actual;

  /**
   * Damage that was noticed by looking.
   *
   * @param location the place, outermost first, such as {@code "block 812, node header"}
   * @param expected what the format demands there, such as {@code "crc 9f03a2c4"}
   * @param actual what was found
   */
  public CorruptImageException(String location, String expected, String actual) {
    this(location, expected, actual, null);
  }

  /** As above, with the exception by which the damage was noticed. */
  public CorruptImageException(String location, String expected, String actual, Throwable cause) {
    super(Fault.CORRUPT, location + ": expected " + expected + ", got " + actual, cause);
    this.location = Objects.requireNonNull(location);
    this.expected = Objects.requireNonNull(expected);
    this.actual = Objects.requireNonNull(actual);
  }

  /** A CRC-32 that does not match; both are shown as eight hexadecimal digits. */
  public static CorruptImageException crc(String location, int expected, int actual) {
    return new CorruptImageException(
        location, String.format("crc %08x", expected), String.format("%08x", actual));
  }

  /**
   * The same damage seen from the layer above, which knows better where it lies: the result's
   * location is {@code outer + ", " + location()}, its cause is this exception.
   */
  public CorruptImageException within(String outer) {
    return new CorruptImageException(outer + ", " + location, expected, actual, this);
  }

  /** The place in the image. */
  public final String location() {
    return location;
  }

  /** What the format demands at that place. */
  public final String expected() {
    return expected;
  }

  /** What was found there. */
  public final String actual() {
    return actual;
  }
}
