package org.razorfs.mount.devfuse;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.mount.MountLog;
import org.razorfs.mount.Threads;
import org.razorfs.mount.TransportUnavailableException;
import org.razorfs.mount.devfuse.wire.Opcode;
import org.razorfs.mount.devfuse.wire.Request;
import org.razorfs.mount.host.IdlePolling;

/**
 * The threads that take requests and answer them.
 *
 * <p>One of them leads: it spins for a moment on the device before it sleeps there, so that a
 * client that asks one thing after the other never waits for a thread to wake up. It answers what
 * it takes itself, as handing a request over would cost more than most requests do. Others help in
 * two cases:
 *
 * <ul>
 *   <li>There is more to do than one can: the leader has found request after request waiting. A
 *       helper stays for as long as it finds some, too.
 *   <li>The leader is kept by a slow request. Before one that is known to be slow another is called
 *       to lead, unless its client has been alone; otherwise a watchman sees that nobody has led
 *       for a while.
 * </ul>
 *
 * <p>Only a part of them may be kept by requests that are known to be slow, as changes are while a
 * checkpoint is waited for; more of those are handed over to {@link SlowRequests}, as their clients
 * would else make all others wait.
 *
 * <p>Idle helpers are parked, outside of the kernel, which would else wake one for every request.
 */
final class WorkerPool {
  /**
   * How requests are waited for.
   *
   * @param name what its threads are called
   * @param spinNanos for how long the leader spins before it sleeps
   * @param helpers how many others may take requests beside a leader who is not kept
   * @param slowPlaces so many requests can be known to be slow and yet answered by who took them
   * @param longRead reads of so many bytes count as slow
   */
  record Style(String name, long spinNanos, int helpers, int slowPlaces, int longRead) {
    /** All requests come from one device, and one after the other may come from any processor. */
    static final Style DEVICE =
        new Style(
            "fuse",
            100_000,
            Math.max(1, Runtime.getRuntime().availableProcessors() - 1),
            MOST_SLOW,
            Integer.MAX_VALUE);

    /**
     * The requests of one processor, on which the leader runs as well: its client waits for it. It
     * answers nothing that is known to be slow, as it brings the requests of all others. Nor does
     * it read long pieces, which are read ahead: others do so on processors that are free.
     */
    static Style ring(int processor) {
      return new Style("fuse-ring" + processor, 0, 0, 0, 1 << 17);
    }
  }

  /** So many requests can be in progress, besides those that were handed over. */
  static final int MOST = 40;

  /** So many of them can be known to be slow. */
  static final int MOST_SLOW = MOST / 2;

  private static final long WATCH_NANOS = 1_000_000;

  /** Watches in a row without any request after which the watchman sleeps. */
  private static final int IDLE_WATCHES = 20;

  /** Requests found waiting in a row that call for help. */
  private static final int BACKLOG = 8;

  /** For how long a helper waits for work before it is parked. */
  private static final int HELP_MILLIS = 2;

  /** Times in a row that a helper may have to wait: the leader could have taken it all. */
  private static final int HELP_WAITS = 4;

  private final Device device;
  private final Style style;
  private final Session session;
  private final BooleanSupplier changesWait;
  private final Pace pace;
  private final MountLog log;
  private final AtomicBoolean lead = new AtomicBoolean();
  private final LongAdder taken = new LongAdder();
  private final Deque<Worker> parked = new ArrayDeque<>();
  private final List<Worker> workers = new ArrayList<>(MOST);
  private final Semaphore slowPlaces;
  private final SlowRequests handedOver;
  private final Thread watchman;

  /** How many threads may be started yet, besides the first. */
  private final AtomicInteger places = new AtomicInteger(MOST - 1);

  private final AtomicInteger helping = new AtomicInteger();
  private final Solitude solitude = new Solitude();
  private volatile boolean asleep;
  private volatile boolean ended;
  private volatile IOException failure;

  /**
   * @param changesWait whether requests that change something are slow now
   * @param polling held while requests come one after the other
   */
  WorkerPool(
      Device device,
      Style style,
      Session session,
      BooleanSupplier changesWait,
      IdlePolling polling,
      MountLog log) {
    this.device = device;
    this.style = style;
    this.watchman = new Thread(this::watch, style.name + "-watch");
    this.slowPlaces = new Semaphore(style.slowPlaces);
    this.session = session;
    this.changesWait = changesWait;
    this.pace = new Pace(polling::hold, polling::release);
    this.log = log;
    this.handedOver = new SlowRequests(device, session, log, this::end);
  }

  /**
   * Answers requests until the mount ends.
   *
   * @param ready run when kernel and session have agreed on how to speak
   * @throws TransportUnavailableException when they cannot
   */
  void run(Runnable ready) throws IOException {
    try {
      if (!begin(new Worker(device.open()), ready)) {
        return;
      }
    } catch (OutOfMemoryError e) { // memory, or the host's threads
      throw new FsException(Fault.IO_ERROR, "no thread can be started for requests", e);
    }
    watchman.setDaemon(true);
    try {
      watchman.start();
    } catch (OutOfMemoryError e) {
      end(new FsException(Fault.IO_ERROR, "no thread can be started to watch over requests", e));
    }
    awaitEnd();
    if (failure != null) {
      throw failure;
    }
  }

  /** Greets the kernel and starts the first thread; false when the mount has ended before. */
  private boolean begin(Worker first, Runnable ready) throws IOException {
    boolean begun = false;
    try {
      if (first.greet()) {
        ready.run();
        start(first);
        begun = true;
      }
      return begun;
    } finally {
      if (!begun) {
        first.port.close(); // else the kernel would wait for answers
      }
    }
  }

  private void awaitEnd() {
    int joined = joinFrom(0);
    // The watchman may just have been about to start one more.
    LockSupport.unpark(watchman);
    Threads.join(watchman);
    joinFrom(joined);
    handedOver.finish();
    // Not before: what was handed over is answered through the port over which it came.
    workers.forEach(worker -> worker.port.close());
  }

  private int joinFrom(int first) {
    int joined = first;
    for (Thread thread = next(joined); thread != null; thread = next(joined)) {
      Threads.join(thread);
      joined++;
    }
    return joined;
  }

  private Thread next(int index) {
    synchronized (workers) {
      return index < workers.size() ? workers.get(index).thread : null;
    }
  }

  private void start(Worker worker) {
    synchronized (workers) {
      worker.thread = new Thread(worker, style.name + "-" + workers.size());
      worker.thread.start();
      workers.add(worker);
    }
  }

  /**
   * Wakes a parked worker, or starts one more where that is allowed.
   *
   * @param helps whether it is to take requests beside a leader; else it is to lead instead of one
   *     that is kept
   */
  private void call(boolean helps) {
    Worker worker;
    synchronized (parked) {
      worker = parked.pollLast();
    }
    if (worker != null) {
      worker.called(helps);
      worker.parking = false;
      LockSupport.unpark(worker.thread);
      return;
    }
    if (ended || places.getAndUpdate(free -> Math.max(0, free - 1)) == 0) {
      return;
    }
    Worker started = null;
    try {
      started = new Worker(device.open());
      started.called(helps);
      start(started);
    } catch (IOException | OutOfMemoryError e) { // descriptors, memory or the host's threads
      places.incrementAndGet();
      if (started != null) {
        started.port.close();
      }
      log.problem("starting a thread for requests", e);
    }
  }

  /** Ends it, with a failure or null. */
  void end(IOException problem) {
    if (problem != null) {
      failure = problem;
    }
    ended = true;
    while (true) {
      Worker worker;
      synchronized (parked) {
        worker = parked.pollLast();
      }
      if (worker == null) {
        break;
      }
      worker.parking = false;
      LockSupport.unpark(worker.thread);
    }
    LockSupport.unpark(watchman);
    // The leader may be asleep on the device, and need not be who has found the end.
    device.wake();
  }

  private void watch() {
    try {
      watchOver();
    } catch (Throwable problem) {
      log.problem("the thread that watches over requests ended", problem);
      end(new FsException(Fault.IO_ERROR, "the thread that watches over requests ended", problem));
    } finally {
      pace.rest();
    }
  }

  /** Sees to it that requests are taken while those who could are busy. */
  private void watchOver() {
    long before = -1;
    int idle = 0;
    while (!ended) {
      LockSupport.parkNanos(WATCH_NANOS);
      long now = taken.sum();
      pace.look(now);
      if (now != before) {
        before = now;
        idle = 0;
      } else if (!lead.get()) {
        call(false);
        idle = 0;
      } else if (++idle >= IDLE_WATCHES) {
        sleep(now);
        idle = 0;
      }
    }
  }

  private void sleep(long seen) {
    pace.rest();
    asleep = true;
    // Who takes a request looks at the flag afterwards.
    while (!ended && taken.sum() == seen) {
      LockSupport.park(this);
    }
    asleep = false;
  }

  private void noteTaken(Request request) {
    taken.increment();
    if (request != null) {
      solitude.asked(request.pid());
    }
    if (asleep) {
      LockSupport.unpark(watchman);
    }
  }

  private final class Worker implements Runnable {
    private final Device.Port port;
    private Thread thread;
    private volatile boolean parking;

    /** Looks for requests beside the leader. The others would be woken by each one in vain. */
    private boolean helps;

    private int waits;

    /** Was called to lead, and has not taken anything yet. */
    private boolean relieves;

    private int found;

    Worker(Device.Port port) {
      this.port = port;
    }

    private void called(boolean toHelp) {
      helps = toHelp;
      waits = 0;
      relieves = !toHelp;
    }

    /** Takes the first requests, until INIT is answered; false when the mount has ended before. */
    boolean greet() throws IOException {
      try {
        return answerInit();
      } catch (TransportUnavailableException e) {
        throw e;
      } catch (IOException e) {
        throw new TransportUnavailableException("INIT cannot be answered: " + e.getMessage(), e);
      }
    }

    private boolean answerInit() throws IOException {
      while (session.init() == null) {
        port.await(-1);
        int length = port.receive();
        if (length == Device.Port.ENDED) {
          return false;
        }
        if (length > 0) {
          answer(length);
          Request request = port.request();
          if (request != null && request.opcode() == Opcode.INIT && port.reply().hasFailed()) {
            throw new TransportUnavailableException(session.refusal());
          }
        }
      }
      return true;
    }

    @Override
    public void run() {
      try {
        while (!ended) {
          boolean leads = lead.compareAndSet(false, true);
          int length = leads ? leading() : helping();
          if (length == Device.Port.ENDED) {
            end(null);
          } else if (length > 0 && isSlow()) {
            answerSlow(length, leads);
          } else if (length > 0) {
            answer(length);
          }
        }
      } catch (IOException e) {
        end(e);
      } catch (Throwable problem) {
        log.problem("a thread for requests ended", problem);
        end(new FsException(Fault.IO_ERROR, "a thread for requests ended", problem));
      }
    }

    /** Takes a request, or as many as come, as the one who leads; and stops leading. */
    private int leading() throws IOException {
      int length = Device.Port.NOTHING;
      try {
        length = port.receive();
        if (length > 0) {
          found++;
        } else if (length == Device.Port.NOTHING) {
          found = 0;
          length = spin();
        }
        if (length > 0) {
          noteTaken(port.request());
        }
        relieves = false;
      } finally {
        lead.set(false);
      }
      if (length > 0 && found >= BACKLOG && helping.get() < style.helpers) {
        found = 0;
        // A lone client on this processor has the next ready whenever it is let run.
        if (port.await(0)) {
          call(true);
        }
      }
      return length;
    }

    @SuppressWarnings("ThreadPriorityCheck") // a hint, and a client may wait for this processor
    private int spin() throws IOException {
      // The one that is kept may need this processor.
      long nanos = relieves ? 0 : style.spinNanos;
      long start = System.nanoTime();
      int length = Device.Port.NOTHING;
      while (System.nanoTime() - start < nanos) {
        Thread.yield();
        length = port.receive();
        if (length != Device.Port.NOTHING) {
          return length;
        }
      }
      while (length == Device.Port.NOTHING && !ended) {
        port.await(-1);
        length = port.receive();
      }
      return length;
    }

    /**
     * Takes a request if it helps and there is one that the leader leaves; is parked when there is
     * none.
     */
    private int helping() throws IOException {
      port.flush();
      int length = helps ? left() : Device.Port.NOTHING;
      if (length == Device.Port.NOTHING && lead.get()) {
        park();
      }
      return length;
    }

    private int left() throws IOException {
      helping.incrementAndGet();
      try {
        for (boolean waited = false; lead.get(); waited = true) {
          int length = port.receive();
          if (length != Device.Port.NOTHING) {
            if (!waited) {
              waits = 0;
            }
            if (length > 0) {
              noteTaken(port.request());
            }
            return length;
          }
          if (++waits > HELP_WAITS || !port.await(HELP_MILLIS)) {
            break;
          }
        }
      } finally {
        helping.decrementAndGet();
      }
      helps = false;
      return Device.Port.NOTHING;
    }

    private void park() {
      parking = true;
      synchronized (parked) {
        parked.addLast(this);
      }
      while (parking && !ended) {
        LockSupport.park(this);
      }
    }

    private boolean isSlow() {
      Request request = port.request();
      Opcode opcode = request == null ? null : request.opcode();
      return opcode != null
          && (session.isSlow(opcode, request)
              || (opcode.isChange()
                  && (changesWait.getAsBoolean() || session.isSynchronous(opcode, request)))
              || (opcode == Opcode.READ && FileOperations.readSize(request) >= style.longRead));
    }

    /** Answers a slow request if there is a place for it, else hands it over. */
    private void answerSlow(int length, boolean hasLed) throws IOException {
      boolean place = slowPlaces.tryAcquire();
      if (!place) {
        Device.Detached request = port.detach(length);
        if (request != null && handedOver.add(request)) {
          return;
        }
      }
      long start = System.nanoTime();
      try {
        if (hasLed && !solitude.isLikely()) {
          call(false);
        }
        answer(length);
      } finally {
        if (place) {
          slowPlaces.release();
        }
      }
      solitude.answered(System.nanoTime() - start);
    }

    private void answer(int length) throws IOException {
      if (port.request() != null) {
        session.serve(port.request(), port.reply(), port);
      } else {
        log.line("a message of " + length + " bytes that is no request");
      }
    }
  }
}
