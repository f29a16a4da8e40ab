package org.razorfs.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Test support: a committed file that is made from the program and must not fall behind it. With
 * {@code -Drazorfs.regenerate=true} the tests write such files instead of comparing them.
 */
public final class GeneratedFile {
  private GeneratedFile() {}

  /**
   * Compares or writes.
   *
   * @param path from the repository's root, such as {@code man/razorfs.8}
   */
  public static void check(String path, String content) throws IOException {
    Path file = root().resolve(path);
    if (Boolean.getBoolean("razorfs.regenerate")) {
      Files.createDirectories(file.getParent());
      Files.writeString(file, content);
    }
    assertEquals(
        content,
        Files.exists(file) ? Files.readString(file) : "",
        path + " is stale; run the tests of this module with -Drazorfs.regenerate=true");
  }

  /** The repository's root. */
  static Path root() {
    Path directory = Path.of("").toAbsolutePath();
    while (!Files.isDirectory(directory.resolve(".mvn"))) {
      directory = directory.getParent();
      if (directory == null) {
        throw new AssertionError("not started inside the repository");
      }
    }
    return directory;
  }
}
