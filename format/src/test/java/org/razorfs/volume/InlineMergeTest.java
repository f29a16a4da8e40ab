package org.razorfs.volume;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.razorfs.compress.CompressionPolicy;
import org.razorfs.device.MemoryDevice;
import org.razorfs.layout.FileType;

/** What synchronous writes leave inline, and when and how chunks are made of it. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class InlineMergeTest {
  private static final int PAGE = 4096;
  private static final int WINDOW_PAGES = 32;
  private static final Duration NEVER = Duration.ofDays(1);

  private final Random random = new Random(8);
  private final MemoryDevice memory = new MemoryDevice(256 << 20);
  private final TappedDevice device = new TappedDevice(memory);
  private final ByteArrayOutputStream content = new ByteArrayOutputStream();
  private Volume volume;
  private long file;

  private void open(int journal, VolumeOptions options) throws IOException {
    Formatter.format(
        device,
        new FormatOptions("", new UUID(5, 6), journal, CompressionPolicy.AUTO, 16 << 10),
        Clock.systemUTC());
    volume = Volume.open(device, options);
    byte[] name = "f".getBytes(StandardCharsets.US_ASCII);
    file = volume.create(Volume.ROOT, name, FileType.REGULAR | 0644, Owner.ROOT, 0).inode();
  }

  @AfterEach
  void abandon() {
    volume.abandon();
  }

  private void append(int length) throws IOException {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    volume.write(file, content.size(), ByteBuffer.wrap(bytes));
    content.write(bytes);
    volume.fsync(file, false);
  }

  /** Bytes in chunks, which nothing here compresses; what is inline is not among them. */
  private long stored() {
    return volume.statfs().storedBytes();
  }

  private void awaitChunks(long pages) {
    while (stored() < pages * PAGE) {
      Thread.onSpinWait();
    }
  }

  private void verifyAndClose() throws IOException {
    ByteBuffer read = ByteBuffer.allocate(content.size() + 1);
    volume.read(file, 0, read);
    byte[] expected = content.toByteArray();
    byte[] actual = new byte[read.position()];
    read.flip().get(actual);
    assertArrayEquals(expected, actual);
    volume.close();
    CleanImage.assertClean(memory);
  }

  @Test
  void fsyncDoesNotWaitUntilWhatIsBeforeItIsMerged() throws Exception {
    open(16 << 20, VolumeOptions.builder().workers(1).commitInterval(NEVER).build());
    CountDownLatch merging = new CountDownLatch(1);
    CountDownLatch released = new CountDownLatch(1);
    device.beforeWrite(
        () -> {
          if (Thread.currentThread().getName().startsWith("razorfs-worker")) {
            merging.countDown();
            try {
              released.await();
            } catch (InterruptedException e) {
              throw new IOException(e);
            }
          }
        });
    for (int page = 0; page < WINDOW_PAGES; page++) {
      append(PAGE);
    }
    try {
      merging.await();
      assertEquals(0, stored());
      for (int page = 0; page < WINDOW_PAGES / 2; page++) {
        append(PAGE); // Hangs where the file's locks are held all the while.
      }
    } finally {
      released.countDown();
    }
    awaitChunks(WINDOW_PAGES);
    verifyAndClose();
  }

  @Test
  void fileThatIsLeftAloneIsMergedThoughItHasLittle() throws IOException {
    open(16 << 20, VolumeOptions.builder().workers(1).commitInterval(Duration.ofMillis(5)).build());
    append(PAGE);
    awaitChunks(1);
    verifyAndClose();
  }

  @Test
  void scatteredDataIsMergedOnceThereIsMuch() throws IOException {
    open(16 << 20, VolumeOptions.builder().workers(1).commitInterval(NEVER).build());
    byte[] page = new byte[PAGE];
    random.nextBytes(page);
    int pages = 0;
    while (stored() == 0) {
      // Every third: no two adjoin.
      volume.write(file, (long) pages++ * 3 * PAGE, ByteBuffer.wrap(page));
      volume.fsync(file, false);
    }
    assertTrue(pages > WINDOW_PAGES, pages + " pages");
    awaitChunks(pages / 2);
    volume.close();
    CleanImage.assertClean(memory);
  }

  @ParameterizedTest
  @ValueSource(ints = {1 << 20, 16 << 20})
  void windowOfTinyAppendsBecomesChunksInAFewSteps(int journal) throws IOException {
    open(journal, VolumeOptions.builder().manual().build());
    for (int i = 0; i < 6000; i++) {
      append(30);
    }
    assertEquals(0, stored());
    volume.checkpoint();
    assertTrue(stored() >= content.size(), stored() + " bytes");
    verifyAndClose();
  }
}
