package org.razorfs.tools;

import java.io.PrintWriter;

/**
 * Where one invocation of a command prints: results to {@code out}, everything said beside them to
 * {@code err}, so that a pipe gets results only.
 *
 * @param out results
 * @param err notes, warnings and errors
 * @param command the command's full name, such as {@code razorfs mkfs}, which opens every message
 * @param json whether results are JSON documents
 * @param quiet whether notes are left out
 * @param terminal what is known of the terminal
 */
public record Console(
    PrintWriter out,
    PrintWriter err,
    String command,
    boolean json,
    boolean quiet,
    Terminal terminal) {

  /** Prints a line of result as text; silent with {@code --json}. */
  public void print(String line) {
    if (!json) {
      out.println(line);
    }
  }

  /** Prints a document where JSON is wanted; silent otherwise. */
  public void print(JsonDocument document) {
    if (json) {
      out.println(document);
    }
  }

  /** Says something that helps but is not the result; silent with {@code -q} and {@code --json}. */
  public void note(String line) {
    if (!quiet && !json) {
      err.println(line);
      err.flush();
    }
  }

  /** Says that something is not as it should be though the command goes on. */
  public void warn(String message) {
    err.println(command + ": warning: " + Messages.oneLine(message));
    err.flush();
  }
}
