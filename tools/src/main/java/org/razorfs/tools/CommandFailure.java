package org.razorfs.tools;

import java.io.IOException;

/** A failure that a command has put into words itself, with the exit code that it wants. */
public final class CommandFailure extends IOException {
  private static final long serialVersionUID = 1L;

  private final int exitCode;

  /**
   * @param message one line: what, what is wrong, what to do
   */
  public CommandFailure(int exitCode, String message) {
    super(message);
    this.exitCode = exitCode;
  }

  /** As above, with the exception behind it, which {@code --debug} shows. */
  public CommandFailure(int exitCode, String message, Throwable cause) {
    super(message, cause);
    this.exitCode = exitCode;
  }

  /** What the process is to exit with. */
  public int exitCode() {
    return exitCode;
  }
}
