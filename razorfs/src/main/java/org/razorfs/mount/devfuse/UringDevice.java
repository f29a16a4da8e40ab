package org.razorfs.mount.devfuse;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.mount.devfuse.wire.Reply;
import org.razorfs.mount.devfuse.wire.Request;

/**
 * The requests of one processor, which the kernel gives to an io_uring: each of its entries waits
 * for a request, and with the reply waits for the next, all in one call.
 *
 * <p>Threads that receive here run on that processor, so that neither the request nor the reply has
 * to wake another. The kernel brings an entry's next request by the thread that has sent its last
 * reply, whenever that is not in the midst of another system call: replies of others are left for
 * one that receives to send, and threads must not end before the mount.
 */
final class UringDevice implements Device, AutoCloseable {
  /** Requests under way at once; more wait in the kernel. */
  static final int ENTRIES = 64;

  // Commands of FUSE.
  private static final int REGISTER = 1;
  private static final int COMMIT_AND_FETCH = 2;

  private static final int WAKE = ENTRIES;

  // Error numbers of Linux with which an entry comes back when the mount has ended.
  private static final int ENOENT = 2;
  private static final int ENODEV = 19;
  private static final int EOPNOTSUPP = 95;
  private static final int ECONNABORTED = 103;
  private static final int ENOTCONN = 107;
  private static final int ECANCELED = 125;

  private final Syscalls system;
  private final FuseDevice device;
  private final int processor;

  /** Where who makes this may run. */
  private final byte[] anywhere;

  private final Uring ring;

  /** Of which others let the one know that waits at the ring. */
  private final Uring bell;

  private final UringEntry[] entries = new UringEntry[ENTRIES];
  private final ReentrantLock submitting = new ReentrantLock();
  private final ReentrantLock taking = new ReentrantLock();
  private final ReentrantLock ringing = new ReentrantLock();

  /** Entries whose replies are there, but not sent. */
  private final Queue<Integer> answered = new ConcurrentLinkedQueue<>();

  /** Somebody waits, or is about to, and has not been rung for. */
  private final AtomicBoolean waiting = new AtomicBoolean();

  /** Somebody waits, or is about to: what the bell has brought is for nobody else. */
  private volatile boolean awaited;

  /** Nobody is to wait any more. */
  private volatile boolean woken;

  private boolean registered;
  private volatile boolean refused;
  private int live = ENTRIES;

  /**
   * @param device whose requests these are, and to which notices still go
   */
  UringDevice(Syscalls system, FuseDevice device, int processor) throws IOException {
    this.system = system;
    this.device = device;
    this.processor = processor;
    this.anywhere = system.affinity();
    this.ring = new Uring(system, ENTRIES);
    try {
      this.bell = new Uring(system, 1);
    } catch (FsException e) {
      ring.close();
      throw e;
    }
    for (int i = 0; i < ENTRIES; i++) {
      entries[i] = new UringEntry(system);
    }
  }

  @Override
  public Port open() {
    return new RingPort();
  }

  @Override
  public void send(ByteBuffer notice) throws IOException {
    device.send(notice);
  }

  @Override
  public void wake() {
    woken = true;
    try {
      ringBell();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // there is no way on which it can fail
    }
  }

  @Override
  public void letRoam() {
    system.keepOn(anywhere);
  }

  private void ringBell() throws IOException {
    ringing.lock();
    try {
      bell.message(ring, WAKE);
      do {
        bell.enter(0);
      } while (bell.pending() > 0); // where memory is short it is not taken at once
      if (bell.hasCompletion()) {
        int result = bell.result();
        bell.taken();
        throw new FsException(Fault.IO_ERROR, "a message over io_uring failed, errno " + -result);
      }
    } finally {
      ringing.unlock();
    }
  }

  /**
   * Whether the kernel does not want it after all: its offer was withdrawn between INIT and the
   * reply to it. It then sends everything over the device.
   */
  boolean isRefused() {
    return refused;
  }

  /** Gives everything back; no thread may be here any more. */
  @Override
  public void close() {
    bell.close();
    ring.close();
    for (UringEntry entry : entries) {
      entry.free(system);
    }
  }

  private void register() {
    submitting.lock();
    try {
      for (int i = 0; i < ENTRIES; i++) {
        ring.command(device.descriptor(), REGISTER, entries[i].iovec(), 2, i, 0, processor);
      }
    } finally {
      submitting.unlock();
    }
  }

  private void commit(int index) {
    submitting.lock();
    try {
      ring.command(
          device.descriptor(), COMMIT_AND_FETCH, 0, 0, index, entries[index].commit(), processor);
    } finally {
      submitting.unlock();
    }
  }

  /** Takes a completion: the entry that has a request, or -1 if none has, or -2 at the end. */
  private int take() throws IOException {
    taking.lock();
    try {
      if (!registered) {
        registered = true;
        register();
      }
      if (!ring.hasCompletion()) {
        return -1;
      }
      int index = (int) ring.userData();
      if (index == WAKE && awaited) {
        return -1; // taken away, it would not keep from sleeping who has looked before it came
      }
      int result = ring.result();
      ring.taken();
      if (index == WAKE) {
        return -1;
      }
      if (result >= 0) {
        return index;
      }
      live--;
      switch (-result) {
        case EOPNOTSUPP -> {
          refused = true;
          return live == 0 ? -2 : -1;
        }
        // ENOENT: the request that was answered was ended before the entry was.
        case ENOENT, ENODEV, ECONNABORTED, ENOTCONN, ECANCELED -> {
          return live == 0 ? -2 : -1;
        }
        default ->
            throw new FsException(
                Fault.IO_ERROR, "/dev/fuse: a command over io_uring failed, errno " + -result);
      }
    } finally {
      taking.unlock();
    }
  }

  /** Sends what others have answered. */
  private void commitAnswered() {
    for (Integer index = answered.poll(); index != null; index = answered.poll()) {
      commit(index);
    }
  }

  /** The request of an entry that somebody else answers, where it lies. */
  private record Later(UringDevice ring, int index, Request request) implements Detached {
    @Override
    public Reply reply(Reply own) {
      return ring.entries[index].reply();
    }

    @Override
    public void send(ByteBuffer reply) throws IOException {
      ring.entries[index].answer(reply);
      ring.answered.add(index);
      if (ring.waiting.compareAndSet(true, false)) {
        ring.ringBell();
      }
    }

    @Override
    public void sendNotice(ByteBuffer notice) throws IOException {
      ring.send(notice);
    }
  }

  private final class RingPort implements Port {
    private boolean pinned;
    private int current = -1;
    private Request request;

    @Override
    public int receive() throws IOException {
      if (!pinned) {
        pinned = true;
        system.keepOn(processor);
      }
      commitAnswered();
      int index = take();
      if (index == -2) {
        return ENDED;
      }
      if (index < 0) {
        return NOTHING;
      }
      flush();
      current = index;
      request = entries[index].request();
      return entries[index].length();
    }

    @Override
    public Request request() {
      return request;
    }

    @Override
    public Reply reply() {
      return entries[current].reply();
    }

    @Override
    public Detached detach(int length) {
      return new Later(UringDevice.this, current, request);
    }

    @Override
    public void send(ByteBuffer reply) {
      entries[current].answer(reply);
      commit(current);
    }

    @Override
    public void sendNotice(ByteBuffer notice) throws IOException {
      UringDevice.this.send(notice);
    }

    @Override
    public void flush() throws IOException {
      if (ring.pending() > 0) {
        ring.enter(0);
      }
    }

    @Override
    public boolean await(int milliseconds) throws IOException {
      boolean waits = milliseconds < 0;
      if (waits) {
        awaited = true;
        waiting.set(true);
      }
      // Who answers after this looks finds that somebody waits.
      ring.enter(waits && !woken && answered.isEmpty() ? 1 : 0);
      if (waits) {
        waiting.set(false);
        awaited = false;
      }
      return ring.hasCompletion();
    }

    @Override
    public void close() {}
  }
}
