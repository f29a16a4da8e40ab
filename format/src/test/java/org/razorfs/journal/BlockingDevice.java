package org.razorfs.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;
import org.razorfs.device.BlockDevice;

/** Passes everything on; tests override what is to block or to fail. */
class BlockingDevice implements BlockDevice {
  private final BlockDevice inner;

  BlockingDevice(BlockDevice inner) {
    this.inner = inner;
  }

  static void await(CountDownLatch latch) {
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

  /** Returns when the thread waits for something. */
  static void awaitParked(Thread thread) {
    while (thread.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
  }

  @Override
  public String name() {
    return inner.name();
  }

  @Override
  public long size() {
    return inner.size();
  }

  @Override
  public boolean readOnly() {
    return inner.readOnly();
  }

  @Override
  public void read(long position, ByteBuffer target) throws IOException {
    inner.read(position, target);
  }

  @Override
  public void write(long position, ByteBuffer source) throws IOException {
    inner.write(position, source);
  }

  @Override
  public void flush() throws IOException {
    inner.flush();
  }

  @Override
  public void close() throws IOException {
    inner.close();
  }
}
