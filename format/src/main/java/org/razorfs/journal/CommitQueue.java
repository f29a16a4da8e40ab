package org.razorfs.journal;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/**
 * Lets one thread at a time use the device for all that wait (group commit): the first to come
 * leads, the others follow, and a follower whose goal the leader did not reach leads next.
 */
final class CommitQueue {
  /** What a thread waits for. */
  enum Goal {
    /** Everything before an lsn was given to the device. */
    WRITTEN,
    /** Everything before an lsn is on stable storage. */
    DURABLE,
    /** The device is no longer used. */
    CLOSED
  }

  private enum State {
    WAITING,
    SETTLED,
    LEADS
  }

  /** One waiting thread. */
  static final class Waiter {
    final Goal goal;
    final long lsn;
    private final Thread thread = Thread.currentThread();
    private volatile State state = State.WAITING;

    Waiter(Goal goal, long lsn) {
      this.goal = goal;
      this.lsn = lsn;
    }

    private void become(State newState) {
      state = newState;
      LockSupport.unpark(thread);
    }
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final ArrayDeque<Waiter> waiting = new ArrayDeque<>();
  private final Predicate<Waiter> settled;
  private boolean led;

  /**
   * A queue without a leader.
   *
   * @param settled whether a waiter has nothing to wait for any more: its goal is reached, or never
   *     will be
   */
  CommitQueue(Predicate<Waiter> settled) {
    this.settled = settled;
  }

  /**
   * Waits until the goal is settled or nobody leads.
   *
   * @return whether the caller leads now; it must call {@link #leave} then
   */
  boolean enter(Goal goal, long lsn) {
    Waiter waiter = new Waiter(goal, lsn);
    lock.lock();
    try {
      if (settled.test(waiter)) {
        return false;
      }
      if (!led) {
        led = true;
        return true;
      }
      waiting.add(waiter);
    } finally {
      lock.unlock();
    }
    boolean interrupted = false;
    while (waiter.state == State.WAITING) {
      LockSupport.park(this);
      interrupted |= Thread.interrupted(); // with the flag set, park would not wait
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return waiter.state == State.LEADS;
  }

  /** Leads if nobody does, without waiting; the caller must call {@link #leave} where it does. */
  boolean tryEnter() {
    lock.lock();
    try {
      boolean free = !led;
      led = true;
      return free;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Ends the caller's lead: the next leader is woken first, so that the device does not idle.
   *
   * @return how many threads had waited for {@link Goal#DURABLE} and return now
   */
  int leave() {
    lock.lock();
    try {
      List<Waiter> done = takeSettled();
      Waiter next = waiting.poll();
      led = next != null;
      if (led) {
        next.become(State.LEADS);
      }
      return wake(done);
    } finally {
      lock.unlock();
    }
  }

  /** Wakes those whose goal was reached without a leader. */
  void recheck() {
    lock.lock();
    try {
      wake(takeSettled());
    } finally {
      lock.unlock();
    }
  }

  private List<Waiter> takeSettled() {
    List<Waiter> done = new ArrayList<>();
    for (Iterator<Waiter> all = waiting.iterator(); all.hasNext(); ) {
      Waiter waiter = all.next();
      if (settled.test(waiter)) {
        all.remove();
        done.add(waiter);
      }
    }
    return done;
  }

  private static int wake(List<Waiter> done) {
    int durable = 0;
    for (Waiter waiter : done) {
      durable += waiter.goal == Goal.DURABLE ? 1 : 0;
      waiter.become(State.SETTLED);
    }
    return durable;
  }
}
