package org.razorfs.volume;

import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.razorfs.layout.InodeRecord;

/**
 * An inode in memory: its lock, its record, and for a file the data that waits to be stored. There
 * may be millions, most of which are only looked at, so the lock is made when it is first used.
 */
final class InodeHandle implements Comparable<InodeHandle> {
  private static final int EVICTED = -1;
  private static final AtomicIntegerFieldUpdater<InodeHandle> PINS =
      AtomicIntegerFieldUpdater.newUpdater(InodeHandle.class, "pins");
  private static final AtomicReferenceFieldUpdater<InodeHandle, InodeLock> LOCK =
      AtomicReferenceFieldUpdater.newUpdater(InodeHandle.class, InodeLock.class, "lock");

  private final long number;
  private final LockWaits waits;
  private volatile InodeLock lock;
  private volatile int pins = 1;
  private final AtomicLong references = new AtomicLong();

  /** The record as the journal has it; null once the inode is gone. Written under the lock. */
  private volatile InodeRecord record;

  /** Set on use, cleared by the evicting hand. */
  private volatile boolean recent = true;

  private volatile FileData data;

  /** A handle that is pinned once. */
  InodeHandle(long number, InodeRecord record, LockWaits waits) {
    this.waits = waits;
    this.number = number;
    this.record = record;
  }

  long number() {
    return number;
  }

  InodeLock lock() {
    InodeLock made = lock;
    if (made == null) {
      LOCK.compareAndSet(this, null, new InodeLock(waits));
      made = lock;
    }
    return made;
  }

  InodeRecord record() {
    return record;
  }

  /** Replaces the record; under the write lock. */
  void record(InodeRecord value) {
    record = value;
    FileData waiting = data;
    if (value != null
        && waiting != null
        && waiting.isPending()
        && waiting.ctime().isBefore(value.ctime())) {
      waiting.touched(waiting.mtime(), value.ctime());
    }
  }

  /** What waits to be stored, or null where nothing ever did. */
  FileData data() {
    return data;
  }

  void data(FileData value) {
    data = value;
  }

  /** Open files and kernel look-ups that keep the inode alive without a name. */
  AtomicLong references() {
    return references;
  }

  boolean recent() {
    return recent;
  }

  void recent(boolean value) {
    if (recent != value) {
      recent = value;
    }
  }

  /** Keeps the handle in memory; false where it is on its way out. */
  boolean pin() {
    int count;
    do {
      count = pins;
      if (count == EVICTED) {
        return false;
      }
    } while (!PINS.compareAndSet(this, count, count + 1));
    recent(true);
    return true;
  }

  void unpin() {
    PINS.decrementAndGet(this);
  }

  /** Takes the handle out of use if nobody uses it. */
  boolean evict() {
    return PINS.compareAndSet(this, 0, EVICTED);
  }

  @Override
  public int compareTo(InodeHandle other) {
    return Long.compare(number, other.number);
  }
}
