package org.razorfs.volume;

import java.time.Clock;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** A clock whose time is up to a test. */
abstract class TestClock extends Clock {
  @Override
  public ZoneId getZone() {
    return ZoneOffset.UTC;
  }

  @Override
  public Clock withZone(ZoneId zone) {
    return this;
  }
}
