package org.razorfs.scale;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.Zstd;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.razorfs.check.CheckListener;
import org.razorfs.check.CheckOptions;
import org.razorfs.check.Checker;
import org.razorfs.compress.CompressionStatistics.Snapshot;
import org.razorfs.compress.CompressionStatistics.Sums;
import org.razorfs.compress.ContentClass;
import org.razorfs.device.BlockDevice;
import org.razorfs.device.FileDevice;
import org.razorfs.device.FileDeviceOptions;
import org.razorfs.device.MemoryDevice;
import org.razorfs.model.posix.VolumeDriver;
import org.razorfs.volume.FormatOptions;
import org.razorfs.volume.Formatter;
import org.razorfs.volume.Owner;
import org.razorfs.volume.StatFs;
import org.razorfs.volume.Volume;
import org.razorfs.volume.VolumeOptions;

/** Work wasted on what is compressed already, and space wasted on what is not. */
@Tag("slow")
class CompressionTest {
  /** What the roadmap asks of text. */
  private static final double TEXT_RATIO = 3.5;

  @TempDir private Path folder;

  private static byte[] compressed(String kind) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    switch (kind) {
      case "png", "jpeg" -> ImageIO.write(picture(), kind, out);
      case "zip" -> {
        try (ZipOutputStream zip = new ZipOutputStream(out)) {
          zip.putNextEntry(new ZipEntry("words"));
          zip.write(words(1 << 20));
        }
      }
      case "zst" -> out.write(Zstd.compress(words(1 << 20)));
      default -> throw new IllegalArgumentException(kind);
    }
    return out.toByteArray();
  }

  /** What a camera might see: gradients with noise on them. */
  private static BufferedImage picture() {
    SplittableRandom random = new SplittableRandom(4);
    BufferedImage image = new BufferedImage(640, 480, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        int light = (x + y) / 8 + random.nextInt(24);
        image.setRGB(x, y, light << 16 | (light * 3 / 4) << 8 | (255 - light));
      }
    }
    return image;
  }

  /** Words in no order, which shrink to about a third. */
  private static byte[] words(int length) {
    SplittableRandom random = new SplittableRandom(5);
    StringBuilder text = new StringBuilder();
    while (text.length() < length) {
      text.append(Long.toString(random.nextInt(20_000) * 7919L, 36)).append(' ');
    }
    return text.substring(0, length).getBytes(StandardCharsets.US_ASCII);
  }

  @ParameterizedTest
  @CsvSource({"png, IMAGE", "jpeg, IMAGE", "zip, ARCHIVE", "zst, COMPRESSED"})
  void whatIsCompressedAlreadyIsNotTriedAgain(String kind, ContentClass content)
      throws IOException {
    byte[] bytes = compressed(kind);
    MemoryDevice device = new MemoryDevice(64 << 20);
    Formatter.format(device, FormatOptions.defaults(), Clock.systemUTC());
    try (Volume volume = Volume.open(device, VolumeOptions.defaults())) {
      for (int i = 0; i < 5; i++) {
        byte[] name = (kind + i).getBytes(StandardCharsets.US_ASCII);
        long inode = volume.create(Volume.ROOT, name, 0644, Owner.ROOT, 0).inode();
        // As a program writes it: the later pieces begin with no magic.
        for (int at = 0; at < bytes.length; at += 10_000) {
          int length = Math.min(10_000, bytes.length - at);
          volume.write(inode, at, ByteBuffer.wrap(bytes, at, length));
        }
        volume.fsync(inode, false);
        assertArrayEquals(bytes, VolumeDriver.read(volume, inode, 0, bytes.length + 1));
      }
      Snapshot statistics = volume.statistics().compression();
      Sums sums = statistics.of(content);
      assertEquals(5L * bytes.length, sums.logicalBytes(), statistics.toString());
      assertEquals(sums.logicalBytes(), sums.storedBytes(), statistics.toString());
      assertEquals(sums.chunks(), sums.skippedChunks(), statistics.toString());
      assertEquals(sums, statistics.total(), statistics.toString());
    }
  }

  @Test
  void sourcesTakeLittleSpace() throws IOException {
    // This project's own, a few megabytes of code and prose.
    Path sources = Path.of("..").toRealPath();
    assertRatio(sources, TEXT_RATIO, path -> isText(sources.relativize(path)));
  }

  private static boolean isText(Path path) {
    String name = path.toString();
    return !name.startsWith(".")
        && !name.contains("target/")
        && Stream.of(".java", ".md", ".xml", ".json", ".ksy", ".1", ".8").anyMatch(name::endsWith);
  }

  /** The tree named by {@code -Drazorfs.scale.tree=FOLDER}, such as the sources of a kernel. */
  @Test
  @Tag("long")
  void aTreeOfTextTakesLittleSpace() throws IOException {
    String tree = System.getProperty("razorfs.scale.tree");
    Assumptions.assumeTrue(tree != null, "no tree named by -Drazorfs.scale.tree");
    assertRatio(Path.of(tree), TEXT_RATIO, path -> true);
  }

  private interface Filter {
    boolean takes(Path path);
  }

  @SuppressWarnings("SystemOut") // figures for people
  private void assertRatio(Path tree, double least, Filter filter) throws IOException {
    try (BlockDevice device =
        FileDevice.create(
            folder.resolve("image"), 1L << 30, false, FileDeviceOptions.readWrite())) {
      Formatter.format(device, FormatOptions.defaults(), Clock.systemUTC());
      long empty;
      try (Volume volume = Volume.open(device, VolumeOptions.defaults())) {
        empty = used(volume);
        copy(tree, filter, volume);
        volume.checkpoint();
        System.out.println(volume.statistics().compression());
      }
      try (Volume volume = Volume.open(device, VolumeOptions.defaults())) {
        long logical = volume.info().logicalBytes();
        long stored = volume.info().storedBytes();
        long used = used(volume) - empty;
        System.out.printf(
            "%s: %.2f MB of files, %.2f MB stored (%.2f to 1), %.2f MB used in all (%.2f to 1)%n",
            tree,
            logical / 1e6,
            stored / 1e6,
            (double) logical / stored,
            used / 1e6,
            (double) logical / used);
        assertTrue(logical >= least * stored, logical + " bytes stored in " + stored);
        assertTrue(used < logical / 2, logical + " bytes use " + used);
      }
      assertEquals(
          List.of(), Checker.check(device, CheckOptions.full(), CheckListener.NONE).findings());
    }
  }

  private static long used(Volume volume) {
    StatFs space = volume.statfs();
    return space.totalBytes() - space.freeBytes();
  }

  private static void copy(Path tree, Filter filter, Volume volume) throws IOException {
    Map<Path, Long> directories = new HashMap<>(Map.of(tree, Volume.ROOT));
    try (Stream<Path> walk = Files.walk(tree)) {
      for (Path path : (Iterable<Path>) walk.skip(1)::iterator) {
        byte[] name = path.getFileName().toString().getBytes(StandardCharsets.UTF_8);
        Long parent = directories.get(path.getParent());
        if (parent == null || path.getFileName().toString().equals("target")) {
          continue; // In a directory that is left out.
        }
        if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
          directories.put(path, volume.mkdir(parent, name, 0755, Owner.ROOT).inode());
        } else if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS) && filter.takes(path)) {
          long inode = volume.create(parent, name, 0644, Owner.ROOT, 0).inode();
          volume.write(inode, 0, ByteBuffer.wrap(Files.readAllBytes(path)));
        }
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }
}
