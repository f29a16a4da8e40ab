package org.razorfs.mount.jnrfuse;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import org.razorfs.mount.MountLog;
import org.razorfs.mount.Threads;

/** The threads that run libfuse's loop side by side. */
final class LoopThreads {
  private final ThreadFactory factory;
  private final MountLog log;

  LoopThreads(ThreadFactory factory, MountLog log) {
    this.factory = factory;
    this.log = log;
  }

  /**
   * Runs a loop in so many threads, or as many of them as there is memory for, and returns when all
   * have left it.
   *
   * @throws OutOfMemoryError when there is no memory for any
   */
  void run(int count, Runnable loop) {
    List<Thread> threads = new ArrayList<>(count);
    try {
      while (threads.size() < count) {
        Thread thread = factory.newThread(loop);
        thread.start();
        threads.add(thread);
      }
    } catch (OutOfMemoryError e) {
      if (threads.isEmpty()) {
        throw e;
      }
      log.problem("starting a thread for requests", e);
    } finally {
      threads.forEach(Threads::join); // what they use goes when this returns, or throws
    }
  }
}
