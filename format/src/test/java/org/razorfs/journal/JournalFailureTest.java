package org.razorfs.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.razorfs.device.BlockDevice;
import org.razorfs.device.FaultyDevice;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.layout.Operation;

/** The device fails, or the journal is closed: nobody is told of success, nobody waits for ever. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class JournalFailureTest {
  private final List<FsException> told = Collections.synchronizedList(new ArrayList<>());

  private final JournalListener listener =
      new JournalListener() {
        @Override
        public void ringFull() {}

        @Override
        public void failed(FsException cause) {
          told.add(cause);
        }
      };

  private JournalFixture open(BlockDeviceMaker maker) {
    JournalFixture f = new JournalFixture(8192);
    f.device = maker.over(f.memory);
    f.reopen(0, JournalFixture.EPOCH, listener);
    return f;
  }

  private interface BlockDeviceMaker {
    BlockDevice over(BlockDevice inner);
  }

  private void assertRefusesEverything(JournalFixture f, long lsn, long ticket, Fault fault) {
    Journal journal = f.journal;
    for (int i = 0; i < 2; i++) {
      assertEquals(fault, assertThrows(FsException.class, () -> journal.commit(lsn)).fault());
      assertEquals(fault, assertThrows(FsException.class, () -> journal.write()).fault());
      assertEquals(fault, assertThrows(FsException.class, () -> journal.reserve(8)).fault());
      assertEquals(
          fault,
          assertThrows(
                  FsException.class,
                  () ->
                      journal.append(
                          ticket,
                          Operation.CREATE,
                          1,
                          JournalFixture.payload(1, 1),
                          JournalFixture.payload(1, 1),
                          at -> {}))
              .fault());
    }
    journal.unreserve(ticket);
  }

  @Test
  void whoIsRefusedLearnsWhatFailedFirst() throws IOException {
    JournalFixture f = open(d -> d);
    long lsn = f.appendSized(100, 1);
    long ticket = f.journal.reserve(1000);
    f.journal.refuse(FsException.of(Fault.IO_ERROR, "a chunk could not be written"));
    f.journal.refuse(FsException.of(Fault.IO_ERROR, "what came of that"));
    FsException e = assertThrows(FsException.class, () -> f.journal.commit(lsn));
    assertEquals("a chunk could not be written", e.getMessage());
    assertRefusesEverything(f, lsn, ticket, Fault.IO_ERROR);
    assertEquals(List.of(), told);
  }

  @Test
  void failedFlushIsNeverFollowedBySuccess() throws IOException {
    // The device works again afterwards, but what it lost is lost.
    JournalFixture f = open(d -> new FaultyDevice(d).failOnce(FaultyDevice.Operation.FLUSH, 2));
    long first = f.appendSized(100, 1);
    f.journal.commit(first);
    long ticket = f.journal.reserve(1000);
    long second = f.appendSized(100, 2);
    FsException e = assertThrows(FsException.class, () -> f.journal.commit(second));
    assertEquals(Fault.IO_ERROR, e.fault());
    assertTrue(e.getMessage().contains("injected"), e.getMessage());
    assertEquals(1, told.size());
    assertEquals(512, f.journal.durable());
    assertRefusesEverything(f, first, ticket, Fault.IO_ERROR);
    assertEquals(1, told.size());
    f.journal.close();
    f.journal.close();
  }

  @Test
  void failedWriteIsNeverFollowedBySuccess() throws IOException {
    JournalFixture f = open(d -> new FaultyDevice(d).failOnce(FaultyDevice.Operation.WRITE, 1));
    long ticket = f.journal.reserve(1000);
    long lsn = f.appendSized(100, 1);
    assertThrows(FsException.class, () -> f.journal.write());
    assertRefusesEverything(f, lsn, ticket, Fault.IO_ERROR);
    assertEquals(1, told.size());
    assertEquals(List.of(), f.recovered(f.memory, 0));
  }

  @Test
  void secondHalfOfAWrappedBatchThatFailsLeavesATornTail() throws IOException {
    FaultyDevice[] faulty = new FaultyDevice[1];
    JournalFixture f = open(d -> faulty[0] = new FaultyDevice(d));
    f.advanceTo(8192 - 512);
    faulty[0].failOnce(
        FaultyDevice.Operation.WRITE, faulty[0].count(FaultyDevice.Operation.WRITE) + 2);
    long lsn = f.appendSized(440, 1);
    long end = f.appendSized(440, 2);
    assertTrue(lsn < 8192 && end > 8192);
    assertThrows(FsException.class, () -> f.journal.commit(lsn));
    JournalScan scan = f.scanner(8192 - 512).scan();
    assertEquals(JournalScan.Ending.TORN_TAIL, scan.ending());
    assertEquals(8192 - 512, scan.end());
  }

  @Test
  void anyThrowableOfTheDeviceIsAFailure() throws IOException {
    JournalFixture f =
        open(
            d ->
                new BlockingDevice(d) {
                  @Override
                  public void flush() {
                    throw new IllegalStateException("a bug");
                  }
                });
    long lsn = f.appendSized(100, 1);
    FsException e = assertThrows(FsException.class, () -> f.journal.commit(lsn));
    assertTrue(e.getMessage().contains("a bug"), e.getMessage());
  }

  @Test
  void errorReachesEverybodyWhoWaits() throws Exception {
    CountDownLatch inFlush = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    JournalFixture f =
        open(
            d ->
                new BlockingDevice(d) {
                  @Override
                  public void flush() throws IOException {
                    inFlush.countDown();
                    BlockingDevice.await(go);
                    throw new FsException(Fault.IO_ERROR, "disk on fire");
                  }
                });
    List<FsException> got = Collections.synchronizedList(new ArrayList<>());
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      long lsn = f.appendSized(100, i);
      Thread thread =
          new Thread(
              () -> {
                try {
                  f.journal.commit(lsn);
                } catch (FsException e) {
                  got.add(e);
                }
              });
      threads.add(thread);
      thread.start();
      inFlush.await(); // the first leads, the others follow
    }
    for (Thread thread : threads.subList(1, 4)) {
      BlockingDevice.awaitParked(thread);
    }
    go.countDown();
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(4, got.size());
    assertNotSame(got.get(0), got.get(1));
    for (FsException e : got) {
      assertEquals(Fault.IO_ERROR, e.fault());
      assertTrue(e.getMessage().contains("disk on fire"));
      assertEquals("disk on fire", e.getCause().getCause().getMessage());
    }
    assertEquals(1, told.size());
  }

  @Test
  void errorReachesThoseWhoWaitForSpace() throws Exception {
    JournalFixture f = open(d -> new FaultyDevice(d).failOnce(FaultyDevice.Operation.FLUSH, 1));
    long lsn = f.appendSized(3000, 1);
    f.journal.reserve(3000);
    List<FsException> got = Collections.synchronizedList(new ArrayList<>());
    Thread waiting =
        new Thread(
            () -> {
              try {
                f.journal.reserve(3000);
              } catch (FsException e) {
                got.add(e);
              }
            });
    waiting.start();
    while (f.journal.statistics().reserveWaits() < 1) {
      Thread.onSpinWait();
    }
    assertThrows(FsException.class, () -> f.journal.commit(lsn));
    waiting.join();
    assertEquals(1, got.size());
  }

  @Test
  void closedJournalRefusesEverything() throws IOException {
    JournalFixture f = open(d -> d);
    long ticket = f.journal.reserve(1000);
    long lsn = f.appendSized(100, 1);
    f.journal.close();
    assertRefusesEverything(f, lsn, ticket, Fault.SHUT_DOWN);
    f.journal.close();
    assertEquals(List.of(), f.recovered(f.memory, 0));
    assertEquals(0, told.size());
  }

  @Test
  void closingWaitsForTheDevice() throws Exception {
    CountDownLatch inFlush = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    JournalFixture f =
        open(
            d ->
                new BlockingDevice(d) {
                  @Override
                  public void flush() throws IOException {
                    inFlush.countDown();
                    BlockingDevice.await(go);
                    super.flush();
                  }
                });
    long first = f.appendSized(100, 1);
    List<Throwable> got = Collections.synchronizedList(new ArrayList<>());
    Thread leader = thread(() -> f.journal.commit(first), got);
    inFlush.await();
    Thread closing = thread(() -> f.journal.close(), got);
    BlockingDevice.awaitParked(closing);
    long second = f.appendSized(100, 2);
    Thread late = thread(() -> f.journal.commit(second), got);
    BlockingDevice.awaitParked(late);
    go.countDown();
    leader.join();
    closing.join();
    late.join();
    assertEquals(1, got.size()); // the late one; the leader's commit was done
    assertEquals(Fault.SHUT_DOWN, ((FsException) got.get(0)).fault());
    assertEquals(List.of(1L), f.recovered(f.memory, 0));
  }

  @Test
  void releaseWakesThoseWhoWaitForTheDevice() throws Exception {
    CountDownLatch inFlush = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    JournalFixture f =
        open(
            d ->
                new BlockingDevice(d) {
                  @Override
                  public void flush() throws IOException {
                    inFlush.countDown();
                    BlockingDevice.await(go);
                    super.flush();
                  }
                });
    List<Throwable> got = Collections.synchronizedList(new ArrayList<>());
    long first = f.appendSized(100, 1);
    Thread leader = thread(() -> f.journal.commit(first), got);
    inFlush.await();
    long second = f.appendSized(100, 2);
    Thread follower = thread(() -> f.journal.commit(second), got);
    BlockingDevice.awaitParked(follower);
    f.journal.release(f.journal.atCut(JournalCut::lsn));
    follower.join(); // though the device still hangs
    go.countDown();
    leader.join();
    assertEquals(List.of(), got);
  }

  @Test
  void interruptIsKeptForLaterAndDoesNotEndTheWait() throws Exception {
    CountDownLatch inFlush = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    JournalFixture f =
        open(
            d ->
                new BlockingDevice(d) {
                  @Override
                  public void flush() throws IOException {
                    inFlush.countDown();
                    BlockingDevice.await(go);
                    super.flush();
                  }
                });
    List<Throwable> got = Collections.synchronizedList(new ArrayList<>());
    List<Boolean> interrupted = Collections.synchronizedList(new ArrayList<>());
    long first = f.appendSized(100, 1);
    Thread leader = thread(() -> f.journal.commit(first), got);
    inFlush.await();
    long second = f.appendSized(100, 2);
    Thread follower =
        thread(
            () -> {
              f.journal.commit(second);
              interrupted.add(Thread.currentThread().isInterrupted());
            },
            got);
    BlockingDevice.awaitParked(follower);
    follower.interrupt();
    BlockingDevice.awaitParked(follower);
    go.countDown();
    follower.join();
    leader.join();
    assertEquals(List.of(true), interrupted);
    assertEquals(List.of(), got);
    assertTrue(f.journal.durable() >= second);
  }

  private interface Work {
    void run() throws IOException;
  }

  private static Thread thread(Work work, List<Throwable> failures) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (Throwable e) {
                failures.add(e);
              }
            });
    thread.start();
    return thread;
  }

  @Test
  void commitOfAPositionThatDoesNotExistIsRefused() throws IOException {
    JournalFixture f = open(d -> d);
    long lsn = f.appendSized(100, 1);
    assertThrows(IllegalArgumentException.class, () -> f.journal.commit(lsn + 1));
    f.journal.commit(lsn);
    f.journal.commit(0);
  }

  @Test
  void callbackThatThrowsDoesNotSpoilTheJournal() throws IOException {
    JournalFixture f = open(d -> d);
    long ticket = f.journal.reserve(1000);
    assertThrows(
        ArithmeticException.class,
        () ->
            f.journal.append(
                ticket,
                Operation.CREATE,
                1,
                JournalFixture.payload(1, 1),
                JournalFixture.payload(1, 1),
                at -> {
                  throw new ArithmeticException();
                }));
    f.commitSized(100, 2);
    assertEquals(List.of(1L, 2L), f.recovered(f.memory, 0));
  }
}
