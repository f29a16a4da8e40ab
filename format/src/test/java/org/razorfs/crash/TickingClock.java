package org.razorfs.crash;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicLong;

/** Tells a later time whenever it is asked, and the same times in every run. */
final class TickingClock extends Clock {
  private final AtomicLong ticks = new AtomicLong();
  private final Instant start;

  TickingClock(Instant start) {
    this.start = start;
  }

  @Override
  public Instant instant() {
    return start.plusNanos(ticks.incrementAndGet() * 1_000_001);
  }

  @Override
  public ZoneId getZone() {
    return ZoneOffset.UTC;
  }

  @Override
  public Clock withZone(ZoneId zone) {
    throw new UnsupportedOperationException();
  }
}
