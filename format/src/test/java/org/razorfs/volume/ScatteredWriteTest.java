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
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.razorfs.compress.CompressionPolicy;
import org.razorfs.device.MemoryDevice;
import org.razorfs.journal.JournalStatistics;
import org.razorfs.layout.FileType;

/** Pieces that one transaction stores here and there in a file, and what they lie upon. */
class ScatteredWriteTest {
  private static final int CHUNK = 128 << 10;
  private static final int WINDOWS = 24;

  /** Enough that as many windows are stored at once as ever are. */
  private static final int JOURNAL = 16 << 20;

  private final Random random = new Random(5);
  private final byte[] content = new byte[WINDOWS * CHUNK];
  private final MemoryDevice device = new MemoryDevice(128 << 20);
  private Volume volume;
  private long file;

  @BeforeEach
  void makeVolume() throws IOException {
    Formatter.format(
        device,
        new FormatOptions("", new UUID(3, 4), JOURNAL, CompressionPolicy.AUTO, 16 << 10),
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

  /** What one transaction cost that stored pieces. */
  private record Cost(long journaled, int read) {}

  /** Stores one piece in so many windows, evenly over a file with an extent in each of many. */
  private Cost store(int pieces) throws IOException {
    int windows = 12_000;
    AtomicInteger reads = new AtomicInteger();
    TappedDevice tapped = new TappedDevice(device);
    byte[] block = new byte[4096];
    for (int window = 0; window < windows; window++) {
      random.nextBytes(block);
      volume.write(file, (long) window * CHUNK, ByteBuffer.wrap(block));
    }
    volume.close();
    // Nothing of the trees is in memory then.
    volume = Volume.open(tapped, VolumeOptions.builder().manual().build());
    for (int piece = 0; piece < pieces; piece++) {
      random.nextBytes(block);
      long window = (windows - 1L) * piece / (pieces - 1);
      volume.write(file, window * CHUNK, ByteBuffer.wrap(block));
    }
    JournalStatistics before = volume.statistics().journal();
    tapped.beforeRead(reads::incrementAndGet);
    volume.sync();
    tapped.beforeRead(TappedDevice.Tap.NONE);
    JournalStatistics after = volume.statistics().journal();
    assertEquals(1, after.transactions() - before.transactions(), "stored in parts");
    return new Cost(after.bytesWritten() - before.bytesWritten(), reads.get());
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 8, 16})
  void whatLiesBetweenPiecesCostsNothing(int pieces) throws IOException {
    Cost cost = store(pieces);
    // A leaf for each piece at most, of the more than 30 that hold the file's extents.
    assertTrue(cost.read <= pieces, pieces + " pieces: " + cost);
    // Each takes a chunk, refers to it and gives another back, and can undo all that.
    assertTrue(cost.journaled <= 512 + pieces * 256, pieces + " pieces: " + cost);
  }
}
