package org.razorfs.fsck;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.razorfs.device.FileDevice;
import org.razorfs.device.FileDeviceOptions;
import org.razorfs.layout.FileType;
import org.razorfs.tools.ManPages;
import org.razorfs.tools.Schemas;
import org.razorfs.tools.Tool;
import org.razorfs.tools.ToolRun;
import org.razorfs.volume.Attributes;
import org.razorfs.volume.FormatOptions;
import org.razorfs.volume.Formatter;
import org.razorfs.volume.Owner;
import org.razorfs.volume.Volume;
import org.razorfs.volume.VolumeInfo;
import org.razorfs.volume.VolumeOptions;

class RazorfsckTest {
  private static final long SIZE = 8L << 20;

  @TempDir private Path directory;
  private Path image;
  private long dataStart;

  @BeforeEach
  void makeImage() throws IOException {
    image = directory.resolve("disk.img");
    try (FileDevice device = FileDevice.create(image, SIZE, false, FileDeviceOptions.readWrite())) {
      VolumeInfo info = Formatter.format(device, FormatOptions.defaults(), Clock.systemUTC());
      dataStart = 65536 + info.journalSize();
      fill(device, true);
    }
  }

  private static void fill(FileDevice device, boolean close) throws IOException {
    Volume volume = Volume.open(device, VolumeOptions.builder().manual().build());
    byte[] data = new byte[200_000];
    new Random(1).nextBytes(data);
    for (int i = 0; i < 5; i++) {
      byte[] name = {'f', (byte) ('0' + i), (byte) (close ? 'a' : 'b')};
      Attributes file = volume.create(Volume.ROOT, name, FileType.REGULAR | 0644, Owner.ROOT, 0);
      volume.write(file.inode(), 0, ByteBuffer.wrap(data));
    }
    if (close) {
      volume.close();
    } else {
      volume.sync();
      volume.abandon();
    }
  }

  private ToolRun run(Object... args) {
    String[] words = new String[args.length];
    for (int i = 0; i < args.length; i++) {
      words[i] = args[i].toString();
    }
    return ToolRun.of(new Razorfsck(), words);
  }

  /** Turns all bytes around in a part of the image. */
  private void damage(long from, int length) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      byte[] bytes = new byte[length];
      file.seek(from);
      file.readFully(bytes);
      for (int i = 0; i < length; i++) {
        bytes[i] = (byte) ~bytes[i];
      }
      file.seek(from);
      file.write(bytes);
    }
  }

  private String error(int exitCode, Object... args) {
    ToolRun run = run(args);
    assertEquals(exitCode, run.exitCode(), run.out() + run.err());
    assertEquals(1, run.errLines().size(), run.err());
    return run.err();
  }

  @Test
  void aSoundImageIsCleanAndStaysAsItIs() throws IOException {
    byte[] before = Files.readAllBytes(image);
    ToolRun run = run(image);
    assertEquals(0, run.exitCode(), run.out() + run.err());
    assertEquals(1, run.out().lines().count(), run.out());
    assertTrue(run.out().contains("nothing is wrong; 6 inodes"), run.out());
    JsonNode report = Schemas.check("razorfs.check/1", run("--json", "-n", image).out());
    assertTrue(report.get("clean").asBoolean());
    assertEquals(1_000_000, report.get("totals").get("logical_bytes").asLong());
    assertTrue(report.get("totals").get("verified_bytes").asLong() >= 1_000_000);
    assertEquals("", run("-q", image).out());
    assertArrayEquals(before, Files.readAllBytes(image));
  }

  @Test
  void contentCanBeLeftUnread() {
    JsonNode report = Schemas.check("razorfs.check/1", run("--json", "--no-data", image).out());
    assertEquals(0, report.get("totals").get("verified_bytes").asLong());
  }

  @Test
  void anImageThatWasNotClosedIsCleanAsWell() throws IOException {
    try (FileDevice device = FileDevice.open(image, FileDeviceOptions.readWrite())) {
      fill(device, false);
    }
    ToolRun run = run(image);
    assertEquals(0, run.exitCode(), run.out());
    assertTrue(run.out().contains("for the next mount to replay"), run.out());
  }

  @Test
  void damageIsFoundNamedAndLeft() throws IOException {
    damage(dataStart, 3_000_000);
    byte[] before = Files.readAllBytes(image);
    ToolRun run = run("--max-findings", "1", image);
    assertEquals(4, run.exitCode(), run.err());
    assertTrue(run.out().contains("parts of it cannot be read"), run.out());
    assertTrue(run.out().contains("INV-"), run.out());
    ToolRun json = run("--json", "-p", image);
    assertEquals(4, json.exitCode());
    JsonNode report = Schemas.check("razorfs.check/1", json.out());
    assertFalse(report.get("clean").asBoolean());
    assertTrue(report.get("damaged").asBoolean());
    assertTrue(report.get("problems").asLong() >= report.get("findings").size());
    assertTrue(run("-q", image).out().contains("INV-"));
    assertArrayEquals(before, Files.readAllBytes(image));
  }

  @Test
  void aSecondSuperblockStandsInForTheFirst() throws IOException {
    damage(0, 512);
    ToolRun run = run(image);
    assertEquals(4, run.exitCode(), run.out() + run.err());
    assertTrue(run.out().contains("6 inodes"), run.out());
  }

  @Test
  void whatIsNoVolumeIsNotCheckedAtAll() throws IOException {
    Path other = Files.write(directory.resolve("other"), new byte[1 << 20]);
    assertTrue(error(8, other).contains("is no RAZORFS volume"));
    Path small = Files.writeString(directory.resolve("small"), "x");
    assertTrue(error(8, small).contains("is no RAZORFS volume"));
    Path missing = directory.resolve("missing");
    assertTrue(error(8, missing).contains("no such file"));
    JsonNode failure = Schemas.check("razorfs.error/1", run("--json", missing).out());
    assertEquals("NO_SUCH_ENTRY", failure.get("fault").asText());
  }

  @Test
  void anImageInUseIsNotChecked() throws IOException {
    try (FileDevice owner = FileDevice.open(image, FileDeviceOptions.readWrite())) {
      assertTrue(error(8, "-q", image).contains("in use by"));
      assertEquals(SIZE, owner.size());
    }
  }

  @Test
  void repairIsRefusedAndWrongUsageIsTold() {
    assertTrue(error(16, "--repair", image).contains("not built in yet"));
    assertTrue(error(16, "-y", image).contains("not built in yet"));
    assertTrue(error(16).contains("Missing required parameter"));
    assertTrue(error(16, "--nonsense", image).contains("Unknown option"));
    assertTrue(error(16, "--max-findings", "0", image).contains("at least 1"));
  }

  @Test
  void manualPagesAndCompletionsAreUpToDate() throws IOException {
    ManPages.check(new Tool(new Razorfsck()));
    ManPages.checkAlias("fsck.razorfs", "razorfsck");
  }
}
