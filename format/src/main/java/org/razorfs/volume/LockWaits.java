package org.razorfs.volume;

import java.util.concurrent.atomic.LongAdder;

/** How often, and how long, threads have waited for inodes' locks. */
final class LockWaits {
  private final LongAdder count = new LongAdder();
  private final LongAdder nanos = new LongAdder();

  void waited(long time) {
    count.increment();
    nanos.add(time);
  }

  long count() {
    return count.sum();
  }

  /** The sum over all threads. */
  long nanos() {
    return nanos.sum();
  }
}
