package org.razorfs.crash;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.razorfs.crash.CrashEnumerator.Bounds;
import org.razorfs.device.BlockDevice;
import org.razorfs.device.MemoryDevice;
import org.razorfs.device.RecordingDevice;

/**
 * Takes workloads through all their crash states: each distinct one is recovered, judged and used
 * afterwards, and in some the recovery crashes again, whose states are judged alike. May be used by
 * several threads, one workload each.
 */
final class CrashRun {
  /** One state of so many is judged once more, and closed without having been written to. */
  private static final int CLOSED_EVERY = 8;

  /** In one state of so many the recovery crashes too. */
  private static final int NESTED_EVERY = 24;

  /** No workload tells more than this. */
  private static final int MAX_VIOLATIONS = 1;

  /** In the place of a crash point: what went wrong did so without a crash. */
  private static final String WHILE_RUNNING = "running";

  private final HashSet128 contents = new HashSet128();
  private final AtomicLong judged = new AtomicLong();
  private final AtomicLong nested = new AtomicLong();
  private final AtomicLong cpuNanos = new AtomicLong();
  private final List<Violation> violations = new ArrayList<>();
  private final long target;
  private final long seed;

  /** A run that is over when {@code target} distinct states have been judged. */
  CrashRun(long target, long seed) {
    this.target = target;
    this.seed = seed;
  }

  /** States of the device that differ from each other and were judged. */
  long distinct() {
    return contents.size();
  }

  /** Judgements; more than states, since the same state is wrong once more has been promised. */
  long judged() {
    return judged.get();
  }

  /** Those in which a recovery had crashed. */
  long nested() {
    return nested.get();
  }

  /** The processor time that the threads of this run have used, in seconds. */
  double cpuSeconds() {
    return cpuNanos.get() / 1e9;
  }

  boolean isDone() {
    return distinct() >= target || tooMany();
  }

  private synchronized boolean tooMany() {
    return violations.size() >= 60;
  }

  synchronized List<Violation> violations() {
    return List.copyOf(violations);
  }

  private synchronized void report(Violation violation) {
    violations.add(violation);
  }

  /** Runs one workload, unless the run is done. */
  void run(Workload workload) throws IOException {
    run(workload, device -> device);
  }

  /** As above, with something that does not keep its word between the volume and the device. */
  void run(Workload workload, UnaryOperator<BlockDevice> between) throws IOException {
    if (isDone()) {
      return;
    }
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadCpuTime();
    History history = null;
    try {
      history = HistoryRecorder.record(workload, between);
    } catch (AssertionError | RuntimeException | IOException e) {
      report(new Violation(workload.name(), WHILE_RUNNING, VolumeOracle.describe(e)));
    }
    if (history != null) {
      try (VolumeOracle oracle = new VolumeOracle(history)) {
        new CrashEnumerator(history.start(), history.log(), Bounds.FULL.withSeed(seed))
            .forEach(new Search(history, oracle));
      }
    }
    cpuNanos.addAndGet(threads.getCurrentThreadCpuTime() - before);
  }

  /** Judges the one state that {@link Violation#point} tells, and says what is wrong or null. */
  static String replay(Workload workload, String point) throws IOException {
    History history = HistoryRecorder.record(workload);
    if (point.equals(WHILE_RUNNING)) {
      return null;
    }
    String[] points = point.split(";", -1);
    CrashPoint outer = CrashPoint.parse(points[0]);
    MemoryDevice state =
        new CrashEnumerator(history.start(), history.log(), Bounds.FULL).build(outer);
    try (VolumeOracle oracle = new VolumeOracle(history)) {
      for (int i = 1; i < points.length; i++) {
        MemoryDevice before = state.fork();
        RecordingDevice recorded = new RecordingDevice(state);
        oracle.recoverOnly(recorded);
        state =
            new CrashEnumerator(before, recorded.events(), Bounds.NESTED)
                .build(CrashPoint.parse(points[i]));
      }
      return oracle.check(state, outer.position());
    }
  }

  /** The states of one history. */
  private final class Search implements CrashEnumerator.Visitor {
    private final History history;
    private final VolumeOracle oracle;
    private final CrashEnumerator enumerator;
    private final HashSet128 seen = new HashSet128();
    private int found;
    private long count;

    Search(History history, VolumeOracle oracle) {
      this.history = history;
      this.oracle = oracle;
      this.enumerator = new CrashEnumerator(history.start(), history.log(), Bounds.FULL);
    }

    @Override
    public boolean wants(CrashPoint point, long high, long low) {
      contents.add(high, low);
      // What is promised is part of the question: the same content may be too old a little later.
      long promise = history.acknowledgedAt(point.position()) * 0x9E3779B97F4A7C15L;
      return seen.add(high ^ promise, low + promise);
    }

    @Override
    public boolean visit(CrashPoint point, MemoryDevice device) throws IOException {
      count++;
      judged.incrementAndGet();
      MemoryDevice before = device.fork();
      String problem = oracle.check(device, point.position());
      if (problem == null && count % CLOSED_EVERY == 0) {
        problem = oracle.checkClosing(before.fork(), point.position());
      }
      if (problem != null) {
        fail(shrink(point), problem);
      } else if (count % NESTED_EVERY == 0) {
        crashInRecovery(point, before);
      }
      return found < MAX_VIOLATIONS && !isDone();
    }

    private void fail(CrashPoint point, String problem) throws IOException {
      String now = oracle.check(enumerator.build(point), point.position());
      found++;
      report(
          new Violation(history.workload().name(), point.toString(), now == null ? problem : now));
    }

    /** Lets more and more arrive while it still goes wrong. */
    private CrashPoint shrink(CrashPoint point) throws IOException {
      CrashPoint best = point;
      if (point.torn() >= 0) {
        best = attempt(best, CrashPoint.prefix(point.position(), point.durable(), point.whole()));
      }
      for (int event = point.durable(); event < point.position(); event++) {
        best = attempt(best, with(best, event));
      }
      for (int position = best.durable(); position < best.position(); position++) {
        best = attempt(best, before(best, position));
      }
      return best;
    }

    private CrashPoint attempt(CrashPoint best, CrashPoint candidate) throws IOException {
      if (candidate.equals(best)) {
        return best;
      }
      MemoryDevice state = enumerator.build(candidate);
      return oracle.check(state, candidate.position()) != null ? candidate : best;
    }

    private static CrashPoint with(CrashPoint point, int event) {
      for (int i : point.whole()) {
        if (i == event) {
          return point;
        }
      }
      if (event == point.torn()) {
        return point;
      }
      int[] more = java.util.Arrays.copyOf(point.whole(), point.whole().length + 1);
      more[more.length - 1] = event;
      java.util.Arrays.sort(more);
      return new CrashPoint(
          point.position(), point.durable(), more, point.torn(), point.from(), point.to());
    }

    private static CrashPoint before(CrashPoint point, int position) {
      if (point.torn() >= position) {
        return point;
      }
      int[] fewer = java.util.Arrays.stream(point.whole()).filter(i -> i < position).toArray();
      return new CrashPoint(
          position, point.durable(), fewer, point.torn(), point.from(), point.to());
    }

    private void crashInRecovery(CrashPoint outer, MemoryDevice state) throws IOException {
      RecordingDevice recorded = new RecordingDevice(state.fork());
      try {
        oracle.recoverOnly(recorded);
      } catch (IOException | RuntimeException | AssertionError e) {
        found++;
        String problem = "opening and closing: " + VolumeOracle.describe(e);
        report(new Violation(history.workload().name(), outer.toString(), problem));
      }
      new CrashEnumerator(state, recorded.events(), Bounds.NESTED.withSeed(seed + count))
          .forEach(
              new CrashEnumerator.Visitor() {
                @Override
                public boolean wants(CrashPoint point, long high, long low) {
                  return Search.this.wants(outer, high, low);
                }

                @Override
                public boolean visit(CrashPoint point, MemoryDevice device) {
                  judged.incrementAndGet();
                  nested.incrementAndGet();
                  String problem = oracle.check(device, outer.position());
                  if (problem != null) {
                    found++;
                    report(new Violation(history.workload().name(), outer + ";" + point, problem));
                  }
                  return problem == null && !isDone();
                }
              });
    }
  }
}
