package org.razorfs.scale;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.razorfs.device.FileDevice;
import org.razorfs.device.FileDeviceOptions;
import org.razorfs.layout.Superblock;
import org.razorfs.tx.Recovery;

/**
 * Opening a volume takes longer the more there is in it, or memory that a small heap does not have.
 *
 * <p>What is compared is what opening asks of the device, which no busy machine changes; the long
 * form, for millions of files, prints times as well.
 */
@Tag("slow")
class OpeningTest {
  private static final int HEAP_MIB = 256;

  private static final int DIRECT_MIB = 128;

  /** A few nodes of each tree, with the front of the journal and the superblocks. */
  private static final long MOST_READS = 40;

  private static final long MOST_READ_BYTES = 512 << 10;

  /** What one file made before a crash may cost: a path to a leaf for all it is in. */
  private static final long MOST_READS_PER_CHANGE = 12;

  private static final long JOURNAL_WINDOW = 256 << 10;

  @TempDir private Path folder;

  @Test
  void openingDoesNotDependOnTheNumberOfFiles() throws IOException {
    compare(5_000, 100_000);
  }

  @Test
  @Tag("long")
  void openingMillionsOfFilesIsNoDifferent() throws IOException {
    String counts = System.getProperty("razorfs.scale.files", "10000,1000000,5000000");
    compare(Arrays.stream(counts.split(",", -1)).mapToInt(Integer::parseInt).toArray());
  }

  private void compare(int... counts) throws IOException {
    for (int files : counts) {
      Path image = folder.resolve("volume-" + files);
      report(
          files + " files, made",
          JavaProcess.run(HEAP_MIB, DIRECT_MIB, 0, LargeVolume.class, "make", image, files));
      Map<String, Long> clean = open(image, files);
      report(files + " files, closed", clean);
      int directories = (files + LargeVolume.FANOUT - 1) / LargeVolume.FANOUT;
      assertEquals(1 + directories + files, clean.get("inodes"));
      assertTrue(clean.get("answer.reads") <= MOST_READS, clean.toString());
      assertTrue(clean.get("answer.readBytes") <= MOST_READ_BYTES, clean.toString());

      int changes = 500;
      JavaProcess.run(HEAP_MIB, DIRECT_MIB, 9, LargeVolume.class, "crash", image, changes);
      long journal = journal(image);
      Map<String, Long> crashed = open(image, files);
      report(files + " files, crashed", crashed);
      assertEquals(1 + directories + files + changes, crashed.get("inodes"));
      long most = MOST_READS + journal / JOURNAL_WINDOW + 1 + changes * MOST_READS_PER_CHANGE;
      assertTrue(crashed.get("answer.reads") <= most, crashed + ", at most " + most);
    }
  }

  private static Map<String, Long> open(Path image, int files) throws IOException {
    Map<String, Long> opened =
        JavaProcess.run(HEAP_MIB, DIRECT_MIB, 0, LargeVolume.class, "open", image, files);
    assertEquals(1, opened.get("right"), opened.toString());
    return opened;
  }

  private static long journal(Path image) throws IOException {
    try (FileDevice device = FileDevice.open(image, FileDeviceOptions.readOnly())) {
      Superblock superblock = Recovery.superblock(device, true);
      return superblock.identity().journalLength();
    }
  }

  @SuppressWarnings("SystemOut") // figures for people
  private static void report(String what, Map<String, Long> numbers) {
    System.out.printf("%s:", what);
    numbers.keySet().stream()
        .sorted()
        .forEach(
            name ->
                System.out.printf(
                    name.endsWith(".nanos") ? " %s %.3f s" : " %s %.0f",
                    name.replace(".nanos", ""),
                    numbers.get(name) * (name.endsWith(".nanos") ? 1e-9 : 1)));
    System.out.println();
  }
}
