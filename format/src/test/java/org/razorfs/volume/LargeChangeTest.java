package org.razorfs.volume;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;

/** Changes that are larger than what a record, a transaction or an inode can hold. */
class LargeChangeTest extends VolumeFixture {
  LargeChangeTest() {
    super(7);
  }

  private void makeVolume(long journal) throws IOException {
    format(128 << 20, journal, 16 << 10);
    open();
  }

  @Test
  void manySmallSynchronousWritesAreReplacedAtOnce() throws IOException {
    makeVolume(16 << 20);
    long inode = create("file");
    int step = 4096;
    int all = StoreLimits.BATCH * CHUNK;
    for (int at = 0; at < all; at += step) {
      volume.write(inode, at, ByteBuffer.wrap(noise(step)));
      volume.fsync(inode, false);
    }
    byte[] content = noise(all);
    volume.write(inode, 0, ByteBuffer.wrap(content));
    volume.sync();
    volume.abandon();
    open();
    assertArrayEquals(content, read(inode, 0, all));
    closeAndCheck();
  }

  @ParameterizedTest
  @EnumSource(
      value = FallocateMode.class,
      names = {"PUNCH_HOLE", "ZERO_RANGE", "ZERO_RANGE_KEEP_SIZE"})
  void holeIsMadeOfAnyNumberOfExtents(FallocateMode mode) throws IOException {
    makeVolume(64 << 10);
    long inode = create("file");
    int count = 400;
    for (int i = 0; i < count; i++) {
      volume.write(inode, (long) i * CHUNK, ByteBuffer.wrap(noise(CHUNK)));
    }
    volume.sync();
    volume.fallocate(inode, mode, 100, (long) count * CHUNK - 200);
    byte[] middle = Arrays.copyOfRange(read(inode, 0, count * CHUNK), 100, count * CHUNK - 100);
    assertArrayEquals(new byte[middle.length], middle);
    closeAndCheck();
  }

  @Test
  void newInodeHasNoMoreAttributesThanItMayGet() throws IOException {
    makeVolume(4 << 20);
    byte[] value = noise(40_000);
    List<Xattr> tooMuch =
        List.of(new Xattr(name("user.one"), value), new Xattr(name("user.two"), value));
    FsException refused =
        assertThrows(
            FsException.class,
            () -> volume.mkdir(Volume.ROOT, name("directory"), 0755, Owner.ROOT, tooMuch));
    assertEquals(Fault.NO_SPACE, refused.fault());
    closeAndCheck();
  }

  @Test
  void newInodeHasNoAttributeThatItCouldNotGetLater() throws IOException {
    makeVolume(4 << 20);
    Xattr good = new Xattr(name("user.one"), new byte[1]);
    List<Xattr> bad =
        List.of(
            good,
            new Xattr(name("com.apple.quarantine"), new byte[1]),
            new Xattr(new byte[0], new byte[1]),
            new Xattr(name("user.a\0b"), new byte[1]),
            new Xattr(name("user." + "n".repeat(251)), new byte[1]));
    for (Xattr second : bad) {
      List<Xattr> both = List.of(good, second);
      assertThrows(
          FsException.class,
          () -> volume.mkdir(Volume.ROOT, name("directory"), 0755, Owner.ROOT, both));
    }
    assertThrows(
        FsException.class,
        () -> volume.symlink(Volume.ROOT, name("link"), name("a\0b"), Owner.ROOT));
    assertNull(volume.lookup(Volume.ROOT, name("directory")));
    closeAndCheck();
  }

  @Test
  void endlessCopyIntoItselfIsRefused() throws IOException {
    makeVolume(0);
    long inode = create("file");
    volume.write(inode, 0, ByteBuffer.wrap(noise(10_000)));
    FsException refused =
        assertThrows(
            FsException.class, () -> volume.copyRange(inode, 0, inode, 100, Long.MAX_VALUE));
    assertEquals(Fault.INVALID_ARGUMENT, refused.fault());
  }

  @Test
  void workIsDoneThoughTheWorkersHaveGone() throws IOException {
    Workers workers = new Workers(2);
    workers.close();
    AtomicInteger done = new AtomicInteger();
    workers.forEachIndex(10, i -> done.incrementAndGet());
    assertEquals(10, done.get());
  }
}
