package org.razorfs.mount.devfuse;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class PaceTest {
  private final Pace pace = new Pace(this::brisk, this::slack);
  private long taken;
  private int now;
  private int ever;

  private void brisk() {
    now++;
    ever++;
  }

  private void slack() {
    now--;
  }

  private void looks(int times, int requests) {
    for (int i = 0; i < times; i++) {
      taken += requests;
      pace.look(taken);
    }
  }

  @Test
  void requestsNowAndThenAreNotBrisk() {
    for (int i = 0; i < 100; i++) {
      looks(3, 50);
      looks(1, 1);
    }
    assertEquals(0, ever);
  }

  @Test
  void fromTheFourthLookUntilAPause() {
    looks(3, 2);
    assertEquals(0, now);
    looks(1, 2);
    assertEquals(1, now);
    for (int i = 0; i < 10; i++) {
      looks(19, 0);
      looks(1, 30);
    }
    assertEquals(1, now);
    looks(20, 1);
    assertEquals(0, now);
    assertEquals(1, ever);
  }

  @Test
  void restingIsAPause() {
    pace.rest();
    assertEquals(0, now);
    looks(10, 5);
    pace.rest();
    pace.rest();
    assertEquals(0, now);
    looks(4, 5);
    assertEquals(1, now);
    assertEquals(2, ever);
  }
}
