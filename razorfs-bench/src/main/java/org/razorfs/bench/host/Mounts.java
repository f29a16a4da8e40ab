package org.razorfs.bench.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The kernel's table of mounts. */
public final class Mounts {
  private Mounts() {}

  /** Whether something is mounted on a directory. */
  public static boolean isMounted(Path point) throws IOException {
    return lines().stream().anyMatch(line -> pointOf(line).equals(point.toString()));
  }

  /** The type of the file system that a path lies on, such as {@code ext4}. */
  public static Optional<String> typeOf(Path path) throws IOException {
    Path real = path.toRealPath();
    // The longest mount point above it, and of two on the same the later.
    String type = null;
    int length = -1;
    for (String line : lines()) {
      Path point = Path.of(pointOf(line));
      if (real.startsWith(point) && point.getNameCount() >= length) {
        length = point.getNameCount();
        type = line.split(" ")[2];
      }
    }
    return Optional.ofNullable(type);
  }

  private static List<String> lines() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/mounts"));
  }

  /** The second field; the kernel writes blanks and backslashes in octal. */
  private static String pointOf(String line) {
    return line.split(" ")[1]
        .replace("\\040", " ")
        .replace("\\011", "\t")
        .replace("\\012", "\n")
        .replace("\\134", "\\");
  }
}
