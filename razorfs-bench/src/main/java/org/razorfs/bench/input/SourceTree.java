package org.razorfs.bench.input;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.SplittableRandom;

/** A tree of generated text with the shape of a source tree: many small files, few large ones. */
public final class SourceTree {
  private static final int FILES_PER_FOLDER = 24;
  private static final int WORDS = 8_000;
  private static final double MEDIAN_BYTES = 4_500;
  private static final int MAX_BYTES = 256 << 10;

  /** As in a tar of a release, all files have one time. */
  private static final FileTime TIME = FileTime.fromMillis(1_700_000_000_000L);

  private final SplittableRandom random;
  private final String[] words = new String[WORDS];

  /** The same tree for the same seed. */
  public SourceTree(long seed) {
    random = new SplittableRandom(seed);
    for (int i = 0; i < WORDS; i++) {
      StringBuilder word = new StringBuilder();
      for (int letters = 2 + random.nextInt(9); letters > 0; letters--) {
        word.append((char) ('a' + Math.min(random.nextInt(26), random.nextInt(26))));
      }
      words[i] = word.toString();
    }
  }

  /** Writes so many files below a folder, which is made. */
  public void write(Path tree, int files) throws IOException {
    for (int i = 0; i < files; i++) {
      int folder = i / FILES_PER_FOLDER;
      Path parent = tree.resolve(word(folder % 12) + folder % 12).resolve(word(folder) + folder);
      Files.createDirectories(parent);
      Path file = parent.resolve(word(i) + i + (i % 3 == 0 ? ".h" : ".c"));
      Files.writeString(file, text(size()), StandardCharsets.US_ASCII);
      Files.setLastModifiedTime(file, TIME);
    }
    setTimes(tree);
  }

  private static void setTimes(Path tree) throws IOException {
    try (var paths = Files.walk(tree)) {
      for (Path path : paths.filter(Files::isDirectory).toList()) {
        Files.setLastModifiedTime(path, TIME);
      }
    }
  }

  private String word(int number) {
    return words[Math.floorMod(number * 31, WORDS)];
  }

  /** Log-normal, as sizes of source files are. */
  private int size() {
    double gauss = 0;
    for (int i = 0; i < 12; i++) {
      gauss += random.nextDouble();
    }
    return (int) Math.min(MAX_BYTES, MEDIAN_BYTES * Math.exp(1.1 * (gauss - 6)));
  }

  private String text(int bytes) {
    StringBuilder text = new StringBuilder(bytes + 128);
    while (text.length() < bytes) {
      text.append("\t".repeat(random.nextInt(4)));
      for (int left = 1 + random.nextInt(8); left > 0; left--) {
        text.append(words[(int) (Math.pow(random.nextDouble(), 5) * WORDS)]);
        text.append(left == 1 ? ";\n" : random.nextInt(5) == 0 ? "(" : " ");
      }
    }
    text.setLength(Math.max(1, bytes));
    return text.toString();
  }
}
