package org.razorfs.mount.devfuse;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.mount.MountLog;
import org.razorfs.mount.Threads;
import org.razorfs.mount.devfuse.wire.Reply;

/**
 * Answers the slow requests that would keep too many workers, fsync above all, so that however many
 * clients wait for the disk, there are workers for all others.
 *
 * <p>Such a request carries next to no data: its thread has a small buffer and costs little. When
 * all threads are busy a request waits in line, behind none but slow ones.
 */
final class SlowRequests {
  /** So many can be in progress here. */
  static final int MOST = 64;

  private final Device device;
  private final Session session;
  private final MountLog log;
  private final Consumer<IOException> onBroken;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition added = lock.newCondition();
  private final Deque<Device.Detached> line = new ArrayDeque<>();
  private final List<Thread> threads = new ArrayList<>();
  private int idle;
  private boolean ended;

  /**
   * @param onBroken is told when the kernel cannot be answered any more
   */
  SlowRequests(Device device, Session session, MountLog log, Consumer<IOException> onBroken) {
    this.device = device;
    this.session = session;
    this.log = log;
    this.onBroken = onBroken;
  }

  /**
   * Takes a request over.
   *
   * @param request whose port is there until {@link #finish} has returned
   * @return false when there is no thread for it, nor can there be one
   */
  boolean add(Device.Detached request) {
    lock.lock();
    try {
      if (line.size() >= idle && threads.size() < MOST) {
        start();
      }
      if (threads.isEmpty()) {
        return false;
      }
      line.addLast(request);
      added.signal();
      return true;
    } finally {
      lock.unlock();
    }
  }

  private void start() {
    Thread thread = new Thread(this::serve, "fuse-slow-" + threads.size());
    try {
      thread.start();
      threads.add(thread);
    } catch (OutOfMemoryError e) {
      log.problem("starting a thread for slow requests", e); // the host's limit of threads
    }
  }

  private void serve() {
    try {
      device.letRoam();
      Reply own = new Reply(ByteBuffer.allocateDirect(CopiedRequest.MOST_BYTES));
      for (Device.Detached next = take(); next != null; next = take()) {
        session.serve(next.request(), next.reply(own), next);
      }
    } catch (IOException e) {
      onBroken.accept(e);
    } catch (Throwable problem) {
      log.problem("a thread for slow requests ended", problem);
      onBroken.accept(new FsException(Fault.IO_ERROR, "a thread for slow requests ended", problem));
    }
  }

  /** The next request in line; null when there will be none any more. */
  private Device.Detached take() {
    lock.lock();
    try {
      idle++;
      while (line.isEmpty() && !ended) {
        added.awaitUninterruptibly();
      }
      idle--;
      return line.pollFirst();
    } finally {
      lock.unlock();
    }
  }

  /** Waits until all are answered; no more may be added. */
  void finish() {
    lock.lock();
    try {
      ended = true;
      added.signalAll();
    } finally {
      lock.unlock();
    }
    threads.forEach(Threads::join);
  }
}
