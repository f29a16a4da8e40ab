package org.razorfs.mount.jnrfuse;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.razorfs.mount.MountLog;
import org.razorfs.mount.Threads;

class LoopThreadsTest {
  private final StringBuilder text = new StringBuilder();
  private final MountLog log = new MountLog(text, Clock.systemUTC());
  private final List<Thread> made = new ArrayList<>();
  private final CountDownLatch end = new CountDownLatch(1);
  private final AtomicInteger left = new AtomicInteger();

  @AfterEach
  void nobodyIsLeft() {
    end.countDown();
    made.forEach(Threads::join);
  }

  /** A host that has so many threads left, and whose other ones fail so. */
  private LoopThreads limited(int most, Error failure) {
    return new LoopThreads(
        work -> {
          boolean fails = made.size() >= most;
          Thread thread =
              new Thread(work) {
                @Override
                public synchronized void start() {
                  if (fails) {
                    end.countDown(); // those that were started may leave the loop now
                    throw failure;
                  }
                  super.start();
                }
              };
          made.add(thread);
          return thread;
        },
        log);
  }

  private void loop() {
    try {
      end.await();
      left.incrementAndGet();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private void assertNobodyRuns() {
    made.forEach(thread -> assertFalse(thread.isAlive(), "returned while a thread was running"));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 15})
  void thoseThatCouldBeStartedGoOn(int most) {
    limited(most, new OutOfMemoryError("no thread")).run(16, this::loop);
    assertNobodyRuns();
    assertEquals(most, left.get());
    assertTrue(text.toString().contains("OutOfMemoryError: no thread"), text.toString());
  }

  @Test
  void nobodyServesWhereNoThreadCanBeStarted() {
    Error failure = new OutOfMemoryError("no thread");
    LoopThreads threads = limited(0, failure);
    assertSame(failure, assertThrows(OutOfMemoryError.class, () -> threads.run(16, this::loop)));
    assertEquals(0, left.get());
  }

  @Test
  void whatElseFailsIsToldWhenNobodyRunsAnyMore() {
    Error failure = new InternalError("bug");
    LoopThreads threads = limited(3, failure);
    assertSame(failure, assertThrows(InternalError.class, () -> threads.run(16, this::loop)));
    assertNobodyRuns();
    assertEquals(3, left.get());
  }
}
