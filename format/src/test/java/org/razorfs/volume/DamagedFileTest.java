package org.razorfs.volume;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Arrays;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.razorfs.compress.CompressionPolicy;
import org.razorfs.device.MemoryDevice;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.layout.FileType;

/** Files that are damaged or cannot be stored, and what that is to those that are not. */
class DamagedFileTest {
  private static final Owner OWNER = new Owner(0, 0);
  private static final int CHUNK = 128 << 10;

  private final MemoryDevice device = new MemoryDevice(32 << 20);
  private final Random random = new Random(9);
  private Volume volume;
  private int refusals;

  private void format() throws IOException {
    Formatter.format(
        device,
        new FormatOptions("damage", new UUID(1, 2), 0, CompressionPolicy.AUTO, 8192),
        Clock.systemUTC());
  }

  private void open() throws IOException {
    volume =
        Volume.open(
            device,
            VolumeOptions.builder()
                .manual()
                .maxDirtyBytes(1 << 20)
                .allocationFault(this::check)
                .build());
  }

  private void check(long ordinal) throws FsException {
    if (refusals > 0) {
      refusals--;
      throw FsException.of(Fault.IO_ERROR, "injected");
    }
  }

  @AfterEach
  void abandon() {
    if (volume != null) {
      volume.abandon();
    }
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

  /** Changes what is stored of a piece of content that does not compress. */
  private void damage(byte[] content) throws IOException {
    byte[] block = new byte[512];
    byte[] wanted = Arrays.copyOf(content, 512);
    for (long at = 0; at < device.size(); at += 512) {
      device.read(at, ByteBuffer.wrap(block));
      if (Arrays.equals(block, wanted)) {
        device.write(at, ByteBuffer.wrap(new byte[512]));
        return;
      }
    }
    throw new AssertionError("not found");
  }

  @Test
  void whatIsWrittenOverDamageIsStored() throws IOException {
    format();
    open();
    long inode = create("file");
    byte[] old = noise(CHUNK);
    volume.write(inode, 0, ByteBuffer.wrap(old));
    volume.close();
    damage(old);
    open();
    byte[] piece = noise(100);
    for (int i = 0; i < 30; i++) {
      volume.write(inode, i * 4096L + 50, ByteBuffer.wrap(piece));
    }
    byte[] next = noise(CHUNK);
    volume.write(inode, CHUNK, ByteBuffer.wrap(next));
    volume.fsync(inode, false);
    volume.abandon();
    open();
    ByteBuffer found = ByteBuffer.allocate(100);
    volume.read(inode, 29 * 4096L + 50, found);
    assertArrayEquals(piece, found.array());
    ByteBuffer whole = ByteBuffer.allocate(CHUNK);
    volume.read(inode, CHUNK, whole);
    assertArrayEquals(next, whole.array());
    FsException refused =
        assertThrows(FsException.class, () -> volume.read(inode, 0, ByteBuffer.allocate(100)));
    assertEquals(Fault.CORRUPT, refused.fault());
  }

  @Test
  void writerDoesNotSufferForAFileThatCannotBeStored() throws IOException {
    format();
    open();
    long bad = create("bad");
    long good = create("good");
    long third = create("third");
    volume.write(bad, 0, ByteBuffer.wrap(noise(3 * CHUNK)));
    volume.write(good, 0, ByteBuffer.wrap(noise(8 * CHUNK)));
    refusals = 1;
    byte[] content = noise(1000);
    volume.write(third, 0, ByteBuffer.wrap(content));
    assertEquals(0, refusals);
    volume.sync();
    assertEquals(0, volume.statistics().dirtyBytes());
    ByteBuffer found = ByteBuffer.allocate(1000);
    volume.read(third, 0, found);
    assertArrayEquals(content, found.array());
  }
}
