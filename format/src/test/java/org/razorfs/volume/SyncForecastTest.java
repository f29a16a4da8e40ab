package org.razorfs.volume;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;

/** Which fsyncs are foreseen, and what is done before they come. */
class SyncForecastTest extends VolumeFixture {
  private static final int ROUNDS = 3;
  private static final int PAGE = 4096;

  private final SyncForecast forecast = new SyncForecast();
  private final ByteArrayOutputStream content = new ByteArrayOutputStream();
  private final AtomicInteger writes = new AtomicInteger();
  private long file;

  /** Does so many writes and an fsync; returns after which of the writes it was foreseen. */
  private int round(int length) {
    int foreseen = 0;
    for (int i = 1; i <= length; i++) {
      if (forecast.written()) {
        assertEquals(0, foreseen);
        foreseen = i;
      }
    }
    forecast.synced();
    return foreseen;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7})
  void aRhythmIsForeseenAfterSomeRounds(int length) {
    for (int i = 0; i < ROUNDS; i++) {
      assertEquals(0, round(length));
    }
    for (int i = 0; i < ROUNDS; i++) {
      assertEquals(length, round(length));
    }
  }

  @Test
  void anotherRhythmHasToLastFirst() {
    for (int i = 0; i <= ROUNDS; i++) {
      round(2);
    }
    assertEquals(2, round(3), "as it looked until then");
    for (int i = 1; i < ROUNDS; i++) {
      assertEquals(0, round(3));
    }
    assertEquals(3, round(3));
    assertEquals(0, round(1));
    assertFalse(forecast.written());
  }

  @Test
  void fsyncsOfNothingDoNotCount() {
    for (int i = 0; i < ROUNDS; i++) {
      round(1);
      forecast.synced();
    }
    assertTrue(forecast.written());
    for (int i = 0; i < 1000; i++) {
      assertFalse(forecast.written(), "written without an fsync");
    }
  }

  private void openWithRhythm() throws IOException {
    format(64 << 20, 4 << 20, 8192);
    open();
    file = create("log");
    for (int i = 0; i < ROUNDS; i++) {
      assertEquals(0, transfersOfAppending(PAGE), "an fsync comes, for all that is known");
      volume.fsync(file, true);
    }
  }

  private int transfersOfAppending(int length) throws IOException {
    byte[] bytes = noise(length);
    tapped.beforeWrite(writes::incrementAndGet);
    int before = writes.get();
    volume.write(file, content.size(), ByteBuffer.wrap(bytes));
    content.write(bytes);
    return writes.get() - before;
  }

  @Test
  void theJournalIsWrittenBeforeTheFsyncComes() throws IOException {
    openWithRhythm();
    for (int i = 0; i < ROUNDS; i++) {
      assertEquals(1, transfersOfAppending(PAGE));
      int before = writes.get();
      volume.fsync(file, true);
      assertEquals(before, writes.get(), "nothing but the flush is left");
    }
    assertArrayEquals(content.toByteArray(), read(volume, file));
    closeAndCheck();
  }

  @Test
  void whatIsMoreThanAnFsyncPutsIntoTheJournalWaits() throws IOException {
    openWithRhythm();
    assertEquals(0, transfersOfAppending(CHUNK));
    volume.fsync(file, true);
    assertArrayEquals(content.toByteArray(), read(volume, file));
    closeAndCheck();
  }

  @Test
  void whatGoesWrongBeforeIsToldByTheFsync() throws IOException {
    openWithRhythm();
    tapped.beforeWrite(
        () -> {
          writes.incrementAndGet();
          throw new IOException("broken");
        });
    int before = writes.get();
    volume.write(file, content.size(), ByteBuffer.wrap(noise(PAGE)));
    assertEquals(before + 1, writes.get());
    tapped.beforeWrite(TappedDevice.Tap.NONE);
    FsException told = assertThrows(FsException.class, () -> volume.fsync(file, true));
    assertEquals(Fault.IO_ERROR, told.fault(), told.getMessage());
  }
}
