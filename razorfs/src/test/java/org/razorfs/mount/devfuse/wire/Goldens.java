package org.razorfs.mount.devfuse.wire;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/** Test support: bytes by name, as a C compiler lays the kernel's structures out. */
public final class Goldens {
  private Goldens() {}

  /** Whole requests, in an order in which they can be sent. */
  public static Map<String, byte[]> requests() {
    return read("requests.txt");
  }

  /** Parts of replies. */
  public static Map<String, byte[]> replies() {
    return read("replies.txt");
  }

  private static Map<String, byte[]> read(String name) {
    try (InputStream in = Goldens.class.getResourceAsStream("/org/razorfs/mount/devfuse/" + name)) {
      Map<String, byte[]> goldens = new LinkedHashMap<>();
      new String(in.readAllBytes(), StandardCharsets.US_ASCII)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(line -> line.split(" "))
          .forEach(words -> goldens.put(words[0], HexFormat.of().parseHex(words[1])));
      return goldens;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
