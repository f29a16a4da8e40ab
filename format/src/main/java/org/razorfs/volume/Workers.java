package org.razorfs.volume;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** The threads that compress and store data beside those that call; or none, and callers do it. */
final class Workers implements AutoCloseable {
  private final ThreadPoolExecutor pool;

  /** Work on one element. */
  interface Work<T> {
    void on(T element) throws IOException;
  }

  /** Work on one index. */
  interface IndexWork {
    void on(int index) throws IOException;
  }

  /**
   * @param threads how many, or 0 to do all work in the calling threads
   */
  Workers(int threads) {
    pool = threads == 0 ? null : started(threads, "worker");
  }

  /**
   * Daemon threads that are there from now on. Started when there is work, they would inherit from
   * whoever has some what is meant for that thread alone, such as the processor it is kept on.
   */
  static ThreadPoolExecutor started(int threads, String name) {
    AtomicInteger number = new AtomicInteger();
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            threads,
            threads,
            0,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> daemon(task, name + "-" + number.getAndIncrement()));
    pool.prestartAllCoreThreads();
    return pool;
  }

  /** A thread of the volume's own, which does not keep the program from ending. */
  static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, "razorfs-" + name);
    thread.setDaemon(true);
    return thread;
  }

  boolean isParallel() {
    return pool != null;
  }

  /** Runs a task some time. */
  void execute(Runnable task) throws RejectedExecutionException {
    pool.execute(task);
  }

  /** Does work on all elements; returns when all is done, and throws the first failure. */
  <T> void forEach(List<T> elements, Work<T> work) throws IOException {
    forEachIndex(elements.size(), i -> work.on(elements.get(i)));
  }

  /** Does work on all indices below {@code count}; the calling thread takes part. */
  void forEachIndex(int count, IndexWork work) throws IOException {
    if (pool == null || count < 2) {
      IOException failure = null;
      for (int i = 0; i < count; i++) {
        try {
          work.on(i);
        } catch (IOException e) {
          failure = failure == null ? e : failure;
        }
      }
      if (failure != null) {
        throw failure;
      }
      return;
    }
    AtomicInteger next = new AtomicInteger();
    AtomicReference<IOException> failure = new AtomicReference<>();
    CountDownLatch done = new CountDownLatch(count);
    Runnable loop =
        () -> {
          for (int i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
            try {
              work.on(i);
            } catch (IOException e) {
              failure.compareAndSet(null, e);
            } catch (RuntimeException | Error e) {
              failure.compareAndSet(null, new IOException("a worker failed: " + e, e));
            } finally {
              done.countDown();
            }
          }
        };
    try {
      for (int i = 1; i < Math.min(count, pool.getCorePoolSize() + 1); i++) {
        pool.execute(loop);
      }
    } catch (RejectedExecutionException e) {
      // Shut down. What has begun must be waited for, and the rest is done here.
    }
    loop.run();
    awaitAll(done);
    if (failure.get() != null) {
      throw failure.get();
    }
  }

  /** What is not done by now is being done by another thread, which does not wait for this one. */
  private static void awaitAll(CountDownLatch done) {
    boolean interrupted = false;
    while (true) {
      try {
        done.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    if (pool != null) {
      pool.shutdown();
      boolean interrupted = false;
      boolean ended = false;
      while (!ended) {
        try {
          ended = pool.awaitTermination(1, TimeUnit.MINUTES);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
