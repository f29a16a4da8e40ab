package org.razorfs.volume;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.razorfs.compress.CompressionPolicy;
import org.razorfs.device.MemoryDevice;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.layout.FileType;

/** Changes that are larger than what a record, a transaction or an inode can hold. */
class LargeChangeTest {
  private static final Owner OWNER = new Owner(0, 0);
  private static final int CHUNK = 128 << 10;

  private final MemoryDevice device = new MemoryDevice(128 << 20);
  private final Random random = new Random(7);
  private Volume volume;

  private void open(long journal) throws IOException {
    Formatter.format(
        device,
        new FormatOptions("large", new UUID(1, 2), journal, CompressionPolicy.AUTO, 16384),
        Clock.systemUTC());
    volume = Volume.open(device, VolumeOptions.builder().manual().build());
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

  private long create(String name) throws IOException {
    return volume.create(Volume.ROOT, name(name), FileType.REGULAR | 0644, OWNER, 0).inode();
  }

  private byte[] noise(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  @Test
  void manySmallSynchronousWritesAreReplacedAtOnce() throws IOException {
    open(16 << 20);
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
    volume = Volume.open(device, VolumeOptions.builder().manual().build());
    ByteBuffer found = ByteBuffer.allocate(all);
    volume.read(inode, 0, found);
    assertArrayEquals(content, found.array());
    closeAndCheck();
  }

  @ParameterizedTest
  @EnumSource(
      value = FallocateMode.class,
      names = {"PUNCH_HOLE", "ZERO_RANGE", "ZERO_RANGE_KEEP_SIZE"})
  void holeIsMadeOfAnyNumberOfExtents(FallocateMode mode) throws IOException {
    open(64 << 10);
    long inode = create("file");
    int count = 400;
    for (int i = 0; i < count; i++) {
      volume.write(inode, (long) i * CHUNK, ByteBuffer.wrap(noise(CHUNK)));
    }
    volume.sync();
    volume.fallocate(inode, mode, 100, (long) count * CHUNK - 200);
    ByteBuffer found = ByteBuffer.allocate(count * CHUNK);
    assertEquals(count * CHUNK, volume.read(inode, 0, found));
    byte[] middle = Arrays.copyOfRange(found.array(), 100, count * CHUNK - 100);
    assertArrayEquals(new byte[middle.length], middle);
    closeAndCheck();
  }

  @Test
  void newInodeHasNoMoreAttributesThanItMayGet() throws IOException {
    open(4 << 20);
    byte[] value = noise(40_000);
    List<Xattr> tooMuch =
        List.of(new Xattr(name("user.one"), value), new Xattr(name("user.two"), value));
    FsException refused =
        assertThrows(
            FsException.class,
            () -> volume.mkdir(Volume.ROOT, name("directory"), 0755, OWNER, tooMuch));
    assertEquals(Fault.NO_SPACE, refused.fault());
    closeAndCheck();
  }

  @Test
  void endlessCopyIntoItselfIsRefused() throws IOException {
    open(0);
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
