package org.razorfs.extent;

import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Direct buffers of power-of-two sizes from 4 KiB to 1 MiB, used again instead of being left to the
 * garbage collector. What is kept idle is bounded; what is lent is bounded by those who borrow.
 */
public final class BufferPool {
  private static final int MIN_SHIFT = 12;
  private static final int MAX_SHIFT = 20;

  private final ConcurrentLinkedQueue<ByteBuffer>[] idle;
  private final AtomicLong idleBytes = new AtomicLong();
  private final AtomicLong lentBytes = new AtomicLong();
  private final long maxIdle;

  /** A pool that keeps at most {@code maxIdle} bytes of buffers that nobody uses. */
  @SuppressWarnings({"unchecked", "rawtypes"})
  public BufferPool(long maxIdle) {
    this.maxIdle = maxIdle;
    idle = new ConcurrentLinkedQueue[MAX_SHIFT - MIN_SHIFT + 1];
    for (int i = 0; i < idle.length; i++) {
      idle[i] = new ConcurrentLinkedQueue<>();
    }
  }

  /** A cleared buffer with at least {@code size} bytes; its content is anything. */
  public ByteBuffer take(int size) {
    int shift = shift(size);
    ByteBuffer buffer = idle[shift - MIN_SHIFT].poll();
    if (buffer == null) {
      buffer = ByteBuffer.allocateDirect(1 << shift);
    } else {
      idleBytes.addAndGet(-buffer.capacity());
      buffer.clear();
    }
    lentBytes.addAndGet(buffer.capacity());
    return buffer;
  }

  /** Takes a buffer back, which the caller must not use again. */
  public void give(ByteBuffer buffer) {
    int capacity = buffer.capacity();
    lentBytes.addAndGet(-capacity);
    if (idleBytes.addAndGet(capacity) <= maxIdle) {
      idle[shift(capacity) - MIN_SHIFT].add(buffer);
    } else {
      idleBytes.addAndGet(-capacity);
    }
  }

  /** The capacity of the buffer that {@link #take} gives for {@code size} bytes. */
  public static int capacity(int size) {
    return 1 << shift(size);
  }

  /** The bytes of all buffers that are in use. */
  public long lentBytes() {
    return lentBytes.get();
  }

  private static int shift(int size) {
    if (size > 1 << MAX_SHIFT) {
      throw new IllegalArgumentException("a buffer of " + size + " bytes");
    }
    return Math.max(MIN_SHIFT, 32 - Integer.numberOfLeadingZeros(size - 1));
  }
}
