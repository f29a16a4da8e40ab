package org.razorfs.mount;

/** Waiting for threads, and for the last of them. */
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

  /**
   * Ends the JVM from a shutdown hook with another exit code than it was told to end with. Unnamed
   * threads are waited for: hooks of agents, which may be writing what they have gathered.
   */
  public static void haltAfterAgents(int exitCode) {
    for (Thread other : Thread.getAllStackTraces().keySet()) {
      if (other.getName().startsWith("Thread-") && !other.isDaemon()) {
        join(other);
      }
    }
    Runtime.getRuntime().halt(exitCode);
  }
}
