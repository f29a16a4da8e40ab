package org.razorfs.spec;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.razorfs.compress.CompressionPolicy;
import org.razorfs.device.MemoryDevice;

/**
 * Images of each released version of the format, with what must be seen in them. They are written
 * once, by the main method of this class at the time of that version, and never again: later
 * software has to read them.
 */
final class GoldenImages {
  static final String[] NAMES = {
    "empty",
    "closed-8k-zlib",
    "closed-64k-lz4",
    "crashed-16k-zstd",
    "crashed-8k-none",
    "torn-16k-auto"
  };

  private static final int SIZE = 8 << 20;

  private GoldenImages() {}

  static byte[] image(String name) throws IOException {
    try (GZIPInputStream stream =
        new GZIPInputStream(new ByteArrayInputStream(read(name + ".img.gz")))) {
      return stream.readAllBytes();
    }
  }

  static String listing(String name) throws IOException {
    return new String(read(name + ".txt"), StandardCharsets.UTF_8);
  }

  private static byte[] read(String file) throws IOException {
    try (var stream = GoldenImages.class.getResourceAsStream("/golden/v1/" + file)) {
      if (stream == null) {
        throw new IOException("no golden " + file);
      }
      return stream.readAllBytes();
    }
  }

  /**
   * Writes all of them into a folder.
   *
   * @param args the folder
   */
  public static void main(String[] args) throws IOException {
    Path folder = Path.of(args[0]);
    Files.createDirectories(folder);
    for (String name : NAMES) {
      byte[] image = make(name.split("-"));
      try (OutputStream stream =
          new GZIPOutputStream(Files.newOutputStream(folder.resolve(name + ".img.gz")))) {
        stream.write(image);
      }
      Files.writeString(folder.resolve(name + ".txt"), SpecReaderTest.library(image));
    }
  }

  private static byte[] make(String... words) throws IOException {
    if (words.length == 1) {
      MemoryDevice device = new MemoryDevice(512 << 10);
      SampleVolume.format(device, 16384, CompressionPolicy.AUTO);
      return SpecReaderTest.bytes(device);
    }
    MemoryDevice device = new MemoryDevice(SIZE);
    int nodeSize = Integer.parseInt(words[1].replace("k", "")) << 10;
    boolean clean = words[0].equals("closed");
    SampleVolume.make(device, nodeSize, CompressionPolicy.parse(words[2]), clean);
    byte[] image = SpecReaderTest.bytes(device);
    if (words[0].equals("torn")) {
      tear(image);
    }
    return image;
  }

  /** Loses the second half of the last batch of the journal, as a crash would before its flush. */
  private static void tear(byte[] image) {
    SpecImage parsed = new SpecImage(image);
    SpecJournal journal = new SpecJournal(parsed);
    journal.replay();
    int start = (int) (parsed.journalStart + journal.lastBatch % parsed.journalLength);
    int end = (int) (parsed.journalStart + journal.end % parsed.journalLength);
    if (start >= end) {
      throw new IllegalStateException("the last batch wraps");
    }
    Arrays.fill(image, (start + end) / 2, end, (byte) 0);
  }
}
