package org.razorfs.volume;

import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * An inode's lock, which measures how long threads wait for it; unless they do, that costs little.
 */
final class InodeLock extends ReentrantReadWriteLock {
  private static final long serialVersionUID = 1L;

  private final transient ReadLock reading;
  private final transient WriteLock writing;

  InodeLock(LockWaits waits) {
    reading = new TimedReadLock(this, waits);
    writing = new TimedWriteLock(this, waits);
  }

  @Override
  public ReadLock readLock() {
    return reading;
  }

  @Override
  public WriteLock writeLock() {
    return writing;
  }

  private static final class TimedReadLock extends ReadLock {
    private static final long serialVersionUID = 1L;

    private final transient InodeLock lock;
    private final transient LockWaits waits;

    TimedReadLock(InodeLock lock, LockWaits waits) {
      super(lock);
      this.lock = lock;
      this.waits = waits;
    }

    @Override
    public void lock() {
      if (lock.isWriteLockedByCurrentThread()
          || (!lock.isWriteLocked() && !lock.hasQueuedThreads())) {
        super.lock();
        return;
      }
      long start = System.nanoTime();
      super.lock();
      waits.waited(System.nanoTime() - start);
    }
  }

  private static final class TimedWriteLock extends WriteLock {
    private static final long serialVersionUID = 1L;

    private final transient InodeLock lock;
    private final transient LockWaits waits;

    TimedWriteLock(InodeLock lock, LockWaits waits) {
      super(lock);
      this.lock = lock;
      this.waits = waits;
    }

    @Override
    public void lock() {
      if (isHeldByCurrentThread()
          || (!lock.isWriteLocked() && lock.getReadLockCount() == 0 && !lock.hasQueuedThreads())) {
        super.lock();
        return;
      }
      long start = System.nanoTime();
      super.lock();
      waits.waited(System.nanoTime() - start);
    }
  }
}
