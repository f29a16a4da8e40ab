package org.razorfs.device;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A bounded pool of direct buffers for copying to and from heap buffers; without it the JDK would
 * keep hidden direct copies as large as the largest transfer for every thread.
 *
 * <p>A thread must not ask for a second buffer while it holds one, or threads could wait for each
 * other for ever.
 */
final class DirectBuffers {
  /** Bytes per buffer. */
  static final int BUFFER_SIZE = 256 * 1024;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition returned = lock.newCondition();
  private final ArrayDeque<ByteBuffer> idle = new ArrayDeque<>();
  private final int limit;
  private int existing;

  /** A pool that makes buffers as they are needed, at most {@code limit}. */
  DirectBuffers(int limit) {
    this.limit = limit;
  }

  /** A cleared buffer; waits, not interruptibly, when all are in use. */
  ByteBuffer take() {
    lock.lock();
    try {
      while (idle.isEmpty() && existing == limit) {
        returned.awaitUninterruptibly();
      }
      if (idle.isEmpty()) {
        ByteBuffer made = ByteBuffer.allocateDirect(BUFFER_SIZE); // may throw, so count it after
        existing++;
        return made;
      }
      return idle.pop().clear();
    } finally {
      lock.unlock();
    }
  }

  /** Gives back a buffer that came from {@link #take}. */
  void give(ByteBuffer buffer) {
    lock.lock();
    try {
      idle.push(buffer);
      returned.signal();
    } finally {
      lock.unlock();
    }
  }

  /** How many buffers have been made so far. */
  int existing() {
    lock.lock();
    try {
      return existing;
    } finally {
      lock.unlock();
    }
  }
}
