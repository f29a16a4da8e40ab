package org.razorfs.layout;

/**
 * A stretch of the image.
 *
 * @param address its first byte, a multiple of the unit
 * @param length its bytes, a multiple of the unit
 */
public record Run(long address, long length) {
  /** The first byte after it. */
  public long end() {
    return address + length;
  }
}
