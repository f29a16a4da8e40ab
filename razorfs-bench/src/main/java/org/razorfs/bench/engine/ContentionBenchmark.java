package org.razorfs.bench.engine;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Group;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.razorfs.volume.VolumeOptions;

/**
 * A reader of one file beside an endless writer that fsyncs another; then the same with one lock
 * around the volume, taken in the order of asking. No more threads than two cores can run: a writer
 * that waits for a core is no endless one.
 */
@State(Scope.Group)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(value = 1, jvmArgsAppend = "-Xmx1g")
@Warmup(iterations = 1, time = 2)
@Measurement(iterations = 3, time = 2)
public class ContentionBenchmark {
  private static final int BLOCK = 4096;
  private static final int SIZE = 16 << 20;

  private final TicketLock lock = new TicketLock();
  private Image image;
  private long read;
  private long written;
  private byte[] text;

  /**
   * A lock that goes to whoever has asked first. A parking one does not quite, even a fair one:
   * while a thread is in the middle of waking another, those that run can have it many times.
   */
  private static final class TicketLock {
    private final AtomicLong next = new AtomicLong();
    private final AtomicLong serving = new AtomicLong();

    void lock() {
      long ticket = next.getAndIncrement();
      while (serving.get() != ticket) {
        Thread.onSpinWait();
      }
    }

    void unlock() {
      serving.incrementAndGet();
    }
  }

  /** What a thread has of its own. */
  @State(Scope.Thread)
  public static class Own {
    final ByteBuffer buffer = ByteBuffer.allocateDirect(BLOCK);
    final SplittableRandom random = new SplittableRandom(1);
    long at;
  }

  /** Makes both files. */
  @Setup
  public void fill() throws IOException {
    text = Text.of(SIZE);
    image = Image.create(VolumeOptions.defaults());
    read = image.file("read");
    written = image.file("written");
    image.volume().write(read, 0, ByteBuffer.wrap(text));
    image.volume().checkpoint();
  }

  /** Deletes the image. */
  @TearDown
  public void close() throws IOException {
    image.close();
  }

  private int readSome(Own own) throws IOException {
    long at = (long) own.random.nextInt(SIZE / BLOCK) * BLOCK;
    return image.volume().read(read, at, own.buffer.clear());
  }

  private void append(Own own) throws IOException {
    own.buffer.clear().put(text, (int) (own.at % SIZE), BLOCK).flip();
    image.volume().write(written, own.at % SIZE, own.buffer);
    image.volume().fsync(written, true);
    own.at += BLOCK;
  }

  /** A read beside the writer. */
  @Benchmark
  @Group("free")
  public int freeRead(Own own) throws IOException {
    return readSome(own);
  }

  /** A write and its fsync. */
  @Benchmark
  @Group("free")
  public void freeWrite(Own own) throws IOException {
    append(own);
  }

  /** A read under the lock. */
  @Benchmark
  @Group("locked")
  public int lockedRead(Own own) throws IOException {
    lock.lock();
    try {
      return readSome(own);
    } finally {
      lock.unlock();
    }
  }

  /** A write and its fsync under the lock. */
  @Benchmark
  @Group("locked")
  public void lockedWrite(Own own) throws IOException {
    lock.lock();
    try {
      append(own);
    } finally {
      lock.unlock();
    }
  }
}
