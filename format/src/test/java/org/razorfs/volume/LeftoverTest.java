package org.razorfs.volume;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Arrays;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.razorfs.compress.CompressionPolicy;
import org.razorfs.device.MemoryDevice;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.layout.FileType;

/** What becomes of inodes whose truncation or removal had to be left for later. */
class LeftoverTest {
  private static final Owner OWNER = new Owner(0, 0);
  private static final int PIECE = 4096;

  /** More than one step of a journal of 64 KiB can take. */
  private static final int PIECES = 40;

  private final MemoryDevice device = new MemoryDevice(16 << 20);
  private final Random random = new Random(5);
  private Volume volume;

  /** Requests for space that pass before others are refused; negative while none is. */
  private long passing = -1;

  @BeforeEach
  void open() throws IOException {
    Formatter.format(
        device,
        new FormatOptions("left", new UUID(1, 2), 64 << 10, CompressionPolicy.AUTO, 8192),
        Clock.systemUTC());
    volume =
        Volume.open(device, VolumeOptions.builder().manual().allocationFault(this::check).build());
  }

  private void check(long ordinal) throws FsException {
    if (passing > 0) {
      passing--;
    } else if (passing == 0) {
      throw FsException.of(Fault.NO_SPACE, "injected");
    }
  }

  @AfterEach
  void abandon() {
    if (volume != null) {
      volume.abandon();
    }
  }

  private void closeAndCheck() throws IOException {
    volume.close();
    CleanImage.assertClean(device);
  }

  private static byte[] name(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** Fills a file with pieces that are extents of their own. */
  private void fill(long inode) throws IOException {
    byte[] bytes = new byte[PIECE];
    for (int i = 0; i < PIECES; i++) {
      random.nextBytes(bytes);
      volume.write(inode, i * 2L * PIECE, ByteBuffer.wrap(bytes));
      volume.sync();
    }
  }

  /** Empties a file, and refuses space after so many requests until it has been done. */
  private void truncate(long inode, long requests) throws IOException {
    passing = requests;
    try {
      volume.change(inode, new AttributeChange().size(0));
    } catch (FsException e) {
      assertEquals(Fault.NO_SPACE, e.fault(), e::toString);
    } finally {
      passing = -1;
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 2, 3, 4, 5, 6, 7, 8})
  void fileGoesWithWhatItsTruncationHasLeft(long requests) throws IOException {
    long inode =
        volume.create(Volume.ROOT, name("file"), FileType.REGULAR | 0644, OWNER, 0).inode();
    fill(inode);
    truncate(inode, requests);
    volume.unlink(Volume.ROOT, name("file"));
    closeAndCheck();
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 2, 3, 4, 5, 6, 7, 8})
  void namedFileDoesNotShowWhatItsTruncationHasLeft(long requests) throws IOException {
    long inode = volume.tmpfile(Volume.ROOT, 0644, OWNER).inode();
    volume.retain(inode);
    fill(inode);
    truncate(inode, requests);
    boolean truncated = volume.attributes(inode).size() == 0;
    volume.link(inode, Volume.ROOT, name("file"));
    volume.release(inode, 1);
    volume.change(inode, new AttributeChange().size(2L * PIECE * PIECES));
    ByteBuffer shown = ByteBuffer.allocate(2 * PIECE * PIECES);
    volume.read(inode, 0, shown);
    if (truncated) {
      assertArrayEquals(new byte[shown.capacity()], shown.array());
    } else {
      assertTrue(!Arrays.equals(new byte[shown.capacity()], shown.array()));
    }
    closeAndCheck();
  }

  @Test
  void fileThatNobodyEverRetainsGoesWithTheNextOpening() throws IOException {
    long inode = volume.tmpfile(Volume.ROOT, 0644, OWNER).inode();
    fill(inode);
    volume.close();
    assertEquals(1, CleanImage.assertClean(device).totals().orphans());
    volume = Volume.open(device, VolumeOptions.builder().manual().build());
    closeAndCheck();
    assertEquals(0, CleanImage.assertClean(device).totals().orphans());
  }

  @Test
  void fileThatIsAboutToBeOpenedStaysWhenOthersAreCleanedUp() throws IOException {
    long other =
        volume.create(Volume.ROOT, name("other"), FileType.REGULAR | 0644, OWNER, 0).inode();
    fill(other);
    truncate(other, 1);
    long inode = volume.tmpfile(Volume.ROOT, 0644, OWNER).inode();
    volume.checkpoint();
    volume.retain(inode);
    volume.write(inode, 0, ByteBuffer.wrap(name("content")));
    volume.checkpoint();
    assertEquals(7, volume.attributes(inode).size());
    volume.release(inode, 1);
    closeAndCheck();
  }
}
