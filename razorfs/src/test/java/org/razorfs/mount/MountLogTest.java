package org.razorfs.mount;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class MountLogTest {
  private final StringBuilder text = new StringBuilder();
  private Instant now = Instant.ofEpochSecond(0);

  private final Clock clock =
      new Clock() {
        @Override
        public Instant instant() {
          return now;
        }

        @Override
        public ZoneOffset getZone() {
          return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(java.time.ZoneId zone) {
          return this;
        }
      };

  @Test
  void tellsWhenAndWhere() {
    MountLog log = new MountLog(text, clock);
    log.line("hello");
    log.problem("reading", new IOException("broken"));
    assertTrue(text.toString().startsWith("1970-01-01T00:00:00Z hello\n"), text.toString());
    assertTrue(text.toString().contains("reading: java.io.IOException: broken\n"));
    assertTrue(text.toString().contains("\tat org.razorfs"));
    assertTrue(log.hasProblems());
  }

  @Test
  void aFloodIsOnlyCounted() {
    MountLog log = new MountLog(text, clock);
    for (int i = 0; i < 1000; i++) {
      log.line("again");
    }
    now = Instant.ofEpochSecond(1);
    log.line("later");
    assertEquals(22, text.toString().lines().count());
    assertTrue(text.toString().contains("980 more lines left out"), text.toString());
  }

  @Test
  void aFullDiskOfTheLogStopsNothing() {
    MountLog log =
        new MountLog(
            new Appendable() {
              @Override
              public Appendable append(CharSequence sequence) throws IOException {
                throw new IOException("full");
              }

              @Override
              public Appendable append(CharSequence sequence, int start, int end)
                  throws IOException {
                throw new IOException("full");
              }

              @Override
              public Appendable append(char c) throws IOException {
                throw new IOException("full");
              }
            },
            clock);
    log.line("x");
    log.problem("y", new IOException("z"));
  }
}
