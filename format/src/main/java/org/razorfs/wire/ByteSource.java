package org.razorfs.wire;

import java.util.Arrays;
import org.razorfs.fault.CorruptImageException;

/**
 * A bounded little-endian input that decoders consume; reading past its end is corruption of the
 * structure it was made for, never an index error.
 */
public final class ByteSource {
  private static final long NO_NUMBER = Long.MIN_VALUE;

  private final byte[] bytes;
  private final int end;
  private final String location;
  private final long number;
  private int at;

  /**
   * A source over {@code bytes[from, from + length)}.
   *
   * @param location what is being decoded, for error messages
   */
  public ByteSource(byte[] bytes, int from, int length, String location) {
    this(bytes, from, length, location, NO_NUMBER);
  }

  /**
   * A source over {@code bytes[from, from + length)} of one among many; the text is only put
   * together when something is wrong.
   *
   * @param what what is being decoded, for error messages
   * @param number which one
   */
  public ByteSource(byte[] bytes, int from, int length, String what, long number) {
    this.bytes = bytes;
    this.at = from;
    this.end = Math.addExact(from, length);
    this.location = what;
    this.number = number;
  }

  /** Bytes not consumed yet. */
  public int remaining() {
    return end - at;
  }

  /** What is being decoded. */
  public String location() {
    return number == NO_NUMBER ? location : location + " " + number;
  }

  public int u8() throws CorruptImageException {
    return Bytes.u8(bytes, take(1));
  }

  public int u16() throws CorruptImageException {
    return Bytes.u16(bytes, take(2));
  }

  public int i32() throws CorruptImageException {
    return Bytes.i32(bytes, take(4));
  }

  public long u32() throws CorruptImageException {
    return Bytes.u32(bytes, take(4));
  }

  public long i64() throws CorruptImageException {
    return Bytes.i64(bytes, take(8));
  }

  /** A copy of the next {@code length} bytes. */
  public byte[] bytes(int length) throws CorruptImageException {
    int from = take(length);
    return Arrays.copyOfRange(bytes, from, from + length);
  }

  /** Skips {@code length} bytes. */
  public void skip(int length) throws CorruptImageException {
    take(length);
  }

  private int take(int length) throws CorruptImageException {
    if (length < 0 || length > end - at) {
      throw new CorruptImageException(
          location(), length + " more bytes", (end - at) + " bytes before its end");
    }
    int from = at;
    at += length;
    return from;
  }
}
