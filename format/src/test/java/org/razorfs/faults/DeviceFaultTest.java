package org.razorfs.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.razorfs.crash.History;
import org.razorfs.crash.HistoryRecorder;
import org.razorfs.crash.ScriptedWorkloads;
import org.razorfs.crash.VolumeOracle;
import org.razorfs.crash.Workload;
import org.razorfs.device.FaultyDevice;
import org.razorfs.device.FaultyDevice.Operation;

/**
 * The k-th read, write or flush fails, once or from then on, for every k. Each operation then works
 * as if nothing had been or fails with a named fault and without a trace, and what was acknowledged
 * is there when the device is well again.
 */
@Tag("slow")
class DeviceFaultTest {
  private static final List<String> WORKLOADS =
      List.of(
          "fsync-each",
          "rename-over",
          "checkpoints",
          "journal-wrap",
          "packs-overwritten",
          "packs-compacted",
          "merged-and-written-again",
          "trees",
          "unlinked-open",
          "fallocate",
          "truncate-unsynced",
          "clone",
          "reopen",
          "xattrs",
          "pressure");

  private FaultyDevice last;

  @ParameterizedTest
  @EnumSource(Operation.class)
  void volumeOutlivesEveryFaultOnce(Operation operation) throws IOException {
    List<String> problems = new ArrayList<>();
    for (String name : WORKLOADS) {
      each(name, operation, "once", k -> device -> device.failOnce(operation, k), problems);
    }
    assertEquals(List.of(), problems);
  }

  @ParameterizedTest
  @EnumSource(Operation.class)
  void volumeOutlivesADeviceThatStaysBroken(Operation operation) throws IOException {
    List<String> problems = new ArrayList<>();
    for (String name : WORKLOADS) {
      each(name, operation, "sticky", k -> device -> device.failFrom(operation, k), problems);
    }
    assertEquals(List.of(), problems);
  }

  @ParameterizedTest
  @EnumSource(value = Operation.class, names = "FLUSH")
  void failedFlushThatDropsDataIsNeverForgotten(Operation operation) throws IOException {
    List<String> problems = new ArrayList<>();
    for (String name : WORKLOADS) {
      each(
          name,
          operation,
          "losing",
          k -> device -> device.losingUnflushed().failOnce(operation, k),
          problems);
    }
    assertEquals(List.of(), problems);
  }

  @ParameterizedTest
  @EnumSource(value = Operation.class, names = "WRITE")
  void tornWriteThatFailsLeavesNoTrace(Operation operation) throws IOException {
    List<String> problems = new ArrayList<>();
    for (String name : WORKLOADS) {
      each(name, operation, "torn", k -> device -> device.tearOnce(k, 512), problems);
    }
    assertEquals(List.of(), problems);
  }

  private interface Plan {
    UnaryOperator<FaultyDevice> failing(long k);
  }

  private void each(String name, Operation operation, String what, Plan plan, List<String> problems)
      throws IOException {
    Workload workload = ScriptedWorkloads.named(name);
    run(workload, device -> device);
    long count = last.count(operation);
    assertTrue(count > 0, name + " has nothing that could fail");
    for (long k = 1; k <= count; k++) {
      String problem = run(workload, plan.failing(k));
      if (problem != null) {
        problems.add(name + ", " + operation + " " + k + " " + what + ": " + problem);
        return;
      }
      assertTrue(last.failures() > 0, name + " did not get to " + operation + " " + k);
    }
  }

  /** Runs the workload to its end or as far as it gets; what is wrong then, or null. */
  private String run(Workload workload, UnaryOperator<FaultyDevice> faults) throws IOException {
    try {
      History history =
          HistoryRecorder.recordFaults(
              workload,
              device -> {
                last = faults.apply(new FaultyDevice(device));
                return last;
              },
              workload.image().options());
      try (VolumeOracle oracle = new VolumeOracle(history)) {
        return oracle.check(history.end(), history.log().size());
      }
    } catch (AssertionError | RuntimeException e) {
      return VolumeOracle.describe(e);
    }
  }
}
