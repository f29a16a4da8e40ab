package org.razorfs.extent;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A decompressed chunk in a pooled buffer, counted: the cache holds it once, each reader once while
 * it copies, and the last to let go returns the buffer.
 */
final class ChunkBuffer {
  private final BufferPool pool;
  private final ByteBuffer data;
  private final int length;
  private final AtomicInteger holders = new AtomicInteger(1);

  /** Takes over {@code data}, whose first {@code length} bytes are the chunk. */
  ChunkBuffer(BufferPool pool, ByteBuffer data, int length) {
    this.pool = pool;
    this.data = data;
    this.length = length;
  }

  /** Holds it once more; false where it has been let go already. */
  boolean hold() {
    int count;
    do {
      count = holders.get();
      if (count == 0) {
        return false;
      }
    } while (!holders.compareAndSet(count, count + 1));
    return true;
  }

  void letGo() {
    if (holders.decrementAndGet() == 0) {
      pool.give(data);
    }
  }

  /** Copies {@code count} bytes from {@code from} on to {@code target}. */
  void copy(int from, int count, ByteBuffer target) {
    int at = target.position();
    target.put(at, data, from, count);
    target.position(at + count);
  }

  /** A view of {@code count} bytes from {@code from} on; only while it is held. */
  ByteBuffer slice(int from, int count) {
    return data.slice(from, count);
  }

  int capacity() {
    return data.capacity();
  }

  int length() {
    return length;
  }
}
