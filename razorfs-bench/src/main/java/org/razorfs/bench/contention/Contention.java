package org.razorfs.bench.contention;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.HdrHistogram.Histogram;
import org.razorfs.bench.input.RandomBytes;
import org.razorfs.layout.FileType;
import org.razorfs.tools.CommandFailure;
import org.razorfs.volume.Owner;
import org.razorfs.volume.Volume;

/**
 * Readers of one file beside writers that fsync others, on an open volume: with the engine's own
 * locks, and with one lock around every call. That one is fair, as without fairness the readers
 * would hardly ever get it.
 */
public final class Contention {
  private static final int BLOCK = 4096;
  private static final int DIGITS = 3;

  private final Volume volume;
  private final int readers;
  private final int writers;
  private final double seconds;
  private final int fileBytes;

  /**
   * @param volume an open one; files are added to its root
   * @param seconds how long each of the two is measured
   * @param fileBytes the size of the file that is read, and of those that are written over and over
   */
  public Contention(Volume volume, int readers, int writers, double seconds, int fileBytes) {
    this.volume = volume;
    this.readers = readers;
    this.writers = writers;
    this.seconds = seconds;
    this.fileBytes = fileBytes;
  }

  /** Makes the files; called once, before anything is measured. */
  public void prepare() throws IOException {
    byte[] bytes = new byte[fileBytes];
    RandomBytes.fill(new SplittableRandom(1), bytes);
    volume.write(create("read"), 0, ByteBuffer.wrap(bytes));
    for (int i = 0; i < writers; i++) {
      create("written-" + i);
    }
    volume.checkpoint();
  }

  private long create(String name) throws IOException {
    return volume.create(Volume.ROOT, bytes(name), FileType.REGULAR | 0644, Owner.ROOT, 0).inode();
  }

  private long find(String name) throws IOException {
    return volume.lookup(Volume.ROOT, bytes(name)).inode();
  }

  private static byte[] bytes(String name) {
    return name.getBytes(StandardCharsets.UTF_8);
  }

  /** With the engine's own locks. */
  public Outcome free() throws IOException {
    return new Round(null).run();
  }

  /** With one lock around every call. */
  public Outcome locked() throws IOException {
    return new Round(new ReentrantLock(true)).run();
  }

  /**
   * What one round came to.
   *
   * @param readsPerSecond of all readers
   * @param fsyncsPerSecond of all writers
   * @param reads how long each read took, in nanoseconds
   */
  public record Outcome(double readsPerSecond, double fsyncsPerSecond, Histogram reads) {}

  /** Something that a thread does over and over. */
  @FunctionalInterface
  private interface Step {
    void run() throws IOException;
  }

  private final class Round {
    private final Lock lock;
    private final AtomicBoolean stop = new AtomicBoolean();
    private final AtomicReference<IOException> problem = new AtomicReference<>();
    private final Histogram reads = new Histogram(DIGITS);
    private final Histogram fsyncs = new Histogram(DIGITS);

    /**
     * @param lock around every call, or null
     */
    private Round(Lock lock) {
      this.lock = lock;
    }

    private Outcome run() throws IOException {
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < readers; i++) {
        threads.add(thread("read " + i, reader(i), reads));
      }
      for (int i = 0; i < writers; i++) {
        threads.add(thread("write " + i, writer(i), fsyncs));
      }
      long start = System.nanoTime();
      threads.forEach(Thread::start);
      try {
        Thread.sleep((long) (seconds * 1000));
        stop.set(true);
        for (Thread thread : threads) {
          thread.join();
        }
      } catch (InterruptedException e) {
        stop.set(true);
        Thread.currentThread().interrupt();
        throw new CommandFailure(1, "interrupted", e);
      }
      double took = (System.nanoTime() - start) / 1e9;
      if (problem.get() != null) {
        throw problem.get();
      }
      return new Outcome(reads.getTotalCount() / took, fsyncs.getTotalCount() / took, reads);
    }

    private Step reader(int number) throws IOException {
      long inode = find("read");
      ByteBuffer buffer = ByteBuffer.allocateDirect(BLOCK);
      SplittableRandom random = new SplittableRandom(number);
      return () -> {
        long at = (long) random.nextInt(fileBytes / BLOCK) * BLOCK;
        if (volume.read(inode, at, buffer.clear()) != BLOCK) {
          throw new IOException("a read came back short");
        }
      };
    }

    private Step writer(int number) throws IOException {
      long inode = find("written-" + number);
      byte[] bytes = new byte[BLOCK];
      RandomBytes.fill(new SplittableRandom(number), bytes);
      ByteBuffer buffer = ByteBuffer.allocateDirect(BLOCK).put(bytes);
      long[] at = new long[1];
      return () -> {
        volume.write(inode, at[0] % fileBytes, buffer.rewind());
        volume.fsync(inode, true);
        at[0] += BLOCK;
      };
    }

    private Thread thread(String name, Step step, Histogram into) {
      return new Thread(() -> repeat(step, into), name);
    }

    private void repeat(Step step, Histogram into) {
      Histogram own = new Histogram(DIGITS);
      try {
        do {
          long start = System.nanoTime();
          guarded(step);
          own.recordValue(System.nanoTime() - start);
        } while (!stop.get());
      } catch (IOException e) {
        problem.compareAndSet(null, e);
        stop.set(true);
      }
      synchronized (into) {
        into.add(own);
      }
    }

    private void guarded(Step step) throws IOException {
      if (lock == null) {
        step.run();
        return;
      }
      lock.lock();
      try {
        step.run();
      } finally {
        lock.unlock();
      }
    }
  }
}
