package org.razorfs.cli;

import java.util.Map;
import org.razorfs.tools.BaseCommand;
import org.razorfs.tools.Console;
import org.razorfs.tools.Tool;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;

/** The command {@code razorfs}, which only leads to its subcommands. */
@Command(
    name = "razorfs",
    description = "Makes and mounts crash-safe, compressed file systems in one image file.",
    subcommands = {
      MkfsCommand.class,
      InfoCommand.class,
      MountCommand.class,
      UmountCommand.class,
      StatusCommand.class,
      CompactCommand.class,
      ImportCommand.class,
      ExportCommand.class
    })
public final class Razorfs extends BaseCommand {
  private final Map<String, String> environment;

  /**
   * @param environment variables that say where daemons are found and how they are started
   */
  public Razorfs(Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
  }

  /** Runs the command and ends the process. */
  public static void main(String[] args) {
    new Tool(new Razorfs(System.getenv())).runAndExit(args);
  }

  /** The variables with which the command was started. */
  Map<String, String> environment() {
    return environment;
  }

  @Override
  protected int execute(Console console) {
    if (console.json()) {
      throw new ParameterException(
          spec().commandLine(),
          "there is no command; use one of " + String.join(", ", spec().subcommands().keySet()));
    }
    spec().commandLine().usage(console.err());
    return exitCodes().usage();
  }
}
