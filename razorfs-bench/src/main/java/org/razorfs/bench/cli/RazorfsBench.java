package org.razorfs.bench.cli;

import org.razorfs.bench.host.Host;
import org.razorfs.tools.BaseCommand;
import org.razorfs.tools.Console;
import org.razorfs.tools.Tool;
import picocli.CommandLine.Command;

/** The command {@code razorfs-bench}; the work is done by its subcommands. */
@Command(
    name = "razorfs-bench",
    description = {
      "Measures file systems: RAZORFS alone, beside its peers, against an earlier run, and what its"
          + " daemon spends time on."
    },
    subcommands = {
      RunCommand.class,
      DataCommand.class,
      CompareCommand.class,
      LatencyCommand.class,
      ContentionCommand.class,
      RegressCommand.class,
      ProfileCommand.class
    },
    exitCodeList = {"0:Success", "1:Something failed, or wrong usage"})
public final class RazorfsBench extends BaseCommand {
  private final Host host;

  /**
   * @param host what this process may do, and where it finds things
   */
  public RazorfsBench(Host host) {
    this.host = host;
  }

  /** Runs the command and ends the process. */
  public static void main(String[] args) {
    new Tool(new RazorfsBench(Host.ofThisProcess())).runAndExit(args);
  }

  /** The machine. */
  Host host() {
    return host;
  }

  @Override
  protected int execute(Console console) {
    spec().commandLine().usage(console.err());
    return exitCodes().usage();
  }
}
