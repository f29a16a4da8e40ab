package org.razorfs.mount.host;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.razorfs.device.HostFile;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;

/** The calls themselves, on a file of whatever file system there is. */
class NativeHostFileTest {
  private static final int SYNC_FILE_RANGE_WRITE = 2;

  private final LibC libc = new LibC();
  @TempDir Path work;

  @Test
  void whatIsWrittenStaysUnlessItIsDiscarded() throws IOException {
    byte[] content = new byte[64 << 10];
    Arrays.fill(content, (byte) 7);
    Path path = Files.write(work.resolve("image"), content);
    try (HostFile file = NativeHostFile.open(libc, path)) {
      file.allocate(0, content.length);
      file.startWriteback(0, content.length);
      assertArrayEquals(content, Files.readAllBytes(path));
      file.discard(4096, 8192);
    }
    Arrays.fill(content, 4096, 4096 + 8192, (byte) 0);
    assertArrayEquals(content, Files.readAllBytes(path));
  }

  /** {@link NativeHostFile} ignores what it says. */
  @Test
  void writebackCanBeAskedFor() throws IOException {
    Path path = Files.write(work.resolve("image"), new byte[8192]);
    int descriptor = libc.calls().open(LibC.path(path), 2, 0);
    try {
      assertEquals(0, libc.calls().sync_file_range(descriptor, 4096, 4096, SYNC_FILE_RANGE_WRITE));
      assertEquals(-1, libc.calls().sync_file_range(-1, 4096, 4096, SYNC_FILE_RANGE_WRITE));
    } finally {
      libc.calls().close(descriptor);
    }
  }

  @Test
  void aFileThatIsNotThereIsTold() {
    FsException told =
        assertThrows(
            FsException.class, () -> NativeHostFile.open(libc, work.resolve("none")).close());
    assertEquals(Fault.IO_ERROR, told.fault());
  }
}
