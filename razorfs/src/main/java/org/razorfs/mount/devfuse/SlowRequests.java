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
import org.razorfs.mount.devfuse.wire.Request;

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

  /**
   * Bytes of the largest request or reply: the data of an ioctl(2) command, and what tells of it.
   */
  static final int MOST_BYTES = (1 << 14) + 256;

  /** A request, and the port over which it came. */
  private record Handed(byte[] message, Device.Port port) {}

  private final Session session;
  private final MountLog log;
  private final Consumer<IOException> onBroken;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition added = lock.newCondition();
  private final Deque<Handed> line = new ArrayDeque<>();
  private final List<Thread> threads = new ArrayList<>();
  private int idle;
  private boolean ended;

  /**
   * @param onBroken is told when the kernel cannot be answered any more
   */
  SlowRequests(Session session, MountLog log, Consumer<IOException> onBroken) {
    this.session = session;
    this.log = log;
    this.onBroken = onBroken;
  }

  /**
   * Takes a request over.
   *
   * @param message all bytes of the request, {@link #MOST_BYTES} at most
   * @param port over which it came, to stay open until {@link #finish} has returned
   * @return false when there is no thread for it, nor can there be one
   */
  boolean add(byte[] message, Device.Port port) {
    lock.lock();
    try {
      if (line.size() >= idle && threads.size() < MOST) {
        start();
      }
      if (threads.isEmpty()) {
        return false;
      }
      line.addLast(new Handed(message, port));
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
      Reply reply = new Reply(ByteBuffer.allocateDirect(MOST_BYTES));
      for (Handed handed = take(); handed != null; handed = take()) {
        Request request = new Request(ByteBuffer.wrap(handed.message));
        if (request.received(handed.message.length)) {
          session.serve(request, reply, handed.port);
        } else {
          log.line("a message of " + handed.message.length + " bytes that is no request");
        }
      }
    } catch (IOException e) {
      onBroken.accept(e);
    } catch (Throwable problem) {
      log.problem("a thread for slow requests ended", problem);
      onBroken.accept(new FsException(Fault.IO_ERROR, "a thread for slow requests ended", problem));
    }
  }

  /** The next request in line; null when there will be none any more. */
  private Handed take() {
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
