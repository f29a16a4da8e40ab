package org.razorfs.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ProgressTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 5); // wraps during the test

  private Progress progress(boolean json, boolean quiet, boolean terminal) {
    return new Progress(
        new Console(
            new PrintWriter(out),
            new PrintWriter(err),
            "trial",
            json,
            quiet,
            new Terminal(terminal, terminal, true)),
        "check",
        clock::get);
  }

  private void work(Progress progress) {
    try (progress) {
      for (int i = 0; i < 1000; i++) {
        progress.report("trees", i, 1000);
        clock.addAndGet(1_000_000); // a millisecond each
      }
    }
  }

  @Test
  void speaksAfterAMomentAndAtMostTenTimesASecond() {
    work(progress(true, false, false));
    assertEquals(5, out.toString().lines().count());
    out.toString()
        .lines()
        .forEach(line -> assertTrue(line.contains("\"message_type\":\"status\"")));
    assertEquals("", err.toString());
  }

  @Test
  void cleansItsLineUp() {
    work(progress(false, false, true));
    assertTrue(err.toString().contains("\rcheck: trees 90%"), err.toString());
    assertTrue(err.toString().endsWith("\r"), err.toString());
    assertEquals("", out.toString());
  }

  @Test
  void isSilentInAPipeAndWhenAskedToBe() {
    work(progress(false, false, false));
    work(progress(false, true, true));
    assertEquals("", out.toString() + err);
  }
}
