package org.razorfs.bench.engine;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** Runs the engine's benchmarks and prints their figures beside the targets. */
public final class EngineBench {
  /** Repeats everything this often, one after the other, and keeps the best of each figure. */
  private static final String ROUNDS = "razorfs.bench.rounds";

  private EngineBench() {}

  /**
   * @param args those of JMH: a pattern of names, {@code -rf json} and so on; all when there are
   *     none
   */
  public static void main(String[] args) throws CommandLineOptionException, RunnerException {
    CommandLineOptions given = new CommandLineOptions(args);
    OptionsBuilder options = new OptionsBuilder();
    options.parent(given).addProfiler(CpuTime.class);
    if (given.getIncludes().isEmpty()) {
      options.include(EngineBench.class.getPackageName() + ".*");
    }
    System.out.print(new Table(run(options.build(), Integer.getInteger(ROUNDS, 1))));
  }

  /** All results of so many rounds. */
  static List<RunResult> run(Options options, int rounds) throws RunnerException {
    List<RunResult> results = new ArrayList<>();
    for (int round = 0; round < rounds; round++) {
      Collection<RunResult> more = new Runner(options).run();
      results.addAll(more);
    }
    return results;
  }
}
