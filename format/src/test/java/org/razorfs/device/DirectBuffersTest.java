package org.razorfs.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class DirectBuffersTest {

  @Test
  void buffersAreDirectMadeOnDemandAndReusedCleared() {
    DirectBuffers pool = new DirectBuffers(3);
    assertEquals(0, pool.existing());
    ByteBuffer first = pool.take();
    assertTrue(first.isDirect());
    assertEquals(DirectBuffers.BUFFER_SIZE, first.remaining());
    first.position(5).limit(9);
    pool.give(first);
    ByteBuffer again = pool.take();
    assertSame(first, again);
    assertEquals(DirectBuffers.BUFFER_SIZE, again.remaining());
    assertEquals(1, pool.existing());
  }

  @Test
  void moreThreadsThanBuffersWaitAndAllGetTheirTurn() throws Exception {
    DirectBuffers pool = new DirectBuffers(2);
    AtomicInteger inUse = new AtomicInteger();
    AtomicInteger mostInUse = new AtomicInteger();
    ExecutorService threads = Executors.newFixedThreadPool(8);
    List<Future<?>> results = new ArrayList<>();
    for (int t = 0; t < 8; t++) {
      results.add(
          threads.submit(
              () -> {
                for (int i = 0; i < 500; i++) {
                  ByteBuffer buffer = pool.take();
                  int now = inUse.incrementAndGet();
                  mostInUse.accumulateAndGet(now, Math::max);
                  buffer.put(new byte[1000]); // takes a moment
                  inUse.decrementAndGet();
                  pool.give(buffer);
                }
              }));
    }
    for (Future<?> result : results) {
      result.get();
    }
    threads.shutdown();
    assertTrue(mostInUse.get() <= 2, mostInUse + " in use at once");
    assertTrue(pool.existing() <= 2);
  }

  @Test
  void interruptedThreadStillGetsABufferAndStaysInterrupted() throws Exception {
    DirectBuffers pool = new DirectBuffers(1);
    ByteBuffer only = pool.take();
    ExecutorService threads = Executors.newSingleThreadExecutor();
    Future<Boolean> waiter =
        threads.submit(
            () -> {
              Thread.currentThread().interrupt();
              pool.give(pool.take());
              return Thread.interrupted();
            });
    pool.give(only);
    assertTrue(waiter.get());
    threads.shutdown();
  }
}
