package org.razorfs.mount.devfuse;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.razorfs.mount.devfuse.wire.Reply;
import org.razorfs.mount.devfuse.wire.Request;

/** Test support: a kernel that sends what it is given, and keeps the replies. */
final class FakeDevice implements Device {
  private static final int BUFFER = 1 << 16;
  private static final long PATIENCE_MILLIS = 60_000;

  private final Deque<byte[]> pending = new ArrayDeque<>();
  private final Map<Long, Integer> errors = new HashMap<>();
  private final Map<Long, Port> taken = new HashMap<>();
  private final Set<Port> closedPorts = new HashSet<>();
  private final Set<Long> held = new HashSet<>();
  private final Set<Long> waiting = new HashSet<>();
  private final Map<Long, Throwable> broken = new HashMap<>();
  private String problem = "";
  private boolean woken;
  private int asleep;
  private int waitsBesideLeader;
  private int opened;
  private int refused;
  private int closed;
  private int mostPorts = Integer.MAX_VALUE;
  private int mostPortsInMemory = Integer.MAX_VALUE;
  private boolean ended;
  private IOException failure;

  /** Queues a request. */
  synchronized void request(byte[] bytes) {
    pending.add(bytes);
    notifyAll();
  }

  /** The reply to this request will be long in being sent. */
  synchronized void hold(long unique) {
    held.add(unique);
  }

  /** The thread that sends the reply to this request will fail instead. */
  synchronized void breakReply(long unique, Throwable with) {
    broken.put(unique, with);
  }

  /** Lets go of all replies. */
  synchronized void releaseAll() {
    held.clear();
    notifyAll();
  }

  /** Lets no more than so many ports be opened, for want of descriptors. */
  synchronized void limitPorts(int most) {
    mostPorts = most;
  }

  /** Lets no more than so many ports be opened, for want of memory. */
  synchronized void limitMemory(int mostPorts) {
    mostPortsInMemory = mostPorts;
  }

  /** Says that the mount has ended. */
  synchronized void end() {
    ended = true;
    notifyAll();
  }

  /** Fails from now on. */
  synchronized void fail(IOException with) {
    failure = with;
    notifyAll();
  }

  /** Waits for the reply to a request, and returns its error number. */
  synchronized int awaitReply(long unique) throws InterruptedException {
    await(() -> errors.containsKey(unique), "no reply to " + unique);
    return errors.get(unique);
  }

  /** Waits until so many replies are being held. */
  synchronized void awaitHeld(int count) throws InterruptedException {
    await(() -> waiting.size() >= count, "not " + count + " replies held");
  }

  /** Waits until a thread waits for a request for however long it takes. */
  synchronized void awaitSleeper() throws InterruptedException {
    await(() -> asleep > 0, "nobody waits for requests");
  }

  /** How often a thread has waited for a limited time, as those do that help. */
  synchronized int waitsBesideLeader() {
    return waitsBesideLeader;
  }

  private interface Condition {
    boolean holds();
  }

  private void await(Condition condition, String otherwise) throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE_MILLIS * 1_000_000;
    while (!condition.holds()) {
      long left = (deadline - System.nanoTime()) / 1_000_000;
      if (left <= 0) {
        throw new AssertionError(otherwise);
      }
      wait(left);
    }
  }

  /** How many replies there were. */
  synchronized int replies() {
    return errors.size();
  }

  /** What was wrong with replies, or empty. */
  synchronized String problem() {
    return problem;
  }

  synchronized int opened() {
    return opened;
  }

  /** How many ports could not be opened for want of descriptors. */
  synchronized int refused() {
    return refused;
  }

  synchronized int closed() {
    return closed;
  }

  @Override
  public synchronized Port open() throws IOException {
    if (opened == mostPorts) {
      refused++;
      throw new IOException("too many open files");
    }
    if (opened == mostPortsInMemory) {
      throw new OutOfMemoryError("no memory for a port");
    }
    opened++;
    return new FakePort();
  }

  @Override
  public void send(ByteBuffer notice) {
    throw new AssertionError("a notice through no port");
  }

  @Override
  public synchronized void wake() {
    woken = true;
    notifyAll();
  }

  private final class FakePort implements Port {
    private final ByteBuffer requests = ByteBuffer.allocateDirect(BUFFER);
    private final Request request = new Request(requests);
    private final Reply reply = new Reply(ByteBuffer.allocateDirect(BUFFER));
    private boolean valid;

    @Override
    public Request request() {
      return valid ? request : null;
    }

    @Override
    public Reply reply() {
      return reply;
    }

    @Override
    public Detached detach(int length) {
      return CopiedRequest.of(request, length, this);
    }

    @Override
    public void flush() {}

    @Override
    public void sendNotice(ByteBuffer notice) {}

    @Override
    public int receive() throws IOException {
      synchronized (FakeDevice.this) {
        if (failure != null) {
          throw failure;
        }
        if (ended) {
          return ENDED;
        }
        byte[] next = pending.poll();
        if (next == null) {
          return NOTHING;
        }
        requests.clear().put(next);
        valid = request.received(next.length);
        if (next.length >= Request.HEADER) {
          taken.put(requests.order(ByteOrder.nativeOrder()).getLong(8), this);
        }
        return next.length;
      }
    }

    @Override
    public boolean await(int milliseconds) {
      synchronized (FakeDevice.this) {
        try {
          if (milliseconds < 0) {
            asleep++;
            FakeDevice.this.notifyAll();
            while (!isReady()) {
              FakeDevice.this.wait();
            }
            asleep--;
          } else if (milliseconds > 0) {
            waitsBesideLeader++;
            if (!isReady()) {
              FakeDevice.this.wait(milliseconds);
            }
          }
        } catch (InterruptedException e) {
          throw new AssertionError(e);
        }
        return isReady();
      }
    }

    private boolean isReady() {
      return !pending.isEmpty() || ended || woken || failure != null;
    }

    @Override
    public void send(ByteBuffer reply) throws IOException {
      ByteBuffer bytes = reply.duplicate().order(ByteOrder.nativeOrder());
      long unique = bytes.getLong(bytes.position() + 8);
      synchronized (FakeDevice.this) {
        if (held.contains(unique)) {
          waiting.add(unique);
          FakeDevice.this.notifyAll();
        }
        while (held.contains(unique)) {
          try {
            FakeDevice.this.wait();
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
        }
        if (broken.get(unique) instanceof IOException e) {
          throw e;
        } else if (broken.get(unique) instanceof Error e) {
          throw e;
        }
        if (!bytes.isDirect() || bytes.position() != 0 || bytes.getInt(0) != bytes.limit()) {
          problem = "a reply with a wrong length to " + unique;
        }
        if (closedPorts.contains(this) || taken.remove(unique) != this) {
          problem = "a reply through a port that knows nothing of " + unique;
          return;
        }
        if (errors.put(unique, -bytes.getInt(4)) != null) {
          problem = "two replies to " + unique;
        }
        FakeDevice.this.notifyAll();
      }
    }

    @Override
    public void close() {
      synchronized (FakeDevice.this) {
        closed++;
        closedPorts.add(this);
      }
    }
  }
}
