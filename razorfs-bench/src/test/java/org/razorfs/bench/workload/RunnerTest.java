package org.razorfs.bench.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.razorfs.bench.host.CleanUp;
import org.razorfs.bench.host.Commands;
import org.razorfs.bench.host.Host;
import org.razorfs.bench.input.Input;
import org.razorfs.bench.result.Figure;
import org.razorfs.bench.result.Results;
import org.razorfs.bench.result.Skipped;
import org.razorfs.bench.result.Unit;
import org.razorfs.bench.subject.Session;
import org.razorfs.bench.subject.Target;

class RunnerTest {
  @TempDir private Path folder;
  private final List<String> log = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();

  /** A file system that only says what is done with it. */
  private final class Pretended implements Target {
    private final String name;
    private String missing;
    private boolean failsToOpen;
    private boolean failsToClose;

    private Pretended(String name) {
      this.name = name;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public String description() {
      return "pretended";
    }

    @Override
    public Optional<String> missing() {
      return Optional.ofNullable(missing);
    }

    @Override
    public Session open(CleanUp cleanUp) throws IOException {
      log.add(name + " opens");
      CleanUp.Step step = cleanUp.add("close " + name, () -> log.add(name + " closes"));
      if (failsToOpen) {
        step.close();
        throw new IOException("cannot be mounted");
      }
      return new Opened(step, failsToClose);
    }
  }

  private final class Opened implements Session {
    private final CleanUp.Step step;
    private final boolean failsToClose;

    private Opened(CleanUp.Step step, boolean failsToClose) {
      this.step = step;
      this.failsToClose = failsToClose;
    }

    @Override
    public Path root() {
      return folder;
    }

    @Override
    public void settle() {}

    @Override
    public void ready() {}

    @Override
    public void chill() {}

    @Override
    public OptionalLong usedBytes() {
      return OptionalLong.empty();
    }

    @Override
    public void close() throws IOException {
      step.close();
      if (failsToClose) {
        throw new IOException("cannot be unmounted");
      }
    }
  }

  private static Workload workload(String id, boolean cold, Workload.Body body) {
    return new Workload(id, id, Unit.SECONDS, cold, body);
  }

  private static Workload fine(String id) {
    return workload(id, false, site -> new Figure(1, "test"));
  }

  private Results run(
      boolean root, int repetitions, List<Target> targets, List<Workload> workloads) {
    Runner.Listener listener =
        new Runner.Listener() {
          @Override
          public void starts(String target, Workload workload, int done, int total) {
            log.add(target + " " + workload.id() + " " + done + "/" + total);
          }

          @Override
          public void measured(String target, Workload workload, Figure figure) {}

          @Override
          public void failed(String target, Exception problem) {
            log.add(target + " fails");
          }
        };
    Commands commands = new Commands(new Host(root, Map.of(), null));
    Input input = new Input(folder, "nothing", 0, 0, 0, 0);
    try (CleanUp cleanUp = new CleanUp(warnings::add)) {
      return new Runner(
              commands, cleanUp, input, Plan.quick(), new Prepared(folder), root, listener)
          .run(targets, workloads, repetitions);
    }
  }

  @Test
  void everyRepetitionHasAllFileSystemsAndBeginsWithAnotherOne() {
    Results results =
        run(true, 3, List.of(new Pretended("a"), new Pretended("b")), List.of(fine("w")));
    assertEquals(
        List.of("a", "b", "b", "a", "a", "b"),
        log.stream()
            .filter(line -> line.endsWith("opens"))
            .map(line -> line.split(" ")[0])
            .toList());
    assertEquals(3, results.series("w", "a").orElseThrow().values().size());
    assertTrue(log.contains("a w 5/6") || log.contains("b w 5/6"), log.toString());
  }

  @Test
  void onePeerThatCannotBeMountedLeavesTheOthersMeasured() {
    Pretended broken = new Pretended("broken");
    broken.failsToOpen = true;
    Results results = run(true, 3, List.of(new Pretended("a"), broken), List.of(fine("w")));
    assertEquals(3, results.series("w", "a").orElseThrow().values().size());
    assertTrue(results.series("w", "broken").isEmpty());
    assertEquals(
        List.of(new Skipped(null, "broken", "cannot be mounted", true)), results.skipped());
    assertEquals(1, log.stream().filter("broken opens"::equals).count(), "it is not tried again");
    assertTrue(log.contains("broken closes"));
  }

  @Test
  void aFailingWorkloadEndsItsPeerAndTakesItAway() {
    Workload failing =
        workload(
            "failing",
            false,
            site -> {
              throw new IOException("the disk is on fire");
            });
    Results results =
        run(true, 2, List.of(new Pretended("a")), List.of(fine("before"), failing, fine("after")));
    assertEquals(List.of("before"), List.copyOf(results.workloads()));
    assertEquals(
        List.of(new Skipped("failing", "a", "the disk is on fire", true)), results.skipped());
    assertEquals(List.of("a opens", "a before 0/6", "a failing 1/6", "a closes", "a fails"), log);
  }

  @Test
  void anErrorOfTheProgramItselfTakesThePeerAwayAsWell() {
    Workload failing =
        workload(
            "failing",
            false,
            site -> {
              throw new IllegalStateException("a bug");
            });
    Results results = run(true, 1, List.of(new Pretended("a")), List.of(failing));
    assertTrue(log.contains("a closes"));
    assertTrue(results.skipped().get(0).reason().contains("a bug"));
  }

  @Test
  void aPeerThatCannotBeUnmountedIsAFailureAndItsFiguresStay() {
    Pretended stuck = new Pretended("stuck");
    stuck.failsToClose = true;
    Results results = run(true, 3, List.of(stuck), List.of(fine("w")));
    assertEquals(1, results.series("w", "stuck").orElseThrow().values().size());
    assertEquals("unmounting", results.skipped().get(0).workload());
    assertTrue(results.failed());
  }

  @Test
  void whatIsNotInstalledIsNamedAndNoFailure() {
    Pretended absent = new Pretended("absent");
    absent.missing = "mkfs.absent is not installed (Debian: absent)";
    Workload toolless =
        workload(
            "toolless",
            false,
            site -> {
              throw new UnavailableException("git is not installed");
            });
    Results results =
        run(true, 2, List.of(new Pretended("a"), absent), List.of(toolless, fine("w")));
    assertFalse(results.failed());
    assertEquals(
        List.of(
            new Skipped(null, "absent", "mkfs.absent is not installed (Debian: absent)", false),
            new Skipped("toolless", "a", "git is not installed", false)),
        results.skipped());
    assertEquals(2, results.series("w", "a").orElseThrow().values().size());
  }

  @Test
  void withoutRootColdWorkloadsAreLeftOutAndNamed() {
    Workload cold = workload("cold", true, site -> new Figure(1, "test"));
    Results results = run(false, 1, List.of(new Pretended("a")), List.of(cold, fine("w")));
    assertEquals(List.of("w"), List.copyOf(results.workloads()));
    assertTrue(results.skipped().get(0).reason().contains("root"));
    assertEquals(List.of(), warnings);
  }
}
