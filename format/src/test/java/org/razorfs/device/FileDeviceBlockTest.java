package org.razorfs.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;

/** An image on a block device; needs root and a loop device, and says so when it has none. */
class FileDeviceBlockTest {
  private static final long SIZE = 3 << 20;
  private static final FileDeviceOptions OPTIONS =
      FileDeviceOptions.readWrite().withPatience(Duration.ZERO);

  @TempDir private Path folder;
  private Path loop;

  @BeforeEach
  void attach() throws Exception {
    Path backing = folder.resolve("backing");
    FileDevice.create(backing, SIZE, false, OPTIONS).close();
    String name = run("losetup", "--find", "--show", backing.toString());
    Assumptions.assumeTrue(
        name.startsWith("/dev/loop"), "SKIPPED: block devices need root and losetup: " + name);
    loop = Path.of(name);
  }

  @AfterEach
  void detach() throws Exception {
    if (loop != null) {
      run("losetup", "--detach", loop.toString());
    }
  }

  private static String run(String... command) throws InterruptedException {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      byte[] output = process.getInputStream().readAllBytes();
      process.waitFor(1, TimeUnit.MINUTES);
      return new String(output, StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      return e.getMessage();
    }
  }

  @Test
  void sizeIsThatOfTheDeviceAndBytesComeBack() throws IOException {
    try (FileDevice device = FileDevice.open(loop, OPTIONS)) {
      assertEquals(SIZE, device.size());
      device.write(SIZE - 3, ByteBuffer.wrap(new byte[] {1, 2, 3}));
      device.flush();
    }
    try (FileDevice device = FileDevice.open(loop, FileDeviceOptions.readOnly())) {
      ByteBuffer back = ByteBuffer.allocate(3);
      device.read(SIZE - 3, back);
      assertArrayEquals(new byte[] {1, 2, 3}, back.array());
    }
  }

  @Test
  void creatingKeepsTheDeviceAndItsSize() throws IOException {
    assertEquals(
        Fault.EXISTS,
        assertThrows(FsException.class, () -> FileDevice.create(loop, SIZE, false, OPTIONS).close())
            .fault());
    assertEquals(
        Fault.NO_SPACE,
        assertThrows(
                FsException.class, () -> FileDevice.create(loop, SIZE + 1, true, OPTIONS).close())
            .fault());
    try (FileDevice device = FileDevice.create(loop, 1 << 20, true, OPTIONS)) {
      assertEquals(SIZE, device.size());
    }
  }

  @Test
  void anotherNodeOfTheSameDeviceIsTheSameImage() throws Exception {
    Path alias = folder.resolve("alias");
    long rdev = ((Number) Files.getAttribute(loop, "unix:rdev")).longValue();
    run(
        "mknod",
        alias.toString(),
        "b",
        Long.toString(FileIdentity.major(rdev)),
        Long.toString(FileIdentity.minor(rdev)));
    Assumptions.assumeTrue(Files.exists(alias), "SKIPPED: mknod is not allowed here");
    try (FileDevice device = FileDevice.open(loop, OPTIONS)) {
      FsException e =
          assertThrows(FsException.class, () -> FileDevice.open(alias, OPTIONS).close());
      assertEquals(Fault.BUSY, e.fault());
      device.flush();
    }
  }
}
