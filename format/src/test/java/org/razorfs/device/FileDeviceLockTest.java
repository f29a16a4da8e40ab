package org.razorfs.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.razorfs.device.FileDeviceOptions.Access;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;

/** Two owners of one image, in one process and in two. */
class FileDeviceLockTest {
  @TempDir private Path folder;
  private Path image;

  @BeforeEach
  void makeImage() throws IOException {
    image = folder.resolve("image");
    FileDevice.create(image, 1 << 20, false, FileDeviceOptions.readWrite()).close();
  }

  private static FileDevice open(Path path, Access access) throws IOException {
    return FileDevice.open(path, FileDeviceOptions.of(access).withPatience(Duration.ZERO));
  }

  private static FsException busy(Path path, Access access) {
    FsException e = assertThrows(FsException.class, () -> open(path, access).close());
    assertEquals(Fault.BUSY, e.fault());
    return e;
  }

  private String otherProcess(Access access) throws Exception {
    try (ImageOwner owner = ImageOwner.start(image, access)) {
      return owner.answer();
    }
  }

  @Test
  void anotherProcessKeepsUsOutAndIsNamed() throws Exception {
    try (ImageOwner owner = ImageOwner.start(image, Access.READ_WRITE)) {
      assertEquals("open", owner.answer());
      FsException e = busy(image, Access.READ_WRITE);
      assertTrue(e.getMessage().startsWith(image + ": in use by "), e.getMessage());
      if (Files.isReadable(Path.of("/proc/locks"))
          && !Files.readString(Path.of("/proc/locks")).isEmpty()) {
        assertTrue(e.getMessage().contains("pid " + owner.pid() + " (java)"), e.getMessage());
      }
      busy(image, Access.READ_ONLY);
      open(image, Access.READ_ONLY_UNLOCKED).close();
    }
    open(image, Access.READ_WRITE).close();
  }

  @Test
  void weKeepAnotherProcessOut() throws Exception {
    try (FileDevice device = open(image, Access.READ_WRITE)) {
      assertEquals("BUSY", otherProcess(Access.READ_WRITE));
      assertEquals("BUSY", otherProcess(Access.READ_ONLY));
      assertEquals("open", otherProcess(Access.READ_ONLY_UNLOCKED));
      device.write(0, ByteBuffer.wrap(new byte[] {1}));
    }
    assertEquals("open", otherProcess(Access.READ_WRITE));
  }

  @Test
  void readersShareAndKeepWritersOut() throws Exception {
    try (FileDevice device = open(image, Access.READ_ONLY)) {
      assertTrue(device.readOnly());
      assertEquals("open", otherProcess(Access.READ_ONLY));
      assertEquals("BUSY", otherProcess(Access.READ_WRITE));
    }
  }

  @Test
  void secondOpenInOneProcessIsRefusedUnderEveryNameAndDoesNotDropTheLock() throws Exception {
    Path hard = Files.createLink(folder.resolve("hard"), image);
    Path symbolic = Files.createSymbolicLink(folder.resolve("symbolic"), image);
    Path winding = folder.resolve("../" + folder.getFileName() + "/./image");
    try (FileDevice device = open(image, Access.READ_WRITE)) {
      for (Path alias : List.of(image, hard, symbolic, winding)) {
        for (Access access : Access.values()) {
          FsException e = busy(alias, access);
          assertTrue(e.getMessage().contains("this same process"), e.getMessage());
        }
      }
      assertThrows(
          FsException.class,
          () ->
              FileDevice.create(
                      hard, 4096, true, FileDeviceOptions.readWrite().withPatience(Duration.ZERO))
                  .close());
      assertEquals(1 << 20, Files.size(image), "the refused create must not have truncated");
      // The whole point: had one of these opened and closed the file, the lock would be gone.
      assertEquals("BUSY", otherProcess(Access.READ_WRITE));
      device.flush();
    }
    open(hard, Access.READ_WRITE).close();
  }

  @Test
  void unlockedReadersOfOneProcessDoNotMindEachOther() throws IOException {
    try (FileDevice one = open(image, Access.READ_ONLY_UNLOCKED);
        FileDevice two = open(image, Access.READ_ONLY_UNLOCKED)) {
      one.read(0, ByteBuffer.allocate(10));
      two.read(0, ByteBuffer.allocate(10));
      busy(image, Access.READ_WRITE);
    }
    open(image, Access.READ_WRITE).close();
  }

  @Test
  void killedOwnerLeavesNothingBehind() throws Exception {
    ImageOwner owner = ImageOwner.start(image, Access.READ_WRITE);
    assertEquals("open", owner.answer());
    owner.kill();
    open(image, Access.READ_WRITE).close();
  }

  @Test
  void openWaitsForAnOwnerThatIsClosing() throws Exception {
    List<String> told = new ArrayList<>();
    try (ImageOwner owner = ImageOwner.start(image, Access.READ_WRITE)) {
      assertEquals("open", owner.answer());
      FileDeviceOptions patient =
          FileDeviceOptions.readWrite()
              .withPatience(Duration.ofMinutes(5))
              .withOnWait(
                  message -> {
                    told.add(message);
                    try {
                      owner.letGo();
                    } catch (IOException e) {
                      throw new AssertionError(e);
                    }
                  });
      FileDevice.open(image, patient).close();
    }
    assertEquals(1, told.size());
    assertTrue(told.get(0).contains("in use by"), told.get(0));
  }

  @Test
  void openWaitsForAnOwnerInTheSameProcess() throws IOException {
    FileDevice first = open(image, Access.READ_WRITE);
    FileDeviceOptions patient =
        FileDeviceOptions.readWrite()
            .withPatience(Duration.ofMinutes(5))
            .withOnWait(
                message -> {
                  try {
                    first.close();
                  } catch (IOException e) {
                    throw new AssertionError(e);
                  }
                });
    FileDevice.open(image, patient).close();
  }

  @Test
  void patienceEnds() throws IOException {
    try (FileDevice device = open(image, Access.READ_WRITE)) {
      List<String> told = new ArrayList<>();
      FsException e =
          assertThrows(
              FsException.class,
              () ->
                  FileDevice.open(
                          image,
                          FileDeviceOptions.readWrite()
                              .withPatience(Duration.ofMillis(30))
                              .withOnWait(told::add))
                      .close());
      assertEquals(Fault.BUSY, e.fault());
      assertEquals(1, told.size());
      device.flush();
    }
  }
}
