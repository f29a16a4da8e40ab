package org.razorfs.bench.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import org.razorfs.tools.CommandFailure;

/** Pages that commands write. */
final class Pages {
  private Pages() {}

  /** Refuses early what could not be written after all the work; null is fine. */
  static void check(Path page) throws CommandFailure {
    if (page == null) {
      return;
    }
    Path parent = page.toAbsolutePath().getParent();
    if (Files.isDirectory(page) || parent == null || !Files.isDirectory(parent)) {
      throw new CommandFailure(1, page + ": cannot be written; name a file in an existing folder");
    }
  }
}
