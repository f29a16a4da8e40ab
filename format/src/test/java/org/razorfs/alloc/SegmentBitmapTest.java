package org.razorfs.alloc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SegmentBitmapTest {
  private static final int UNITS = SegmentBitmap.UNITS;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void agreesWithOneBooleanAUnit(long seed) {
    Random random = new Random(seed);
    SegmentBitmap bitmap = new SegmentBitmap(new long[SegmentBitmap.WORDS]);
    boolean[] model = new boolean[UNITS];
    int largest = seed % 2 == 0 ? 300 : UNITS;
    for (int step = 0; step < 2000; step++) {
      int from = random.nextInt(UNITS);
      int count = 1 + random.nextInt(Math.min(largest, UNITS - from));
      switch (random.nextInt(4)) {
        case 0 -> {
          bitmap.set(from, count);
          fill(model, from, count, true);
        }
        case 1 -> {
          int busy = busy(model, from, count);
          assertEquals(busy, bitmap.clear(from, count));
          fill(model, from, count, false);
        }
        case 2 -> {
          assertEquals(busy(model, from, count), bitmap.busyIn(from, count));
          assertEquals(find(model, count, from), bitmap.find(count, from));
          int block = from & -SegmentBitmap.BLOCK_UNITS;
          assertEquals(busy(model, block, 8) == 0, bitmap.isBlockFree(block));
        }
        default -> {
          int longest = longest(model);
          assertTrue(bitmap.longest() >= longest, "understates");
          assertEquals(longest, bitmap.measureLongest());
          assertEquals(longest, bitmap.longest());
        }
      }
      assertEquals(UNITS - busy(model, 0, UNITS), bitmap.free());
    }
  }

  @Test
  void failedSearchOfAllLearnsTheLongestRunButOneOfAPartDoesNot() {
    SegmentBitmap bitmap = new SegmentBitmap(new long[SegmentBitmap.WORDS]);
    bitmap.set(1000, UNITS - 1000);
    assertEquals(-1, bitmap.find(1, 1000));
    assertEquals(UNITS, bitmap.longest());
    assertEquals(-1, bitmap.find(1001, 0));
    assertEquals(1000, bitmap.longest());
  }

  @Test
  void freeingJoinsTheRunsOnBothSides() {
    SegmentBitmap bitmap = new SegmentBitmap(new long[SegmentBitmap.WORDS]);
    bitmap.set(0, UNITS);
    assertEquals(0, bitmap.measureLongest());
    bitmap.clear(100, 60);
    bitmap.clear(170, 200);
    assertEquals(200, bitmap.longest());
    bitmap.clear(160, 10);
    assertEquals(270, bitmap.longest());
    bitmap.clear(0, UNITS);
    assertEquals(UNITS, bitmap.longest());
  }

  private static void fill(boolean[] model, int from, int count, boolean value) {
    for (int i = from; i < from + count; i++) {
      model[i] = value;
    }
  }

  private static int busy(boolean[] model, int from, int count) {
    int sum = 0;
    for (int i = from; i < from + count; i++) {
      sum += model[i] ? 1 : 0;
    }
    return sum;
  }

  private static int find(boolean[] model, int count, int from) {
    int run = 0;
    for (int i = from; i < UNITS; i++) {
      run = model[i] ? 0 : run + 1;
      if (run == count) {
        return i - count + 1;
      }
    }
    return -1;
  }

  private static int longest(boolean[] model) {
    int longest = 0;
    int run = 0;
    for (boolean busy : model) {
      run = busy ? 0 : run + 1;
      longest = Math.max(longest, run);
    }
    return longest;
  }
}
