package org.razorfs.journal;

import java.util.concurrent.CountDownLatch;
import org.razorfs.device.BlockDevice;
import org.razorfs.device.ForwardingDevice;

/** Passes everything on; tests override what is to block or to fail. */
class BlockingDevice extends ForwardingDevice {

  BlockingDevice(BlockDevice inner) {
    super(inner);
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
}
