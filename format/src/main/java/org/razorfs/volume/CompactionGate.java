package org.razorfs.volume;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Keeps compaction out of the way of operations that find no space: each step of compaction holds
 * the gate, and who is short of space closes it, tries again, and meets no reservation of a step.
 */
final class CompactionGate {
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private final AtomicLong steps = new AtomicLong();

  /** Begins a step; false where somebody is short of space. */
  boolean tryBegin() {
    if (!lock.writeLock().tryLock()) {
      return false;
    }
    steps.incrementAndGet();
    return true;
  }

  /** Ends a step. */
  void end() {
    lock.writeLock().unlock();
  }

  /** The steps begun so far. */
  long steps() {
    return steps.get();
  }

  /** Whether a step is under way. */
  boolean isBusy() {
    return lock.isWriteLocked();
  }

  /** Whether somebody waits for the step under way. */
  boolean hasWaiters() {
    return lock.hasQueuedThreads();
  }

  /** Waits for the step under way, and allows no other before {@link #open}; without locks. */
  void close() {
    lock.readLock().lock();
  }

  /** Takes back one {@link #close}. */
  void open() {
    lock.readLock().unlock();
  }
}
