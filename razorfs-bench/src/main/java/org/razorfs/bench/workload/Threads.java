package org.razorfs.bench.workload;

import java.io.IOException;
import java.util.List;
import org.razorfs.tools.CommandFailure;

/** Waiting for threads. */
final class Threads {
  private Threads() {}

  /** Waits for the end of all. */
  static void join(List<Thread> threads) throws IOException {
    try {
      for (Thread thread : threads) {
        thread.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailure(1, "interrupted", e);
    }
  }
}
