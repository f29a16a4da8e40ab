package org.razorfs.mount.devfuse;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class SolitudeTest {
  private static final int ME = 17;

  private final Solitude solitude = new Solitude();

  private void ask(int process, int times, long nanos) {
    for (int i = 0; i < times; i++) {
      solitude.asked(process);
      solitude.answered(nanos);
    }
  }

  @Test
  void takesSomeRequests() {
    ask(ME, Solitude.ENOUGH - 1, 1000);
    assertFalse(solitude.isLikely());
    ask(ME, 1, 1000);
    assertTrue(solitude.isLikely());
    ask(ME, 100, Solitude.SOON);
    assertTrue(solitude.isLikely());
  }

  @Test
  void endsWhenAnotherAsks() {
    ask(ME, Solitude.ENOUGH, 1000);
    solitude.asked(ME + 1);
    assertFalse(solitude.isLikely());
    ask(ME, Solitude.ENOUGH - 1, 1000);
    assertFalse(solitude.isLikely());
  }

  @Test
  void isNotDisturbedByTheKernelItself() {
    ask(ME, Solitude.ENOUGH, 1000);
    solitude.asked(0);
    assertTrue(solitude.isLikely());
  }

  @Test
  void isNothingToCountOnWhereAnswersTakeLong() {
    ask(ME, Solitude.ENOUGH, 1000);
    ask(ME, 1, Solitude.SOON + 1);
    assertFalse(solitude.isLikely());
  }
}
