package org.razorfs.tools;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;

/**
 * Test support: what one run of a tool left behind.
 *
 * @param exitCode what the process would have exited with
 * @param out standard output
 * @param err standard error
 */
public record ToolRun(int exitCode, String out, String err) {

  /** Runs a tool in this process. */
  public static ToolRun of(BaseCommand root, String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exitCode = new Tool(root).run(new PrintWriter(out), new PrintWriter(err), args);
    return new ToolRun(exitCode, out.toString(), err.toString());
  }

  /** The lines of standard error. */
  public List<String> errLines() {
    return err.lines().toList();
  }
}
