package org.razorfs.device;

import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;

/** Checks that a range lies inside a device, with a message that names both. */
final class Ranges {
  private Ranges() {}

  /**
   * Passes when {@code 0 <= position} and {@code position + length <= size}, without overflow.
   *
   * @throws FsException {@code IO_ERROR} otherwise
   */
  static void check(String device, String verb, long size, long position, long length)
      throws FsException {
    if (position < 0 || length < 0 || length > size || position > size - length) {
      throw new FsException(
          Fault.IO_ERROR,
          String.format(
              "%s: %s of %d bytes at %d is outside the device's %d bytes",
              device, verb, length, position, size));
    }
  }

  /** The sum of what remains in all buffers. */
  static long remaining(java.nio.ByteBuffer[] buffers) {
    long sum = 0;
    for (java.nio.ByteBuffer buffer : buffers) {
      sum += buffer.remaining();
    }
    return sum;
  }
}
