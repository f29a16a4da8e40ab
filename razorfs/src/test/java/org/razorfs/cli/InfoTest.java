package org.razorfs.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.razorfs.device.FileDevice;
import org.razorfs.device.FileDeviceOptions;
import org.razorfs.tools.ToolRun;
import org.razorfs.volume.Owner;
import org.razorfs.volume.Volume;
import org.razorfs.volume.VolumeOptions;

class InfoTest {
  @TempDir private Path directory;

  @Test
  void tellsAnImageThatWasNotClosed() throws IOException {
    Path image = directory.resolve("disk.img");
    Cli.run("mkfs", "--size", "8M", "-L", "name", image);
    ToolRun made = Cli.run("info", image);
    assertTrue(made.out().matches("(?s).*state: +clean\n.*mounted: +never\n.*"), made.out());
    FileDevice device = FileDevice.open(image, FileDeviceOptions.readWrite());
    Volume volume = Volume.open(device, VolumeOptions.builder().manual().build());
    volume.mkdir(Volume.ROOT, new byte[] {'d'}, 0755, Owner.ROOT);
    volume.sync();
    volume.abandon();
    device.close();
    ToolRun run = Cli.run("info", image);
    assertEquals(0, run.exitCode(), run.err());
    assertTrue(run.out().contains("name"), run.out());
    assertTrue(run.out().contains("recovers"), run.out());
  }

  @Test
  void saysWhatIsNoVolume() throws IOException {
    Path other = Files.write(directory.resolve("other"), new byte[1 << 20]);
    assertTrue(Cli.error(1, "info", other).contains(other.toString()));
    Path small = Files.writeString(directory.resolve("small"), "x");
    assertTrue(Cli.error(1, "info", small).contains(small.toString()));
    Path missing = directory.resolve("missing");
    assertTrue(Cli.error(1, "info", missing).contains(missing + ": no such file"));
    assertTrue(Cli.error(1, "info", directory).contains("is a directory"));
  }

  @Test
  void namesAnImageThatHasBeenCut() throws IOException {
    Path image = directory.resolve("disk.img");
    Cli.run("mkfs", "--size", "8M", image);
    try (FileChannel channel = FileChannel.open(image, StandardOpenOption.WRITE)) {
      channel.truncate(4 << 20);
    }
    String error = Cli.error(1, "info", image);
    assertTrue(error.contains(image + ", superblock at"), error);
    assertTrue(error.contains("razorfsck"), error);
  }

  @Test
  void aLabelCannotCommandATerminal() throws IOException {
    Path image = directory.resolve("disk.img");
    Cli.run("mkfs", "--size", "8M", "-L", "red \u001b[31m\nsize: huge", image);
    ToolRun run = Cli.run("info", image);
    assertTrue(run.out().contains("label:        red  [31m size: huge\n"), run.out());
    assertEquals(
        "red \u001b[31m\nsize: huge",
        Cli.json("razorfs.info/1", "info", image).get("label").asText());
  }

  @Test
  void needsAnImage() {
    assertTrue(Cli.error(1, "info").contains("Missing required parameter"));
  }
}
