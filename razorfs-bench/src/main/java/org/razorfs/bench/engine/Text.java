package org.razorfs.bench.engine;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/** Text that compresses like source code: a JDK's, or where none is installed words at random. */
final class Text {
  private Text() {}

  /** {@code length} bytes of text. */
  static byte[] of(int length) throws IOException {
    for (Path zip : archives()) {
      byte[] text = fromArchive(zip, length);
      if (text != null) {
        return text;
      }
    }
    return generated(length);
  }

  private static List<Path> archives() throws IOException {
    Path own = Path.of(System.getProperty("java.home"), "lib", "src.zip");
    Path all = Path.of("/usr/lib/jvm");
    if (!Files.isDirectory(all)) {
      return Stream.of(own).filter(Files::isReadable).toList();
    }
    try (Stream<Path> homes = Files.list(all)) {
      return Stream.concat(Stream.of(own), homes.map(home -> home.resolve("lib/src.zip")).sorted())
          .filter(Files::isReadable)
          .toList();
    }
  }

  /** The first sources of an archive, or null where they are not enough. */
  private static byte[] fromArchive(Path path, int length) throws IOException {
    byte[] text = new byte[length];
    int size = 0;
    try (InputStream file = Files.newInputStream(path);
        ZipInputStream zip = new ZipInputStream(file)) {
      for (ZipEntry entry = zip.getNextEntry();
          entry != null && size < length;
          entry = zip.getNextEntry()) {
        if (entry.getName().endsWith(".java")) {
          size += zip.readNBytes(text, size, length - size);
        }
      }
    }
    return size == length ? text : null;
  }

  /** Lines of words, some frequent and most rare. */
  private static byte[] generated(int length) {
    SplittableRandom random = new SplittableRandom(1);
    String[] words = new String[20_000];
    for (int i = 0; i < words.length; i++) {
      StringBuilder word = new StringBuilder();
      for (int letters = 2 + random.nextInt(9); letters > 0; letters--) {
        word.append((char) ('a' + Math.min(random.nextInt(26), random.nextInt(26))));
      }
      words[i] = word.toString();
    }
    StringBuilder text = new StringBuilder(length + 64);
    while (text.length() < length) {
      text.append(" ".repeat(2 * random.nextInt(5)));
      for (int left = 1 + random.nextInt(10); left > 0; left--) {
        double share = random.nextDouble();
        text.append(words[(int) (Math.pow(share, 6) * words.length)]);
        text.append(left == 1 ? ";\n" : random.nextInt(5) == 0 ? "(" : " ");
      }
    }
    return text.substring(0, length).getBytes(StandardCharsets.US_ASCII);
  }
}
