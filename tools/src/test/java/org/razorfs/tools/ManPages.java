package org.razorfs.tools;

import java.io.IOException;
import picocli.AutoComplete;
import picocli.CommandLine;

/** Test support: everything that is generated from a tool's model and committed. */
public final class ManPages {
  private ManPages() {}

  /** Compares or writes the manual pages and the completion script of a tool. */
  public static void check(Tool tool) throws IOException {
    CommandLine root = tool.commandLine();
    checkPages(root);
    GeneratedFile.check(
        "completions/" + root.getCommandName(), AutoComplete.bash(root.getCommandName(), root));
  }

  private static void checkPages(CommandLine command) throws IOException {
    GeneratedFile.check("man/" + ManPage.nameOf(command) + ".8", ManPage.of(command));
    for (CommandLine sub : command.getSubcommands().values()) {
      if (!sub.getCommandSpec().usageMessage().hidden()) {
        checkPages(sub);
      }
    }
  }

  /** Compares or writes a page that only leads to another. */
  public static void checkAlias(String alias, String page) throws IOException {
    GeneratedFile.check("man/" + alias + ".8", ".so man8/" + page + ".8\n");
  }
}
