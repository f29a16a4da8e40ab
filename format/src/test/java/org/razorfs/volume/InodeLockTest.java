package org.razorfs.volume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.locks.Lock;
import org.junit.jupiter.api.Test;

/** What threads wait for is counted, and nothing else. */
@SuppressWarnings("LockNotBeforeTry") // Nothing between lock and unlock can throw.
class InodeLockTest {
  private final LockWaits waits = new LockWaits();
  private final InodeLock lock = new InodeLock(waits);

  @Test
  void whoDoesNotWaitIsNotCounted() {
    lock.writeLock().lock();
    lock.writeLock().lock();
    lock.readLock().lock();
    lock.readLock().unlock();
    lock.writeLock().unlock();
    assertTrue(lock.isWriteLockedByCurrentThread());
    lock.writeLock().unlock();
    lock.readLock().lock();
    lock.readLock().unlock();
    assertFalse(lock.isWriteLocked());
    assertEquals(0, lock.getReadLockCount());
    assertEquals(0, waits.count());
  }

  @Test
  void writersAndReadersThatWaitAreCounted() throws InterruptedException {
    count(lock.writeLock(), lock.writeLock());
    count(lock.writeLock(), lock.readLock());
    count(lock.readLock(), lock.writeLock());
    assertEquals(3, waits.count());
    assertTrue(waits.nanos() > 0);
  }

  private void count(Lock held, Lock wanted) throws InterruptedException {
    held.lock();
    Thread other =
        new Thread(
            () -> {
              wanted.lock();
              wanted.unlock();
            });
    other.start();
    while (!lock.hasQueuedThread(other)) {
      Thread.onSpinWait();
    }
    held.unlock();
    other.join();
  }
}
