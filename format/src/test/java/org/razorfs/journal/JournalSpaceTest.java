package org.razorfs.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.razorfs.device.RecordingDevice;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.layout.Operation;
import org.razorfs.wire.ByteSink;

/** Who gets the ring's space, who waits for it, and that promises are kept. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class JournalSpaceTest {
  private static final int RING = 8192;

  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void stop() {
    threads.shutdownNow();
  }

  /** Counts calls and lets a test wait for one. */
  private static final class Pressure implements JournalListener {
    final AtomicInteger calls = new AtomicInteger();
    final Semaphore called = new Semaphore(0);

    @Override
    public void ringFull() {
      calls.incrementAndGet();
      called.release();
    }

    @Override
    public void failed(FsException cause) {}
  }

  private interface Blocking<T> {
    T call() throws IOException;
  }

  private <T> CompletableFuture<T> async(Blocking<T> call) {
    CompletableFuture<T> result = new CompletableFuture<>();
    threads.execute(
        () -> {
          try {
            result.complete(call.call());
          } catch (Throwable e) {
            result.completeExceptionally(e);
          }
        });
    return result;
  }

  @Test
  void transactionThatTheRingCanNeverHoldIsRefusedAtOnce() throws IOException {
    JournalFixture f = new JournalFixture(RING);
    long most = RING / 2 - 576;
    f.journal.unreserve(f.journal.reserve(most));
    FsException e = assertThrows(FsException.class, () -> f.journal.reserve(most + 1));
    assertEquals(Fault.NO_SPACE, e.fault());
    assertTrue(e.getMessage().contains("8192"), e.getMessage());
    assertThrows(FsException.class, () -> f.journal.reserve(Long.MAX_VALUE));
    assertThrows(FsException.class, () -> f.journal.reserve(2 * RING));
    assertThrows(IllegalArgumentException.class, () -> f.journal.reserve(-1));
  }

  @Test
  void reservationWaitsForTheCheckpointAndAsksForIt() throws Exception {
    JournalFixture f = new JournalFixture(RING);
    Pressure pressure = new Pressure();
    f.reopen(0, JournalFixture.EPOCH, pressure);
    f.commitSized(3000, 1);
    f.commitSized(3000, 2);
    assertEquals(0, pressure.calls.get());
    CompletableFuture<Long> waiting = async(() -> f.appendSized(2000, 3));
    pressure.called.acquire();
    assertFalse(waiting.isDone());
    // A release that is not enough makes it ask again.
    f.journal.release(512);
    pressure.called.acquire();
    assertFalse(waiting.isDone());
    long cut = f.journal.atCut(JournalCut::lsn);
    f.journal.release(cut);
    long end = waiting.get();
    assertEquals(2, pressure.calls.get());
    f.journal.commit(end);
    assertEquals(List.of(3L), f.recovered(f.memory, cut));
    JournalStatistics statistics = f.journal.statistics();
    assertEquals(1, statistics.reserveWaits());
    assertTrue(statistics.reserveNanos() > 0);
  }

  @Test
  void nothingIsAppendedAfterTheLastCutAndWhoWaitsIsTold() throws Exception {
    JournalFixture f = new JournalFixture(RING);
    Pressure pressure = new Pressure();
    f.reopen(0, JournalFixture.EPOCH, pressure);
    f.commitSized(3000, 1);
    f.commitSized(2000, 2);
    long before = f.appendSized(800, 3);
    long ticket = f.journal.reserve(72);
    CompletableFuture<Long> waiting = async(() -> f.journal.reserve(2000));
    pressure.called.acquire();
    long cut = f.journal.atLastCut(JournalCut::lsn);
    ExecutionException told = assertThrows(ExecutionException.class, waiting::get);
    assertEquals(Fault.SHUT_DOWN, ((FsException) told.getCause()).fault());
    FsException late = assertThrows(FsException.class, () -> f.journal.reserve(72));
    assertEquals(Fault.SHUT_DOWN, late.fault());
    ByteSink empty = new ByteSink(0);
    late =
        assertThrows(
            FsException.class,
            () -> f.journal.append(ticket, Operation.CREATE, 4, empty, empty, lsn -> {}));
    assertEquals(Fault.SHUT_DOWN, late.fault());
    f.journal.unreserve(ticket);
    f.journal.commit(before);
    assertEquals(List.of(1L, 2L, 3L), f.recovered(f.memory, 0));
    assertEquals(cut, f.journal.appended());
  }

  @Test
  void recordsThatACheckpointHoldsDoNotFillTheMemory() throws IOException {
    JournalFixture f = new JournalFixture(64 << 10);
    JournalOrigin origin = new JournalOrigin(JournalFixture.EPOCH, 0, 7, 100);
    f.journal = new Journal(f.device, f.ring, origin, 2048, JournalFixture.NOBODY);
    f.appendSized(1496, 1);
    long cut = f.journal.atCut(JournalCut::lsn);
    f.journal.release(cut);
    // Never written, and never to be: waiting for that would take for ever.
    long end = f.appendSized(1496, 2);
    f.journal.commit(end);
    assertEquals(List.of(2L), f.recovered(f.memory, cut));
  }

  @Test
  void waitersAreServedInTheirOrder() throws Exception {
    JournalFixture f = new JournalFixture(RING);
    Pressure pressure = new Pressure();
    f.reopen(0, JournalFixture.EPOCH, pressure);
    f.commitSized(440, 1);
    long all = f.journal.reserve(RING / 2 - 576);
    CompletableFuture<Long> large = async(() -> f.journal.reserve(RING / 2 - 576));
    pressure.called.acquire();
    // It would fit, but somebody is before it.
    CompletableFuture<Long> small = async(() -> f.journal.reserve(8));
    while (f.journal.statistics().reserveWaits() < 2) {
      Thread.onSpinWait();
    }
    assertFalse(small.isDone());
    f.journal.unreserve(all);
    f.journal.unreserve(large.get());
    f.journal.unreserve(small.get());
    f.journal.release(512);
    assertEquals(0.0, f.journal.pressure());
  }

  @Test
  void pressureGrowsWithUseAndPromises() throws IOException {
    JournalFixture f = new JournalFixture(RING);
    assertEquals(0.0, f.journal.pressure());
    long ticket = f.journal.reserve(1024 - 576);
    assertEquals(1024.0 / RING, f.journal.pressure());
    f.journal.unreserve(ticket);
    f.commitSized(440, 1);
    assertEquals(512.0 / RING, f.journal.pressure());
    f.journal.release(512);
    assertEquals(0.0, f.journal.pressure());
  }

  @Test
  void ticketsAreNotSpentTwice() throws IOException {
    JournalFixture f = new JournalFixture(RING);
    long ticket = f.journal.reserve(100);
    assertThrows(IllegalStateException.class, () -> f.journal.unreserve(ticket + 1));
    assertThrows(IllegalStateException.class, () -> f.journal.unreserve(-1));
    f.journal.unreserve(ticket);
    assertThrows(
        IllegalStateException.class,
        () ->
            f.journal.append(
                ticket,
                Operation.CREATE,
                1,
                JournalFixture.payload(1, 1),
                JournalFixture.payload(1, 1),
                lsn -> {}));
    assertEquals(0, f.journal.appended());
  }

  @Test
  void transactionLargerThanItsTicketIsRefused() throws IOException {
    JournalFixture f = new JournalFixture(RING);
    long ticket = f.journal.reserve(100);
    assertThrows(
        IllegalArgumentException.class,
        () ->
            f.journal.append(
                ticket,
                Operation.CREATE,
                1,
                JournalFixture.payload(20, 1),
                JournalFixture.payload(20, 1),
                lsn -> {}));
    assertThrows(
        IllegalArgumentException.class,
        () -> f.journal.append(ticket, Operation.CREATE, 1, List.of(), lsn -> {}));
    for (Operation own : List.of(Operation.COMMIT, Operation.PAD)) {
      assertThrows(
          IllegalArgumentException.class,
          () ->
              f.journal.append(
                  ticket,
                  own,
                  1,
                  JournalFixture.payload(0, 1),
                  JournalFixture.payload(0, 1),
                  lsn -> {}));
    }
    assertEquals(0, f.journal.appended());
    f.journal.unreserve(ticket);
  }

  @Test
  void payloadBeyondTheFormatsLimitIsRefused() throws IOException {
    JournalFixture f = new JournalFixture(16 << 20);
    int tooLong = (1 << 20) + 1;
    assertThrows(IllegalArgumentException.class, () -> f.append(tooLong, 0, 1));
    assertThrows(IllegalArgumentException.class, () -> f.append(0, tooLong, 1));
    assertThrows(
        FsException.class,
        () -> new JournalFixture(1 << 30).journal.reserve(Transaction.MAX_SIZE + 1L));
  }

  @Test
  void fullMemoryIsWrittenByWhoNeedsIt() throws IOException {
    JournalFixture f = new JournalFixture(1 << 20);
    RecordingDevice recording = new RecordingDevice(f.memory);
    f.journal =
        new Journal(
            recording,
            f.ring,
            new JournalOrigin(JournalFixture.EPOCH, 0, 1, 1),
            4096,
            JournalFixture.NOBODY);
    for (int i = 0; i < 20; i++) {
      f.appendSized(1000, i);
    }
    assertTrue(recording.eventCount() > 3);
    assertTrue(recording.events().stream().allMatch(e -> e instanceof RecordingDevice.Write));
    assertEquals(0, f.journal.durable());
    f.journal.commit(f.journal.appended());
    assertEquals(20, f.recovered(f.memory, 0).size());
    // One that is larger than the memory still goes through when it is alone.
    f.commitSized(10_000, 21);
    assertEquals(21, f.recovered(f.memory, 0).size());
  }

  @Test
  void memoryFullOfPromisesIsWaitedFor() throws Exception {
    JournalFixture f = new JournalFixture(1 << 20);
    f.journal =
        new Journal(
            f.memory,
            f.ring,
            new JournalOrigin(JournalFixture.EPOCH, 0, 1, 1),
            4096,
            JournalFixture.NOBODY);
    long ticket = f.journal.reserve(3000);
    CompletableFuture<Long> waiting = async(() -> f.journal.reserve(3000));
    while (f.journal.statistics().reserveWaits() < 1) {
      Thread.onSpinWait();
    }
    assertFalse(waiting.isDone());
    f.journal.unreserve(ticket);
    f.journal.unreserve(waiting.get());
  }

  @Test
  void closingWakesThoseWhoWaitForSpace() throws Exception {
    JournalFixture f = new JournalFixture(RING);
    Pressure pressure = new Pressure();
    f.reopen(0, JournalFixture.EPOCH, pressure);
    f.commitSized(440, 1);
    f.journal.reserve(RING / 2 - 576);
    CompletableFuture<Long> first = async(() -> f.journal.reserve(RING / 2 - 576));
    CompletableFuture<Long> second = async(() -> f.journal.reserve(RING / 2 - 576));
    pressure.called.acquire();
    f.journal.close();
    for (CompletableFuture<Long> waiting : List.of(first, second)) {
      Exception e = assertThrows(Exception.class, waiting::get);
      assertEquals(Fault.SHUT_DOWN, ((FsException) e.getCause()).fault());
    }
  }

  @Test
  void releaseOfWhatWasNeverAppendedIsRefused() throws IOException {
    JournalFixture f = new JournalFixture(RING);
    f.commitSized(440, 1);
    assertThrows(IllegalArgumentException.class, () -> f.journal.release(1024));
    assertThrows(IllegalArgumentException.class, () -> f.journal.release(100));
    f.journal.release(512);
    f.journal.release(0); // an older one says nothing new
    assertEquals(0.0, f.journal.pressure());
  }

  @Test
  void checkpointMakesDurableWhatWasNeverWritten() throws IOException {
    JournalFixture f = new JournalFixture(2048);
    RecordingDevice recording = new RecordingDevice(f.memory);
    f.device = recording;
    f.reopen(0, JournalFixture.EPOCH);
    // More than a whole ring passes without any write.
    for (int i = 0; i < 10; i++) {
      long end = f.appendSized(440, i);
      JournalCut cut = f.journal.atCut(c -> c);
      assertEquals(512L * (i + 1), cut.lsn());
      assertEquals(8 + i, cut.nextTransaction());
      assertEquals(102 + 2 * i, cut.nextSequence());
      f.journal.release(cut.lsn());
      f.journal.commit(end);
    }
    assertEquals(0, recording.eventCount());
    assertEquals(10, f.journal.statistics().commitsAtOnce());
    f.commitSized(440, 10);
    assertEquals(2, recording.eventCount());
    assertEquals(List.of(10L), f.recovered(f.memory, 5120));
    assertEquals(5120, f.scanner(5120).scan().durable());
  }

  @Test
  void cutOfAnEmptyJournalWritesNothing() throws IOException {
    JournalFixture f = new JournalFixture(2048, 512, JournalFixture.EPOCH);
    assertEquals(512, f.journal.atCut(JournalCut::lsn));
    assertEquals(512, f.journal.atCut(JournalCut::lsn));
    f.journal.release(512);
    f.journal.write();
    assertEquals(0, f.journal.statistics().batches());
  }

  @Test
  void cutPartsTransactionsAsThePlacedCallbackSees() throws Exception {
    JournalFixture f = new JournalFixture(1 << 20);
    List<Long> beforeCut = new ArrayList<>();
    List<Long> afterCut = new ArrayList<>();
    List<List<Long>> active = new ArrayList<>(List.of(beforeCut)); // guarded by the append lock
    CountDownLatch started = new CountDownLatch(2);
    List<CompletableFuture<Void>> appenders = new ArrayList<>();
    for (int t = 0; t < 2; t++) {
      appenders.add(
          async(
              () -> {
                for (int i = 0; i < 300; i++) {
                  long ticket = f.journal.reserve(200);
                  f.journal.append(
                      ticket,
                      Operation.CREATE,
                      1,
                      JournalFixture.payload(50, 1),
                      JournalFixture.payload(50, 1),
                      lsn -> active.get(0).add(lsn));
                  if (i == 20) {
                    started.countDown();
                  }
                }
                return null;
              }));
    }
    started.await();
    long cut =
        f.journal.atCut(
            c -> {
              active.set(0, afterCut);
              return c.lsn();
            });
    for (CompletableFuture<Void> appender : appenders) {
      appender.get();
    }
    assertEquals(600, beforeCut.size() + afterCut.size());
    assertTrue(beforeCut.stream().allMatch(end -> end <= cut));
    assertTrue(afterCut.stream().allMatch(end -> end > cut));
    f.journal.commit(f.journal.appended());
    assertEquals(afterCut.size(), f.recovered(f.memory, cut).size());
  }

  @Test
  void promisesAreKeptHoweverTheyAreSpent() throws IOException {
    Random random = new Random(4711);
    for (int round = 0; round < 300; round++) {
      int length = 512 * (8 + random.nextInt(40));
      JournalFixture f = new JournalFixture(length, 512L * random.nextInt(200), 9);
      f.reopen(512L * random.nextInt(200), JournalFixture.EPOCH);
      RingSpace model = new RingSpace(f.ring, f.journal.appended());
      long tail = f.journal.appended();
      for (int step = 0; step < 20; step++) {
        // Fill the ring with promises as far as it goes, then spend them with any batching.
        List<Integer> sizes = new ArrayList<>();
        long position = f.journal.appended();
        long promised = 0;
        while (true) {
          int size = 72 + 8 * random.nextInt(length / 16 - 90);
          if (!model.everFits(size + 576) || !fits(model, size + 576, position, promised)) {
            break;
          }
          f.journal.reserve(size);
          promised += size + 576;
          sizes.add(size);
        }
        for (int size : sizes) {
          f.journal.append(
              size + 576,
              Operation.CREATE,
              1,
              JournalFixture.payload(0, 1),
              JournalFixture.payload(size - 72, 1),
              lsn -> {});
          if (random.nextInt(3) > 0) {
            f.journal.atCut(JournalCut::lsn);
          }
        }
        long end = f.journal.atCut(JournalCut::lsn);
        assertTrue(end - tail <= length, "ring of " + length + " from " + tail + " to " + end);
        f.journal.commit(end);
        assertEquals(sizes.size(), f.recovered(f.memory, tail).size());
        f.journal.release(end);
        model.release(end);
        tail = end;
      }
    }
  }

  private static boolean fits(RingSpace model, long ticket, long position, long promised) {
    model.promise(promised);
    try {
      return model.fits(ticket, position, 0);
    } finally {
      model.settle(promised);
    }
  }
}
