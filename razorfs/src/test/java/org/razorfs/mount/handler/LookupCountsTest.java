package org.razorfs.mount.handler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LookupCountsTest {
  private final LookupCounts counts = new LookupCounts();

  @ParameterizedTest
  @ValueSource(ints = {3, 100, 20_000})
  void countsAsAMapWould(int inodes) {
    Random random = new Random(inodes);
    Map<Long, Long> model = new HashMap<>();
    for (int i = 0; i < 200_000; i++) {
      // Phases of growing and of shrinking, so that tables are resized both ways.
      boolean growing = i / 50_000 % 2 == 0;
      long inode = 1L + random.nextInt(inodes);
      if (random.nextInt(10) < (growing ? 8 : 2)) {
        counts.add(inode);
        model.merge(inode, 1L, Long::sum);
      } else {
        long known = model.getOrDefault(inode, 0L);
        long taken = 1L + random.nextInt(3);
        assertEquals(known > 0 && taken >= known, counts.subtract(inode, taken));
        model.computeIfPresent(inode, (key, count) -> count <= taken ? null : count - taken);
      }
      assertEquals(model.containsKey(inode), counts.contains(inode));
    }
    assertEquals(model.size(), counts.size());
    for (long inode = 1; inode <= inodes; inode++) {
      assertEquals(model.containsKey(inode), counts.contains(inode), "inode " + inode);
    }
    for (Map.Entry<Long, Long> entry : model.entrySet()) {
      assertTrue(entry.getValue() == 1 || !counts.subtract(entry.getKey(), entry.getValue() - 1));
      assertTrue(counts.subtract(entry.getKey(), 1), "the last of " + entry.getKey());
    }
    assertEquals(0, counts.size());
  }

  @Test
  void takingBackMoreThanThereIsEndsAtNothing() {
    assertFalse(counts.subtract(5, 1));
    counts.add(5);
    assertTrue(counts.subtract(5, -1), "2^64 - 1 is more than one");
    assertFalse(counts.contains(5));
    assertFalse(counts.subtract(5, 1));
  }

  @Test
  void inodesOfAnyNumberAreKeptApart() {
    long[] inodes = {1, 1L << 32, 1L << 55, (1L << 56) - 1, Long.MAX_VALUE, -1, Long.MIN_VALUE};
    for (long inode : inodes) {
      counts.add(inode);
    }
    assertEquals(inodes.length, counts.size());
    for (long inode : inodes) {
      assertTrue(counts.subtract(inode, 1), "inode " + inode);
    }
    assertEquals(0, counts.size());
  }

  @Test
  void eachInodeIsInOneStripe() {
    Set<Long> all = new HashSet<>();
    for (long inode = 1; inode <= 10_000; inode++) {
      counts.add(inode);
    }
    for (int stripe = 0; stripe < LookupCounts.STRIPES; stripe++) {
      long[] some = counts.inodes(stripe);
      assertTrue(some.length > 100 && some.length < 250, some.length + " in " + stripe);
      for (long inode : some) {
        assertTrue(all.add(inode), inode + " twice");
      }
    }
    assertEquals(10_000, all.size());
  }

  private Void await(long few, long many) throws InterruptedException {
    counts.await(few, many, TimeUnit.DAYS.toMillis(1));
    return null;
  }

  @Test
  void whoWaitsForManyOrFewIsTold() throws Exception {
    ExecutorService pool = Executors.newSingleThreadExecutor();
    try {
      Future<Void> many = pool.submit(() -> await(-1, 100));
      for (long inode = 1; inode <= 100; inode++) {
        counts.add(inode);
      }
      many.get(60, TimeUnit.SECONDS);
      Future<Void> few = pool.submit(() -> await(50, 101));
      for (long inode = 1; inode <= 50; inode++) {
        counts.subtract(inode, 1);
      }
      few.get(60, TimeUnit.SECONDS);
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  void threadsLoseNoCount() throws Exception {
    int threads = 4;
    int inodes = 1000;
    int rounds = 50;
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      List<Callable<Void>> tasks = new ArrayList<>();
      for (int t = 0; t < threads; t++) {
        tasks.add(
            () -> {
              for (int round = 0; round < rounds; round++) {
                for (long inode = 1; inode <= inodes; inode++) {
                  counts.add(inode);
                  counts.add(inode);
                  counts.subtract(inode, 1);
                }
              }
              return null;
            });
      }
      for (Future<Void> task : pool.invokeAll(tasks)) {
        task.get();
      }
    } finally {
      pool.shutdown();
    }
    assertEquals(inodes, counts.size());
    for (long inode = 1; inode <= inodes; inode++) {
      assertFalse(counts.subtract(inode, (long) threads * rounds - 1));
      assertTrue(counts.subtract(inode, 1));
    }
  }
}
