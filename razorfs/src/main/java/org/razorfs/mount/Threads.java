package org.razorfs.mount;

/** Waiting for threads. */
public final class Threads {
  private Threads() {}

  /** Waits for a thread's end; an interrupt meanwhile only shows afterwards. */
  public static void join(Thread thread) {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
