package org.razorfs.mount.devfuse;

/**
 * Notices when only one process asks, and what it asks for is over soon though it is slow: it would
 * only be kept up by a thread that is woken to lead meanwhile, which nobody needs.
 *
 * <p>An estimate, to which threads contribute without a lock.
 */
final class Solitude {
  /** Slow requests in a row that make it likely. */
  static final int ENOUGH = 8;

  /** Nanoseconds that others could be made to wait in vain. */
  static final long SOON = 500_000;

  private volatile int process;
  private volatile int inARow;

  /** Whether nobody else is likely to ask while a slow request is answered. */
  boolean isLikely() {
    return inARow >= ENOUGH;
  }

  /**
   * A request has come.
   *
   * @param by the process that asks; 0 where the kernel does so by itself
   */
  void asked(int by) {
    if (by != process && by != 0) {
      process = by;
      inARow = 0;
    }
  }

  /**
   * A slow request was answered.
   *
   * @param nanos how long it took
   */
  void answered(long nanos) {
    inARow = nanos > SOON ? 0 : Math.min(inARow + 1, ENOUGH);
  }
}
