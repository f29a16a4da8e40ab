package org.razorfs.tools;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.razorfs.fault.FsException;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * One command-line tool: runs its root command and turns whatever happens into an exit code and at
 * most one line of error.
 *
 * <p>With {@code --json} a failure is also a document on standard output, so that its reader always
 * gets one.
 */
public final class Tool {
  private final CommandLine commandLine;

  /**
   * @param root the root command, its subcommands declared on it
   */
  public Tool(BaseCommand root) {
    this.commandLine = new CommandLine(root);
    commandLine.setCaseInsensitiveEnumValuesAllowed(true);
    commandLine.setParameterExceptionHandler(Tool::onUsageError);
    commandLine.setExecutionExceptionHandler(Tool::onFailure);
    commandLine.setUnmatchedOptionsArePositionalParams(false);
    commandLine.registerConverter(Path.class, new HostPaths());
    commandLine.setExpandAtFiles(false); // an image may be called @home
    use(commandLine, Terminal.NONE);
  }

  /** Runs with the process's own streams, and ends the process. */
  public void runAndExit(String... args) {
    use(commandLine, Terminal.ofThisProcess(System.getenv()));
    // Whatever the locale, output is UTF-8.
    PrintWriter out =
        new PrintWriter(
            new OutputStreamWriter(
                new BufferedOutputStream(new FileOutputStream(FileDescriptor.out)),
                StandardCharsets.UTF_8));
    PrintWriter err =
        new PrintWriter(
            new OutputStreamWriter(
                new FileOutputStream(FileDescriptor.err), StandardCharsets.UTF_8),
            true);
    System.exit(run(out, err, args));
  }

  /**
   * Runs the tool.
   *
   * @return the exit code
   */
  public int run(PrintWriter out, PrintWriter err, String... args) {
    commandLine.setOut(out);
    commandLine.setErr(err);
    try {
      return commandLine.execute(args);
    } finally {
      out.flush();
      err.flush();
    }
  }

  /** The model, for what is generated from it. */
  public CommandLine commandLine() {
    return commandLine;
  }

  private static void use(CommandLine command, Terminal terminal) {
    command.setColorScheme(
        CommandLine.Help.defaultColorScheme(terminal.color() ? Ansi.ON : Ansi.OFF));
    if (command.getCommandSpec().userObject() instanceof BaseCommand base) {
      base.use(terminal);
    }
    command.getSubcommands().values().forEach(sub -> use(sub, terminal));
  }

  private static int onUsageError(ParameterException problem, String[] args) {
    CommandLine command = problem.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    String message = Messages.oneLine(whatIsWrong(problem, command));
    command.getErr().println(name + ": " + message + " (" + name + " --help shows the usage)");
    boolean json = java.util.Arrays.asList(args).contains("--json");
    return fail(command, json, "USAGE", message, codes(command).usage());
  }

  private static String whatIsWrong(ParameterException problem, CommandLine command) {
    if (problem instanceof UnmatchedArgumentException unmatched
        && !command.getSubcommands().isEmpty()
        && !unmatched.isUnknownOption()) {
      return String.format(
          "unknown command '%s'; use one of %s",
          unmatched.getUnmatched().get(0), String.join(", ", command.getSubcommands().keySet()));
    }
    return problem.getMessage();
  }

  private static int onFailure(Exception problem, CommandLine command, ParseResult parsed) {
    BaseCommand base = (BaseCommand) command.getCommandSpec().userObject();
    String message = Messages.of(problem);
    command.getErr().println(command.getCommandSpec().qualifiedName() + ": " + message);
    if (base.debug()) {
      problem.printStackTrace(command.getErr());
    }
    String fault = problem instanceof FsException known ? known.fault().name() : "FAILED";
    int code =
        problem instanceof CommandFailure failure ? failure.exitCode() : base.exitCodes().failure();
    return fail(command, base.json(), fault, message, code);
  }

  private static ExitCodes codes(CommandLine command) {
    return command.getCommandSpec().userObject() instanceof BaseCommand base
        ? base.exitCodes()
        : ExitCodes.ONE;
  }

  private static int fail(
      CommandLine command, boolean json, String fault, String message, int exitCode) {
    if (json) {
      command
          .getOut()
          .println(
              JsonDocument.of("error", 1)
                  .put("command", command.getCommandSpec().qualifiedName())
                  .put("fault", fault)
                  .put("message", message)
                  .put("exit_code", exitCode));
    }
    return exitCode;
  }
}
