package org.razorfs.transfer;

import java.nio.charset.StandardCharsets;

/** Bytes that are no text, where an interface wants text: a character for each. */
final class Latin {
  private Latin() {}

  static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
