package org.razorfs.tools;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * What is known of where output goes.
 *
 * @param outTerminal whether standard output is a terminal
 * @param errTerminal whether standard error is one
 * @param noColor whether the user asked for no colours ({@code NO_COLOR}, {@code TERM=dumb})
 */
public record Terminal(boolean outTerminal, boolean errTerminal, boolean noColor) {
  /** No terminal at all, as in a pipe or a test. */
  public static final Terminal NONE = new Terminal(false, false, true);

  /** This process's own. */
  public static Terminal ofThisProcess(Map<String, String> environment) {
    String noColor = environment.getOrDefault("NO_COLOR", "");
    return new Terminal(
        isTerminal(1), isTerminal(2), !noColor.isEmpty() || "dumb".equals(environment.get("TERM")));
  }

  /** Whether text on standard output may be coloured. */
  public boolean color() {
    return outTerminal && !noColor;
  }

  /**
   * Java's own {@code System.console()} answers for input and output together, and differently from
   * version to version; Linux says where a descriptor leads.
   */
  private static boolean isTerminal(int descriptor) {
    try {
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor)).toString();
      return target.startsWith("/dev/pts/")
          || target.startsWith("/dev/tty")
          || target.equals("/dev/console");
    } catch (IOException | UnsupportedOperationException e) {
      return false; // not Linux, or closed: no colours then
    }
  }
}
