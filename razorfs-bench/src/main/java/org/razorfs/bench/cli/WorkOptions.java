package org.razorfs.bench.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.razorfs.bench.host.Commands;
import org.razorfs.bench.host.Host;
import org.razorfs.bench.input.Input;
import org.razorfs.bench.input.InputMaker;
import org.razorfs.bench.workload.Plan;
import org.razorfs.bench.workload.Workload;
import org.razorfs.bench.workload.Workloads;
import org.razorfs.tools.CommandFailure;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** The options that say what is measured, and with what. */
final class WorkOptions {
  private static final long SEED = 1;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description =
          "The input, made by razorfs-bench data. Without it a tree of text is generated, a quarter"
              + " as large.")
  private Path data;

  @Option(
      names = "--quick",
      description = "Do very little of everything: this shows that it works, not how fast it is.")
  private boolean quick;

  @Parameters(
      paramLabel = "WORKLOAD",
      arity = "0..*",
      description =
          "What to measure, all unless given: untar space find tar grep du cp rm write read-cold"
              + " read-warm create create-sync stat-cold stat-warm unlink unlink-sync seq-write"
              + " rand-read-cold rand-read-warm rand-write rand-write-fsync sqlite git-clone"
              + " git-status git-checkout build make small-fsync readers-and-writer; git* stands for"
              + " all that begin so. Their order is always this one.")
  private List<String> workloads = new ArrayList<>();

  /** The amounts. */
  Plan plan() {
    return quick ? Plan.quick() : Plan.full();
  }

  /** The names as they were given. */
  List<String> names() {
    return workloads;
  }

  /**
   * The selected workloads.
   *
   * @throws ParameterException when a name is wrong
   * @throws CommandFailure when one was named that takes root and this is not root
   */
  List<Workload> selected(CommandLine command, Host host) throws CommandFailure {
    List<Workload> selected;
    try {
      selected = Workloads.select(workloads);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command, e.getMessage(), e);
    }
    for (Workload workload : selected) {
      if (workload.cold() && !host.root() && workloads.contains(workload.id())) {
        throw new CommandFailure(
            1, workload.id() + ": dropping caches needs root; run it as root, or leave it out");
      }
    }
    return selected;
  }

  /**
   * The input that was named, or else one that is generated.
   *
   * @param scratch where, if it is generated
   */
  Input input(Commands commands, Path scratch) throws IOException {
    if (data != null) {
      return Input.open(data.toAbsolutePath());
    }
    Path folder = Files.createDirectory(scratch.resolve("input"));
    Plan plan = plan();
    return new InputMaker(commands, folder, SEED, plan.generatedFileBytes())
        .generated(plan.generatedFiles());
  }
}
