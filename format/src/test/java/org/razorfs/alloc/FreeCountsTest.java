package org.razorfs.alloc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class FreeCountsTest {
  private static final int PAGE = 4096;

  @Test
  void whatWasNeverSeenMayHaveAnything() {
    FreeCounts counts = new FreeCounts(10);
    assertEquals(-1, counts.free(3));
    assertEquals(3, counts.next(3, 10, 8192));
    counts.put(3, 0, 0);
    assertEquals(0, counts.free(3));
    assertEquals(4, counts.next(3, 10, 1));
    assertEquals(-1, counts.free(4));
    counts.forget(3);
    assertEquals(-1, counts.free(3));
    assertEquals(3, counts.next(3, 10, 8192));
  }

  @Test
  void boundIsNoMoreThanWhatIsFree() {
    FreeCounts counts = new FreeCounts(1);
    counts.put(0, 5, 8192);
    assertEquals(0, counts.next(0, 1, 5));
    assertEquals(1, counts.next(0, 1, 6));
  }

  @Test
  void fullPagesArePassedOverUntilSomethingIsFreedInThem() {
    FreeCounts counts = new FreeCounts(3 * PAGE + 7);
    for (long i = 0; i < 3 * PAGE + 7; i++) {
      counts.put(i, 4, 4);
    }
    for (int round = 0; round < 2; round++) {
      assertEquals(3 * PAGE + 7, counts.next(0, 3 * PAGE + 7, 5));
      assertEquals(2 * PAGE, counts.next(100, 2 * PAGE, 5));
      assertEquals(0, counts.next(0, 3 * PAGE + 7, 4));
    }
    long before = counts.raises();
    counts.put(PAGE + 9, 6, 6);
    counts.put(3 * PAGE + 6, 7, 7);
    assertTrue(counts.raises() > before);
    assertEquals(PAGE + 9, counts.next(0, 3 * PAGE + 7, 5));
    assertEquals(3 * PAGE + 6, counts.next(PAGE + 10, 3 * PAGE + 7, 5));
    assertEquals(3 * PAGE + 6, counts.next(0, 3 * PAGE + 7, 7));
  }

  @Test
  void neverUnderstatesInRandomHistories() {
    Random random = new Random(5);
    int size = 2 * PAGE + 100;
    FreeCounts counts = new FreeCounts(size);
    int[] bounds = new int[size];
    for (int i = 0; i < size; i++) {
      bounds[i] = random.nextInt(10);
      counts.put(i, 8000, bounds[i]);
    }
    for (int step = 0; step < 2000; step++) {
      int at = random.nextInt(size);
      bounds[at] = random.nextInt(step % 100 == 0 ? 8000 : 10);
      counts.put(at, 8000, bounds[at]);
      int from = random.nextInt(size);
      int need = 1 + random.nextInt(12);
      int expected = from;
      while (expected < size && bounds[expected] < need) {
        expected++;
      }
      assertEquals(expected, counts.next(from, size, need));
      counts.next(0, size, need);
    }
  }
}
