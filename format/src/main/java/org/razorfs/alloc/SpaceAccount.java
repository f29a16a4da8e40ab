package org.razorfs.alloc;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How many units are free, promised, pooled and pending. Counts only, and takes no locks: each
 * number is an atomic, and {@link #spendable} alone decides who gets the last unit.
 */
final class SpaceAccount {
  private final long holdBack;

  /** Units neither used nor pending; those in the node pool are among them. */
  private final AtomicLong free;

  /** Free units that are neither reserved nor pooled: at rest, free - reserved - pooled. */
  private final AtomicLong spendable;

  private final AtomicLong reserved = new AtomicLong();
  private final AtomicLong pooled = new AtomicLong();
  private final AtomicLong pending = new AtomicLong();

  SpaceAccount(long free, long holdBack) {
    this.holdBack = holdBack;
    this.free = new AtomicLong(free);
    this.spendable = new AtomicLong(free);
  }

  boolean reserve(long units, boolean urgent) {
    if (!take(units, urgent)) {
      return false;
    }
    reserved.addAndGet(units);
    return true;
  }

  /**
   * @throws IllegalStateException when less is reserved
   */
  void unreserve(long units) {
    reserved.updateAndGet(
        now -> {
          if (units < 0 || now < units) {
            throw new IllegalStateException(units + " units of " + now + " reserved given back");
          }
          return now - units;
        });
    spendable.addAndGet(units);
  }

  private boolean take(long units, boolean urgent) {
    if (units < 0) {
      throw new IllegalArgumentException(units + " units");
    }
    while (true) {
      long now = spendable.get();
      if (now - (urgent ? 0 : holdBack) < units) {
        return false;
      }
      if (spendable.compareAndSet(now, now - units)) {
        return true;
      }
    }
  }

  /** No allocation can be larger: it is inside somebody's reservation, or needs none. */
  long coverable() {
    return Math.max(reserved.get(), spendable.get() - holdBack);
  }

  /** Units found free were marked busy; the reservation that they are part of stays as it is. */
  void allocated(long units) {
    free.addAndGet(-units);
    spendable.addAndGet(-units);
  }

  /** Units allocated before are free again. */
  void freed(long units) {
    free.addAndGet(units);
    spendable.addAndGet(units);
  }

  /** Units in use were released and wait for their checkpoint. */
  void released(long units) {
    pending.addAndGet(units);
  }

  /** Released units are not pending any more; {@code freed} of them were indeed busy. */
  void published(long units, long freed) {
    pending.addAndGet(-units);
    freed(freed);
  }

  /** Takes units out of the free ones for the pool, if there are as many. */
  boolean takeForPool(long units, boolean urgent) {
    if (!take(units, urgent)) {
      return false;
    }
    pooled.addAndGet(units);
    return true;
  }

  void returnedFromPool(long units) {
    pooled.addAndGet(-units);
    spendable.addAndGet(units);
  }

  /** Units released before are free again, in the pool. */
  void recycled(long units) {
    pending.addAndGet(-units);
    free.addAndGet(units);
    pooled.addAndGet(units);
  }

  void allocatedFromPool(long units) {
    pooled.addAndGet(-units);
    free.addAndGet(-units);
  }

  long free() {
    return free.get();
  }

  long available(boolean urgent) {
    return Math.max(0, spendable.get() - (urgent ? 0 : holdBack));
  }

  long reserved() {
    return reserved.get();
  }

  long pooled() {
    return pooled.get();
  }

  long pending() {
    return pending.get();
  }
}
