package org.razorfs.scale;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import org.razorfs.device.BlockDevice;
import org.razorfs.device.ForwardingDevice;

/**
 * A device that a test holds up: its writes wait for bytes to be let through, or one of its flushes
 * waits to be released. Reads always pass.
 */
final class GateDevice extends ForwardingDevice {
  /** A flush that is being held. */
  static final class HeldFlush {
    private final CountDownLatch arrived = new CountDownLatch(1);
    private final CountDownLatch released = new CountDownLatch(1);
    private int before;

    private HeldFlush(int before) {
      this.before = before;
    }

    /** Returns when somebody waits in the flush. */
    void awaitArrival() throws InterruptedException {
      arrived.await();
    }

    /** Lets the flush end. */
    void release() {
      released.countDown();
    }
  }

  /** Called in the thread that writes, before the write is let through. */
  interface WriteListener {
    void writing(int bytes);
  }

  private static final int KIB = 1024;

  private final Semaphore kibibytes = new Semaphore(0, true);
  private final AtomicReference<HeldFlush> held = new AtomicReference<>();
  private volatile HeldFlush last;
  private volatile boolean slow;
  private volatile WriteListener listener = bytes -> {};

  GateDevice(BlockDevice inner) {
    super(inner);
  }

  /** From now on writes wait for {@link #let}. */
  void slow(WriteListener newListener) {
    listener = newListener;
    slow = true;
  }

  /** Lets so much through. */
  void let(int kib) {
    kibibytes.release(kib);
  }

  /** From now on nothing waits. */
  void open() {
    slow = false;
    kibibytes.release(Integer.MAX_VALUE / 2);
  }

  /** Whether something waits to be let through. */
  boolean isWaitedFor() {
    return kibibytes.hasQueuedThreads();
  }

  /** Holds one flush. {@code before} flushes pass before it, and all after it. */
  HeldFlush holdFlush(int before) {
    HeldFlush flush = new HeldFlush(before);
    held.set(flush);
    last = flush;
    return flush;
  }

  /** Releases the flush that was to be held last, whatever became of it. */
  void releaseFlush() {
    if (last != null) {
      last.release();
    }
  }

  private static void await(CountDownLatch latch) {
    boolean interrupted = false;
    while (latch.getCount() > 0) {
      try {
        latch.await();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void write(long position, ByteBuffer source) throws IOException {
    if (slow) {
      listener.writing(source.remaining());
      kibibytes.acquireUninterruptibly((source.remaining() + KIB - 1) / KIB);
    }
    inner.write(position, source);
  }

  @Override
  public void flush() throws IOException {
    HeldFlush flush = held.get();
    if (flush != null) {
      boolean mine;
      synchronized (flush) {
        mine = flush.before-- == 0;
      }
      if (mine) {
        held.set(null);
        flush.arrived.countDown();
        await(flush.released);
      }
    }
    inner.flush();
  }
}
