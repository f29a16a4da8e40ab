package org.razorfs.mount.devfuse;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.layout.InodeRecord;
import org.razorfs.mount.MountLog;
import org.razorfs.mount.OnOffAuto;
import org.razorfs.mount.TestVolumes;
import org.razorfs.mount.TransportUnavailableException;
import org.razorfs.mount.devfuse.wire.Message;
import org.razorfs.mount.devfuse.wire.Opcode;
import org.razorfs.mount.handler.Errno;
import org.razorfs.mount.handler.FileSystemHandler;
import org.razorfs.mount.handler.KernelChecks;
import org.razorfs.mount.handler.Presentation;
import org.razorfs.mount.host.IdlePolling;
import org.razorfs.volume.AttributeChange;
import org.razorfs.volume.Volume;

class WorkerPoolTest {
  private static final long PATIENCE_SECONDS = 60;
  private static final int O_DSYNC = 010000;
  private static final int O_SYNC = 04010000;

  private final FakeDevice device = new FakeDevice();
  private final Volume volume = TestVolumes.open();
  private final StringBuilder log = new StringBuilder();
  private final CountDownLatch ready = new CountDownLatch(1);
  private final AtomicBoolean changesWait = new AtomicBoolean();
  private WorkerPool.Style style = WorkerPool.Style.DEVICE;
  private CompletableFuture<Void> serving;

  /** Whatever a test did: it ends, every port is closed, no thread is left. */
  @AfterEach
  void nothingIsLeft() throws Exception {
    device.releaseAll();
    device.end();
    if (serving != null) {
      serving.handle((done, problem) -> null).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }
    assertEquals(device.opened(), device.closed(), "open ports");
    List<String> threads =
        Thread.getAllStackTraces().keySet().stream()
            .map(Thread::getName)
            .filter(name -> name.startsWith("fuse-"))
            .toList();
    assertEquals(List.of(), threads);
    assertEquals("", device.problem());
    volume.close();
  }

  private void serve() {
    serve(ready::countDown);
  }

  private void serve(Runnable whenReady) {
    MountLog mountLog = new MountLog(log, Clock.systemUTC());
    Session session =
        new Session(
            new FileSystemHandler(volume, Presentation.AS_STORED, new KernelChecks(true, true)),
            mountLog,
            new MountTerms(0, true, false));
    serving =
        CompletableFuture.runAsync(
            () -> {
              try {
                IdlePolling polling = IdlePolling.of(OnOffAuto.OFF);
                new WorkerPool(device, style, session, changesWait::get, polling, mountLog)
                    .run(whenReady);
              } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            },
            runnable -> new Thread(runnable, "serving").start());
  }

  private void begin() throws InterruptedException {
    device.request(Message.init(7, 45));
    serve();
    assertTrue(ready.await(PATIENCE_SECONDS, TimeUnit.SECONDS), "not ready");
  }

  private IOException failure() throws Exception {
    ExecutionException problem =
        assertThrows(
            ExecutionException.class, () -> serving.get(PATIENCE_SECONDS, TimeUnit.SECONDS));
    return assertInstanceOf(IOException.class, problem.getCause().getCause());
  }

  private static byte[] request(Opcode opcode, long unique) {
    return new Message(opcode.code(), unique, 1).bytes(new byte[16]).build();
  }

  @Test
  void everyRequestIsAnsweredOnce() throws Exception {
    begin();
    int clients = 6;
    int requests = 2000;
    ExecutorService pool = Executors.newFixedThreadPool(clients);
    try {
      List<Future<Void>> all = new ArrayList<>();
      for (int client = 0; client < clients; client++) {
        long first = (client + 1L) << 32;
        all.add(
            pool.submit(
                () -> {
                  for (long unique = first; unique < first + requests; unique++) {
                    boolean slow = unique % 50 == 0;
                    device.request(request(slow ? Opcode.FSYNCDIR : Opcode.GETATTR, unique));
                    assertEquals(0, device.awaitReply(unique));
                  }
                  return null;
                }));
      }
      for (Future<Void> one : all) {
        one.get();
      }
    } finally {
      pool.shutdown();
    }
    assertEquals(clients * requests + 1, device.replies(), "replies, that to INIT included");
  }

  @Test
  void aFloodIsAnsweredWhole() throws Exception {
    begin();
    for (long unique = 100; unique < 5100; unique++) {
      device.request(request(Opcode.GETATTR, unique));
    }
    for (long unique = 100; unique < 5100; unique++) {
      assertEquals(0, device.awaitReply(unique));
    }
  }

  /** Sends so many requests that take long, whose replies are held. */
  private void hold(int count) {
    hold(Opcode.FSYNCDIR, 1000, count);
  }

  private void hold(Opcode opcode, long first, int count) {
    for (long unique = first; unique < first + count; unique++) {
      device.hold(unique);
      device.request(request(opcode, unique));
    }
  }

  private void assertOthersAreAnswered() throws InterruptedException {
    for (long unique = 10; unique < 200; unique++) {
      device.request(request(Opcode.GETATTR, unique));
      assertEquals(0, device.awaitReply(unique));
    }
  }

  private void assertHeldAreAnswered(int count) throws InterruptedException {
    device.releaseAll();
    for (int i = 0; i < count; i++) {
      assertEquals(0, device.awaitReply(1000 + i));
    }
  }

  @Test
  void slowRequestsStopNobody() throws Exception {
    begin();
    int slow = WorkerPool.MOST - 1;
    hold(slow);
    device.awaitHeld(slow);
    assertOthersAreAnswered();
    assertHeldAreAnswered(slow);
  }

  @Test
  void moreSlowRequestsThanThreadsStopNobodyEither() throws Exception {
    begin();
    int slow = 4 * (WorkerPool.MOST + SlowRequests.MOST);
    hold(slow);
    device.awaitHeld(WorkerPool.MOST_SLOW + SlowRequests.MOST);
    assertOthersAreAnswered();
    assertHeldAreAnswered(slow);
  }

  @Test
  void slowRequestsStopNobodyWhereNoMoreWorkersCanBeHad() throws Exception {
    begin();
    device.limitPorts(WorkerPool.MOST_SLOW + 1);
    hold(100);
    device.awaitHeld(WorkerPool.MOST_SLOW + SlowRequests.MOST);
    assertOthersAreAnswered();
    assertHeldAreAnswered(100);
    assertTrue(log.toString().contains("too many open files"), log.toString());
  }

  @Test
  void requestsAreAnsweredWhereThereIsNoMemoryForMoreWorkers() throws Exception {
    begin();
    device.limitMemory(WorkerPool.MOST_SLOW + 1);
    hold(100);
    device.awaitHeld(WorkerPool.MOST_SLOW + SlowRequests.MOST);
    assertOthersAreAnswered();
    assertHeldAreAnswered(100);
    assertTrue(log.toString().contains("no memory for a port"), log.toString());
  }

  @Test
  void requestsThatNobodyKnewToBeSlowStopNobodyEither() throws Exception {
    begin();
    for (int i = 0; i < 5; i++) {
      hold(Opcode.GETATTR, 1000 + i, 1);
      device.awaitHeld(i + 1);
      device.request(request(Opcode.GETATTR, 10 + i));
      assertEquals(0, device.awaitReply(10 + i));
    }
  }

  @Test
  void changesThatWaitForACheckpointStopNobodyWhoReads() throws Exception {
    begin();
    changesWait.set(true);
    int changes = 4 * WorkerPool.MOST;
    hold(Opcode.UNLINK, 1000, changes);
    device.awaitHeld(WorkerPool.MOST_SLOW + SlowRequests.MOST);
    assertOthersAreAnswered();
    device.releaseAll();
    for (int i = 0; i < changes; i++) {
      device.awaitReply(1000 + i);
    }
  }

  @Test
  void thereAreNeverTooManyThreads() throws Exception {
    begin();
    int many = 2 * (WorkerPool.MOST + SlowRequests.MOST);
    hold(many);
    device.awaitHeld(WorkerPool.MOST_SLOW + SlowRequests.MOST);
    hold(Opcode.GETATTR, 5000, WorkerPool.MOST);
    device.awaitHeld(WorkerPool.MOST + SlowRequests.MOST);
    assertEquals(WorkerPool.MOST, device.opened());
    assertHeldAreAnswered(many);
    assertEquals(WorkerPool.MOST, device.opened());
  }

  /** It brings the requests of all others, so that there is no other way for them. */
  @Test
  void theLeaderOfARingAnswersNothingThatIsSlow() throws Exception {
    style = WorkerPool.Style.ring(0);
    begin();
    device.limitPorts(1);
    hold(SlowRequests.MOST - 2);
    changesWait.set(true);
    hold(Opcode.UNLINK, 3000, 1);
    device.hold(4000);
    device.request(
        new Message(Opcode.READ.code(), 4000, 1)
            .u64(0)
            .u64(0)
            .u32(1 << 17)
            .u32(0)
            .u64(0)
            .u64(0)
            .build());
    device.awaitHeld(SlowRequests.MOST);
    assertOthersAreAnswered();
    assertHeldAreAnswered(SlowRequests.MOST - 2);
  }

  private static byte[] write(long unique, int openFlags) {
    Message write = new Message(Opcode.WRITE.code(), unique, 1).u64(0).u64(0).u32(1).u32(0).u64(0);
    return write.u32(openFlags).u32(0).bytes(new byte[1]).build();
  }

  /** Others would wait for the disk with its client. */
  @Test
  void theLeaderOfARingDoesNotWaitForTheDiskForASynchronousWrite() throws Exception {
    style = WorkerPool.Style.ring(0);
    begin();
    device.limitPorts(1);
    device.hold(1000);
    device.hold(1001);
    device.request(write(1000, O_DSYNC));
    device.request(write(1001, O_SYNC));
    device.awaitHeld(2);
    assertOthersAreAnswered();
  }

  @Test
  void norForAChangeOfWhatIsFlaggedAsSynchronous() throws Exception {
    style = WorkerPool.Style.ring(0);
    volume.change(Volume.ROOT, new AttributeChange().flags(InodeRecord.SYNC));
    begin();
    device.limitPorts(1);
    device.hold(1000);
    device.request(write(1000, 0));
    hold(Opcode.UNLINK, 1001, 1);
    device.awaitHeld(2);
    assertOthersAreAnswered();
  }

  @Test
  void whatIsTooShortToSayHowSlowItIsIsRefused() throws Exception {
    style = WorkerPool.Style.ring(0);
    begin();
    device.request(request(Opcode.READ, 10));
    assertEquals(Errno.EINVAL, device.awaitReply(10));
    device.request(request(Opcode.WRITE, 11));
    assertEquals(Errno.EINVAL, device.awaitReply(11));
  }

  @Test
  void aMountThatEndsWhileRequestsAreInProgressWaitsForThem() throws Exception {
    begin();
    int slow = 2 * (WorkerPool.MOST + SlowRequests.MOST);
    hold(slow);
    device.awaitHeld(WorkerPool.MOST_SLOW + SlowRequests.MOST);
    // All have been taken.
    assertOthersAreAnswered();
    device.end();
    assertFalse(serving.isDone());
    device.releaseAll();
    serving.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    assertHeldAreAnswered(slow);
  }

  @Test
  void aMountForWhichThereIsNoMemoryIsAFailure() throws Exception {
    device.limitMemory(0);
    serve();
    assertInstanceOf(OutOfMemoryError.class, failure().getCause());
  }

  @Test
  void aMountThatEndsBeforeItsBeginningIsNoFailure() throws Exception {
    device.end();
    serve();
    serving.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    assertEquals(1, ready.getCount());
  }

  @Test
  void aMountThatFailsAtItsBeginningIsLetGo() throws Exception {
    device.request(Message.init(7, 45));
    IllegalStateException broken = new IllegalStateException("broken");
    serve(
        () -> {
          throw broken;
        });
    ExecutionException problem =
        assertThrows(
            ExecutionException.class, () -> serving.get(PATIENCE_SECONDS, TimeUnit.SECONDS));
    assertSame(broken, problem.getCause());
  }

  @Test
  void aKernelThatIsTooOldCannotBeServedByThisTransport() throws Exception {
    device.request(Message.init(7, 12));
    serve();
    IOException unavailable = assertInstanceOf(TransportUnavailableException.class, failure());
    assertTrue(unavailable.getMessage().startsWith("the kernel speaks FUSE 7.12"));
    assertEquals(Errno.EPROTO, device.awaitReply(1));
    assertEquals(1, ready.getCount());
  }

  @Test
  void aNewerKernelAsksTwiceBeforeItIsServed() throws Exception {
    device.request(Message.init(8, 0));
    device.request(new Message(Opcode.INIT.code(), 2, 0).u32(7).u32(45).u64(0).build());
    serve();
    assertTrue(ready.await(PATIENCE_SECONDS, TimeUnit.SECONDS));
    assertEquals(0, device.awaitReply(2));
  }

  @Test
  void norCanOneThatDoesNotTakeTheAnswer() throws Exception {
    device.request(Message.init(7, 45));
    device.breakReply(1, new FsException(Fault.IO_ERROR, "refused"));
    serve();
    IOException unavailable = assertInstanceOf(TransportUnavailableException.class, failure());
    assertEquals("INIT cannot be answered: refused", unavailable.getMessage());
    assertEquals(1, ready.getCount());
  }

  @Test
  void aBrokenConnectionIsAFailure() throws Exception {
    begin();
    IOException broken = new FsException(Fault.IO_ERROR, "broken");
    device.fail(broken);
    assertSame(broken, failure());
  }

  /** Lets a thread fail while the one that leads sleeps. */
  private IOException failBeside(Opcode opcode, Throwable problem) throws Exception {
    begin();
    device.breakReply(1000, problem);
    hold(opcode, 1000, 1);
    device.awaitHeld(1);
    device.awaitSleeper();
    device.releaseAll();
    return failure();
  }

  @Test
  void aThreadThatFailsEndsTheMountThoughNobodyAsksAnyMore() throws Exception {
    Error broken = new AssertionError("broken");
    assertSame(broken, failBeside(Opcode.FSYNCDIR, broken).getCause());
    assertTrue(log.toString().contains("a thread for requests ended"), log.toString());
  }

  @Test
  void aReplyThatIsRefusedEndsTheMountThoughNobodyAsksAnyMore() throws Exception {
    IOException broken = new FsException(Fault.IO_ERROR, "broken");
    assertSame(broken, failBeside(Opcode.GETATTR, broken));
  }

  /** Each request would wake all that wait beside the leader, for nothing. */
  @Test
  void whoeverHasAnsweredASlowRequestDoesNotWaitBesideTheLeader() throws Exception {
    begin();
    for (int i = 0; i < 10; i++) {
      hold(Opcode.FSYNCDIR, 1000 + i, 1);
      device.awaitHeld(i + 1);
    }
    assertHeldAreAnswered(10);
    assertOthersAreAnswered();
    assertEquals(0, device.waitsBesideLeader());
  }

  private void answerSlowOnes(long first, int count) throws InterruptedException {
    for (long unique = first; unique < first + count; unique++) {
      device.request(request(Opcode.FSYNCDIR, unique));
      assertEquals(0, device.awaitReply(unique));
    }
  }

  @Test
  void nobodyIsCalledToLeadWhereThereIsOneClientAndWhatItAsksIsOverSoon() throws Exception {
    begin();
    device.limitPorts(1);
    answerSlowOnes(1000, 200);
    int calls = device.refused();
    assertTrue(calls >= Solitude.ENOUGH && calls < 100, calls + " calls");
  }

  @Test
  void aSlowRequestOfALoneClientThatIsNotOverSoonStopsNobody() throws Exception {
    begin();
    answerSlowOnes(2000, 4 * Solitude.ENOUGH);
    hold(1);
    device.awaitHeld(1);
    assertOthersAreAnswered();
    assertHeldAreAnswered(1);
  }

  @Test
  void whatIsNoRequestIsLoggedAndPassedOver() throws Exception {
    begin();
    device.request(new byte[60]);
    device.request(new byte[3]);
    device.request(request(Opcode.GETATTR, 10));
    assertEquals(0, device.awaitReply(10));
    // Another thread may have answered it.
    device.end();
    serving.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    assertTrue(log.toString().contains("a message of 60 bytes that is no request"), log.toString());
  }

  @Test
  void whatIsForgottenGetsNoReply() throws Exception {
    begin();
    device.request(new Message(Opcode.FORGET.code(), 50, 7).u64(1).build());
    device.request(request(Opcode.GETATTR, 10));
    assertEquals(0, device.awaitReply(10));
    assertEquals(2, device.replies());
  }
}
