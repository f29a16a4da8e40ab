package org.razorfs.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.razorfs.alloc.AllocationFault;
import org.razorfs.crash.History;
import org.razorfs.crash.HistoryRecorder;
import org.razorfs.crash.ScriptedWorkloads;
import org.razorfs.crash.VolumeOracle;
import org.razorfs.crash.Workload;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;

/**
 * The k-th request for space is refused, once or from then on, for every k. Each operation then
 * works or fails with NO_SPACE and without a trace, and what was acknowledged is there when the
 * volume is opened again.
 */
@Tag("slow")
class AllocationFaultTest {

  /** Counts the requests of all openings together, and refuses some. */
  private static final class Refusing implements AllocationFault {
    private final AtomicLong count = new AtomicLong();
    private final long first;
    private final long last;

    Refusing(long first, long last) {
      this.first = first;
      this.last = last;
    }

    @Override
    public void check(long ordinal) throws FsException {
      long number = count.incrementAndGet();
      if (number >= first && number <= last) {
        throw FsException.of(Fault.NO_SPACE, "injected");
      }
    }
  }

  @Test
  void volumeOutlivesEveryRefusalOnce() throws IOException {
    List<String> problems = new ArrayList<>();
    for (Workload workload : ScriptedWorkloads.all()) {
      each(workload, false, problems);
    }
    assertEquals(List.of(), problems);
  }

  @Test
  void volumeOutlivesADeviceThatStaysFull() throws IOException {
    List<String> problems = new ArrayList<>();
    for (Workload workload : ScriptedWorkloads.all()) {
      each(workload, true, problems);
    }
    assertEquals(List.of(), problems);
  }

  private static void each(Workload workload, boolean sticky, List<String> problems)
      throws IOException {
    Refusing none = new Refusing(Long.MAX_VALUE, Long.MAX_VALUE);
    String problem = run(workload, none);
    assertEquals(null, problem, workload.name());
    long requests = none.count.get();
    assertTrue(requests > 0, workload.name() + " asks for no space");
    for (long k = 1; k <= requests; k++) {
      Refusing fault = new Refusing(k, sticky ? Long.MAX_VALUE : k);
      problem = run(workload, fault);
      if (problem != null) {
        problems.add(
            workload.name() + ", request " + k + (sticky ? " and later: " : ": ") + problem);
        return;
      }
      assertTrue(fault.count.get() >= k, workload.name() + " did not get to request " + k);
    }
  }

  /** Runs the workload to its end or as far as it gets; what is wrong then, or null. */
  private static String run(Workload workload, AllocationFault fault) throws IOException {
    try {
      History history =
          HistoryRecorder.recordFaults(
              workload,
              device -> device,
              workload.image().builder().allocationFault(fault).build());
      try (VolumeOracle oracle = new VolumeOracle(history)) {
        return oracle.check(history.end(), history.log().size());
      }
    } catch (AssertionError | RuntimeException e) {
      return VolumeOracle.describe(e);
    }
  }
}
