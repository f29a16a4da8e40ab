package org.razorfs.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
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
import org.razorfs.device.MemoryDevice;
import org.razorfs.device.RecordingDevice;
import org.razorfs.fault.FsException;
import org.razorfs.model.posix.KeptOpen;
import org.razorfs.volume.Volume;

/**
 * The k-th read, write or flush of a recovery fails, once or from then on, for every k. Opening
 * then works or fails with a named fault, and the next opening finds everything promised.
 */
@Tag("slow")
class RecoveryFaultTest {
  /** Crashes of each workload, spread evenly. */
  private static final int CRASHES = 4;

  private interface Fault {
    FaultyDevice on(FaultyDevice device, long k);
  }

  @ParameterizedTest
  @EnumSource(Operation.class)
  void recoveryCanBeTriedAgainAfterOneFault(Operation operation) throws IOException {
    all(operation, (device, k) -> device.failOnce(operation, k));
  }

  @ParameterizedTest
  @EnumSource(Operation.class)
  void recoveryCanBeTriedAgainOnAnotherDevice(Operation operation) throws IOException {
    all(operation, (device, k) -> device.failFrom(operation, k));
  }

  private static void all(Operation operation, Fault fault) throws IOException {
    List<String> problems = new ArrayList<>();
    for (Workload workload : ScriptedWorkloads.all()) {
      History history = HistoryRecorder.record(workload);
      try (VolumeOracle oracle = new VolumeOracle(history)) {
        int events = history.log().size();
        for (int i = 1; i <= CRASHES; i++) {
          int position = (int) ((long) events * i / (CRASHES + 1));
          String problem = each(history, oracle, position, operation, fault);
          if (problem != null) {
            problems.add(workload.name() + ", crash at " + position + ", " + problem);
            break;
          }
        }
      }
    }
    assertEquals(List.of(), problems);
  }

  private static String each(
      History history, VolumeOracle oracle, int position, Operation operation, Fault fault)
      throws IOException {
    MemoryDevice crashed = history.start().fork();
    RecordingDevice.replay(history.log().subList(0, position), crashed);
    FaultyDevice sound = new FaultyDevice(crashed.fork());
    assertEquals(null, open(history, sound), "without a fault");
    for (long k = 1; k <= sound.count(operation); k++) {
      MemoryDevice device = crashed.fork();
      FaultyDevice faulty = fault.on(new FaultyDevice(device), k);
      String problem = open(history, faulty);
      assertTrue(faulty.failures() > 0, "there was no " + operation + " " + k);
      if (problem == null) {
        problem = oracle.check(device, position);
      }
      if (problem != null) {
        return operation + " " + k + ": " + problem;
      }
    }
    return null;
  }

  /** Opens and closes; null where that works, or fails with a named fault. */
  private static String open(History history, FaultyDevice device) {
    try {
      Volume.open(new KeptOpen(device), history.workload().image().options()).close();
      return null;
    } catch (FsException e) {
      return device.failures() > 0 ? null : VolumeOracle.describe(e);
    } catch (IOException | RuntimeException | AssertionError e) {
      return VolumeOracle.describe(e);
    }
  }
}
