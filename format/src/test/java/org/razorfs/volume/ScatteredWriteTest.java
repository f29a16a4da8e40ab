package org.razorfs.volume;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

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
import org.razorfs.compress.CompressionPolicy;
import org.razorfs.device.MemoryDevice;
import org.razorfs.layout.FileType;

/** Pieces that one transaction stores here and there in a file, and what they lie upon. */
class ScatteredWriteTest {
  private static final int CHUNK = 128 << 10;
  private static final int WINDOWS = 24;

  private final Random random = new Random(5);
  private final byte[] content = new byte[WINDOWS * CHUNK];
  private final MemoryDevice device = new MemoryDevice(64 << 20);
  private Volume volume;
  private long file;

  @BeforeEach
  void makeVolume() throws IOException {
    Formatter.format(
        device,
        new FormatOptions("", new UUID(3, 4), 0, CompressionPolicy.AUTO, 16 << 10),
        Clock.systemUTC());
    volume = Volume.open(device, VolumeOptions.builder().manual().build());
    byte[] name = "f".getBytes(StandardCharsets.US_ASCII);
    file = volume.create(Volume.ROOT, name, FileType.REGULAR | 0644, Owner.ROOT, 0).inode();
  }

  @AfterEach
  void abandon() {
    volume.abandon();
  }

  private void write(int offset, int length) throws IOException {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) ('a' + random.nextInt(random.nextInt(16) + 1));
    }
    volume.write(file, offset, ByteBuffer.wrap(bytes));
    System.arraycopy(bytes, 0, content, offset, length);
  }

  /** One piece or several in every other window, of any alignment. */
  private void scatter() throws IOException {
    for (int window = 0; window < WINDOWS; window += 2) {
      for (int piece = random.nextInt(4); piece >= 0; piece--) {
        int length = 200 + random.nextInt(9000);
        write(window * CHUNK + random.nextInt(CHUNK - length), length);
      }
    }
    volume.sync();
  }

  private void verify() throws IOException {
    ByteBuffer read = ByteBuffer.allocate(content.length + 1);
    volume.read(file, 0, read);
    assertArrayEquals(content, Arrays.copyOf(read.array(), read.position()));
    MemoryDevice crashed = device.fork();
    Volume.open(crashed, VolumeOptions.builder().manual().build()).close();
    CleanImage.assertClean(crashed);
  }

  @Test
  void chunksAreCutWherePiecesLie() throws IOException {
    write(0, content.length);
    volume.sync();
    for (int round = 0; round < 6; round++) {
      scatter();
      verify();
    }
  }

  @Test
  void spaceThatWasPromisedInOneExtentIsCutInEveryWindow() throws IOException {
    write(content.length - 1, 1);
    volume.fallocate(file, FallocateMode.ALLOCATE, 0, content.length);
    scatter();
    verify();
    volume.fallocate(file, FallocateMode.PUNCH_HOLE, CHUNK / 2, 9 * CHUNK);
    Arrays.fill(content, CHUNK / 2, CHUNK / 2 + 9 * CHUNK, (byte) 0);
    scatter();
    verify();
  }

  @Test
  void piecesOfASharedChunkAreCountedApart() throws IOException {
    write(0, content.length);
    volume.sync();
    scatter(); // What is left of a chunk on both sides of a piece shares it.
    volume.checkpoint();
    scatter();
    verify();
    write(0, content.length);
    volume.checkpoint();
    verify();
  }
}
