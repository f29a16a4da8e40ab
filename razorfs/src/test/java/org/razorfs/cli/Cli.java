package org.razorfs.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import org.razorfs.tools.Schemas;
import org.razorfs.tools.ToolRun;

/** Test support: runs razorfs in this process. */
final class Cli {
  private Cli() {}

  static ToolRun run(Object... args) {
    String[] words = new String[args.length];
    for (int i = 0; i < args.length; i++) {
      words[i] = args[i].toString();
    }
    return ToolRun.of(new Razorfs(Map.of()), words);
  }

  /** Runs a command that has to succeed, with {@code --json}, and checks its document. */
  static JsonNode json(String kind, Object... args) {
    Object[] all = java.util.Arrays.copyOf(args, args.length + 1);
    all[args.length] = "--json";
    ToolRun run = run(all);
    assertEquals(0, run.exitCode(), run.err() + run.out());
    return Schemas.check(kind, run.out());
  }

  /** Runs a command that has to fail with this code, and returns its one line of error. */
  static String error(int exitCode, Object... args) {
    ToolRun run = run(args);
    assertEquals(exitCode, run.exitCode(), run.err() + run.out());
    assertEquals(1, run.errLines().size(), run.err());
    assertEquals("", run.out());
    return run.err();
  }
}
