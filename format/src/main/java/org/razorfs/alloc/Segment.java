package org.razorfs.alloc;

import java.util.concurrent.locks.ReentrantLock;

/**
 * One segment as the allocator knows it: its lock, its bitmap while that is in memory, and how many
 * units keep it there because they differ, or are about to, from the last checkpoint. Everything
 * but {@link #discarding} and {@link #recent} is guarded by the lock.
 */
final class Segment {
  private final long index;
  private final ReentrantLock lock = new ReentrantLock();
  private SegmentBitmap bitmap;
  private PieceList held;
  private long pins;

  /** Whether the table counts this among the pinned ones. */
  boolean countedAsPinned;

  /** Whether the table has dropped this: who waited for the lock must look it up again. */
  boolean dropped;

  /** Whether the clock should pass this over once. */
  volatile boolean recent;

  /** Whether the lock is held for as long as the host takes to punch holes. */
  volatile boolean discarding;

  Segment(long index) {
    this.index = index;
  }

  long index() {
    return index;
  }

  void lock() {
    lock.lock();
  }

  boolean tryLock() {
    return lock.tryLock();
  }

  void unlock() {
    lock.unlock();
  }

  /** The bitmap, or null while it is not in memory. */
  SegmentBitmap bitmap() {
    return bitmap;
  }

  /** Makes busy in a bitmap what {@link #hold} remembered. */
  void holdIn(SegmentBitmap loaded) {
    if (held != null) {
      for (int i = 0; i < held.size(); i++) {
        loaded.set(held.from(i), held.count(i));
      }
    }
  }

  /** Takes a bitmap in which all that is held is busy. */
  void install(SegmentBitmap loaded) {
    held = null;
    bitmap = loaded;
  }

  /** Forgets the bitmap, which must not be pinned. */
  void evict() {
    bitmap = null;
  }

  /** Remembers, while there is no bitmap, that units stay busy although they were released. */
  void hold(int from, int count) {
    if (held == null) {
      held = new PieceList();
    }
    held.add(from, count);
  }

  void pin(int units) {
    pins += units;
  }

  /**
   * @throws IllegalStateException when fewer units are pinned: something was published, or given
   *     back, that was never taken
   */
  void unpin(long units) {
    if (pins < units) {
      throw new IllegalStateException(
          "segment " + index + ": " + units + " units given back, only " + pins + " are pinned");
    }
    pins -= units;
  }

  boolean isPinned() {
    return pins > 0;
  }
}
