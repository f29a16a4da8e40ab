package org.razorfs.volume;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What synchronous writes leave inline, and when and how chunks are made of it. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class InlineMergeTest extends VolumeFixture {
  private static final int PAGE = 4096;
  private static final int WINDOW_PAGES = 32;
  private static final Duration NEVER = Duration.ofDays(1);

  private final ByteArrayOutputStream content = new ByteArrayOutputStream();
  private long file;

  InlineMergeTest() {
    super(8);
  }

  private void makeFile(long journal, VolumeOptions.Builder options) throws IOException {
    format(256 << 20, journal, 16 << 10);
    open(options);
    file = create("f");
  }

  private void append(int length) throws IOException {
    byte[] bytes = noise(length);
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
    assertArrayEquals(content.toByteArray(), read(volume, file));
    closeAndCheck();
  }

  @Test
  void fsyncDoesNotWaitUntilWhatIsBeforeItIsMerged() throws Exception {
    makeFile(16 << 20, VolumeOptions.builder().workers(1).commitInterval(NEVER));
    CountDownLatch merging = new CountDownLatch(1);
    CountDownLatch released = new CountDownLatch(1);
    tapped.beforeWrite(
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
    makeFile(16 << 20, VolumeOptions.builder().workers(1).commitInterval(Duration.ofMillis(5)));
    append(PAGE);
    awaitChunks(1);
    verifyAndClose();
  }

  @Test
  void scatteredDataIsMergedOnceThereIsMuch() throws IOException {
    makeFile(16 << 20, VolumeOptions.builder().workers(1).commitInterval(NEVER));
    byte[] page = noise(PAGE);
    int pages = 0;
    while (stored() == 0) {
      // Every third: no two adjoin.
      volume.write(file, (long) pages++ * 3 * PAGE, ByteBuffer.wrap(page));
      volume.fsync(file, false);
    }
    assertTrue(pages > WINDOW_PAGES, pages + " pages");
    awaitChunks(pages / 2);
    closeAndCheck();
  }

  @ParameterizedTest
  @ValueSource(ints = {1 << 20, 16 << 20})
  void windowOfTinyAppendsBecomesChunksInAFewSteps(int journal) throws IOException {
    makeFile(journal, manual());
    for (int i = 0; i < 6000; i++) {
      append(30);
    }
    assertEquals(0, stored());
    volume.checkpoint();
    assertTrue(stored() >= content.size(), stored() + " bytes");
    verifyAndClose();
  }
}
