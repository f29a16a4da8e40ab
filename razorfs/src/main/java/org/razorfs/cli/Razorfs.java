package org.razorfs.cli;

import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
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
    new Tool(new Razorfs(System.getenv())).runAndExit(words(args));
  }

  /**
   * The words with the command that they mean: mount.fuse(8) calls {@code razorfs IMAGE DIR -o
   * OPTIONS}, the image by its path, and no command has a slash.
   */
  static String[] words(String[] args) {
    if (args.length < 2 || args[0].indexOf('/') < 0) {
      return args;
    }
    return Stream.concat(Stream.of("mount"), Arrays.stream(args)).toArray(String[]::new);
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
