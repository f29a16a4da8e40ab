package org.razorfs.layout;

import java.util.HexFormat;

/** Bytes written down in tests: hexadecimal digits, with spaces, line ends and # comments. */
final class Hex {
  private Hex() {}

  static byte[] parse(String text) {
    return HexFormat.of().parseHex(text.replaceAll("#[^\n]*", "").replaceAll("\\s", ""));
  }

  static String format(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}
