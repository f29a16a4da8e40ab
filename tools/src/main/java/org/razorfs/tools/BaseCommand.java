package org.razorfs.tools;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * The base of every command: picocli parses, {@link #call} hands over to {@link #execute}, and what
 * that throws becomes an exit code and one line in {@link Tool}.
 */
@Command(
    sortOptions = false,
    usageHelpAutoWidth = true,
    versionProvider = Version.class,
    optionListHeading = "%nOptions:%n",
    parameterListHeading = "%n",
    commandListHeading = "%nCommands:%n",
    descriptionHeading = "%n",
    exitCodeListHeading = "%nExit status:%n")
public abstract class BaseCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      order = 900,
      description = "Show this help and exit.")
  @SuppressWarnings("UnusedVariable") // picocli acts on it
  private boolean help;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      order = 901,
      description = "Show the version and exit.")
  @SuppressWarnings("UnusedVariable") // picocli acts on it
  private boolean version;

  @Option(names = "--json", order = 902, description = "Print one JSON document instead of text.")
  private boolean json;

  @Option(
      names = {"-q", "--quiet"},
      order = 903,
      description = "Print nothing but errors and what was asked for.")
  private boolean quiet;

  @Option(
      names = "--debug",
      order = 904,
      description = "Show where in the program an error came from.")
  private boolean debug;

  private Terminal terminal = Terminal.NONE;

  /** Runs the command; final, so that every command behaves alike. */
  @Override
  public final Integer call() throws IOException {
    return execute(console());
  }

  /**
   * Does what the command is for, and prints its result.
   *
   * @return the exit code
   * @throws IOException when it cannot; {@link Tool} prints the message on one line
   */
  protected abstract int execute(Console console) throws IOException;

  /** Where and how this invocation prints. */
  protected final Console console() {
    return new Console(
        spec.commandLine().getOut(),
        spec.commandLine().getErr(),
        spec.qualifiedName(),
        json(),
        quiet(),
        terminal);
  }

  /** What this command exits with when it fails; 1 unless a command knows better. */
  protected ExitCodes exitCodes() {
    return ExitCodes.ONE;
  }

  final void use(Terminal newTerminal) {
    terminal = newTerminal;
  }

  /** Whether stack traces are wanted. */
  final boolean debug() {
    return debug || (parent() != null && parent().debug());
  }

  /** Whether the output is to be JSON. */
  final boolean json() {
    return json || (parent() != null && parent().json());
  }

  private boolean quiet() {
    return quiet || (parent() != null && parent().quiet());
  }

  /** The command before this one on the command line, whose options count as well, or null. */
  private BaseCommand parent() {
    return spec.parent() != null && spec.parent().userObject() instanceof BaseCommand base
        ? base
        : null;
  }

  /** The command as picocli sees it. */
  protected final CommandSpec spec() {
    return spec;
  }
}
