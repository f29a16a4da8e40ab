package org.razorfs.bench.subject;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.razorfs.bench.host.Commands;

/** Sparse image files. */
final class Images {
  private Images() {}

  /** Makes a file of a size and lets a program make a file system in it. */
  static void make(Commands commands, Path image, long bytes, List<String> mkfs)
      throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(bytes);
    }
    if (!mkfs.isEmpty()) {
      List<String> words = new ArrayList<>(mkfs);
      words.add(image.toString());
      commands.run(words.toArray(String[]::new));
    }
  }
}
