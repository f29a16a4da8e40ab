package org.razorfs.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * No crash, wherever it falls, takes away what was promised.
 *
 * <p>{@code -Drazorfs.crash.states=5000000} for a long run, {@code -Drazorfs.crash.seed=7} for
 * other random histories, {@code -Drazorfs.crash.replay=workload@point} to see one state again.
 */
@Tag("slow")
class CrashStatesTest {
  private static final int THREADS = 2;

  @Test
  void everyStateRecoversToWhatWasPromised() throws Exception {
    long target = Long.getLong("razorfs.crash.states", 210_000);
    long seed = Long.getLong("razorfs.crash.seed", 1);
    String replay = System.getProperty("razorfs.crash.replay");
    if (replay != null) {
      int at = replay.indexOf('@');
      assertNull(CrashRun.replay(find(replay.substring(0, at)), replay.substring(at + 1)));
      return;
    }
    CrashRun run = new CrashRun(target, seed);
    long began = System.nanoTime();
    int histories = runAll(run, seed);
    double seconds = (System.nanoTime() - began) / 1e9;
    System.out.printf(
        "crash states: %,d distinct, %,d judged (%,d with a crash in recovery), %d histories,"
            + " %.0f s, %.0f states/s, %.0f for each second of a core%n",
        run.distinct(),
        run.judged(),
        run.nested(),
        histories,
        seconds,
        run.judged() / seconds,
        run.judged() / run.cpuSeconds());
    assertEquals(
        "",
        run.violations().stream()
            .limit(12)
            .map(Violation::toString)
            .collect(Collectors.joining("\n\n")));
    assertTrue(run.distinct() >= target, run.distinct() + " states");
  }

  private static Workload find(String name) {
    return name.startsWith("random-")
        ? RandomWorkloads.of(Long.parseLong(name.substring("random-".length())))
        : ScriptedWorkloads.named(name);
  }

  /** First what is written down, then random histories until there are enough states. */
  private static int runAll(CrashRun run, long seed) throws Exception {
    List<Workload> scripted = ScriptedWorkloads.all();
    AtomicInteger next = new AtomicInteger();
    ExecutorService pool = Executors.newFixedThreadPool(THREADS);
    try {
      List<Future<?>> parts = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        parts.add(
            pool.submit(
                () -> {
                  while (!run.isDone()) {
                    int number = next.getAndIncrement();
                    Workload workload =
                        number < scripted.size()
                            ? scripted.get(number)
                            : RandomWorkloads.of(seed * 1_000_000 + number);
                    run.run(workload);
                  }
                  return null;
                }));
      }
      for (Future<?> part : parts) {
        part.get();
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException cause) {
        throw cause;
      }
      if (e.getCause() instanceof Error cause) {
        throw cause;
      }
      throw e;
    } finally {
      pool.shutdown();
    }
    return next.get();
  }
}
