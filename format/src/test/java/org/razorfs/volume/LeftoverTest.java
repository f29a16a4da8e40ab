package org.razorfs.volume;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of inodes whose truncation or removal had to be left for later. */
class LeftoverTest extends VolumeFixture {
  private static final int PIECE = 4096;

  /** More than one step of a journal of 64 KiB can take. */
  private static final int PIECES = 40;

  private final ScarceSpace space = new ScarceSpace();

  LeftoverTest() {
    super(5);
  }

  @BeforeEach
  void makeVolume() throws IOException {
    format(16 << 20, 64 << 10, 8192);
    open(manual().allocationFault(space));
  }

  /** Fills a file with pieces that are extents of their own. */
  private void fill(long inode) throws IOException {
    for (int i = 0; i < PIECES; i++) {
      volume.write(inode, i * 2L * PIECE, ByteBuffer.wrap(noise(PIECE)));
      volume.sync();
    }
  }

  /** Empties a file, and refuses space after so many requests until it has been done. */
  private void truncate(long inode, long requests) throws IOException {
    space.suffices(requests, () -> volume.change(inode, new AttributeChange().size(0)));
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 2, 3, 4, 5, 6, 7, 8})
  void fileGoesWithWhatItsTruncationHasLeft(long requests) throws IOException {
    long inode = create("file");
    fill(inode);
    truncate(inode, requests);
    volume.unlink(Volume.ROOT, name("file"));
    closeAndCheck();
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 2, 3, 4, 5, 6, 7, 8})
  void namedFileDoesNotShowWhatItsTruncationHasLeft(long requests) throws IOException {
    long inode = volume.tmpfile(Volume.ROOT, 0644, Owner.ROOT).inode();
    volume.retain(inode);
    fill(inode);
    truncate(inode, requests);
    boolean truncated = volume.attributes(inode).size() == 0;
    volume.link(inode, Volume.ROOT, name("file"));
    volume.release(inode, 1);
    volume.change(inode, new AttributeChange().size(2L * PIECE * PIECES));
    byte[] shown = read(inode, 0, 2 * PIECE * PIECES);
    if (truncated) {
      assertArrayEquals(new byte[shown.length], shown);
    } else {
      assertFalse(Arrays.equals(new byte[shown.length], shown));
    }
    closeAndCheck();
  }

  @Test
  void fileThatNobodyEverRetainsGoesWithTheNextOpening() throws IOException {
    long inode = volume.tmpfile(Volume.ROOT, 0644, Owner.ROOT).inode();
    fill(inode);
    assertEquals(1, closeAndCheck().totals().orphans());
    open();
    assertEquals(0, closeAndCheck().totals().orphans());
  }

  @Test
  void fileThatIsAboutToBeOpenedStaysWhenOthersAreCleanedUp() throws IOException {
    long other = create("other");
    fill(other);
    truncate(other, 1);
    long inode = volume.tmpfile(Volume.ROOT, 0644, Owner.ROOT).inode();
    volume.checkpoint();
    volume.retain(inode);
    volume.write(inode, 0, ByteBuffer.wrap(name("content")));
    volume.checkpoint();
    assertEquals(7, volume.attributes(inode).size());
    volume.release(inode, 1);
    closeAndCheck();
  }
}
