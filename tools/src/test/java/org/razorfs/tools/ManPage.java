package org.razorfs.tools;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** Test support: a manual page in section 8, made from a command's picocli model. */
public final class ManPage {
  private final CommandLine command;
  private final CommandSpec spec;
  private final StringBuilder page = new StringBuilder();

  private ManPage(CommandLine command) {
    this.command = command;
    this.spec = command.getCommandSpec();
  }

  /** The page's name without its section, such as {@code razorfs-mkfs}. */
  public static String nameOf(CommandLine command) {
    return command.getCommandSpec().qualifiedName("-");
  }

  /** The page's source. */
  public static String of(CommandLine command) {
    return new ManPage(command).write();
  }

  private String write() {
    String name = nameOf(command);
    page.append(".\\\" Made from the command's own help; do not edit.\n");
    line(".TH \"" + name.toUpperCase(Locale.ROOT) + "\" \"8\" \"\" \"RAZORFS\" \"RAZORFS\"");
    page.append(".nh\n.ad l\n");
    section("NAME");
    line(escape(name) + " \\- " + escape(summary()));
    section("SYNOPSIS");
    line(escape(command.getHelp().synopsis(0).replaceAll("\\s+", " ").strip()));
    section("DESCRIPTION");
    paragraphs(spec.usageMessage().description());
    arguments();
    subcommands();
    exitStatus();
    footer();
    return page.toString();
  }

  private String summary() {
    String first = String.join(" ", spec.usageMessage().description()).strip();
    int end = first.indexOf(". ");
    String sentence = end < 0 ? first : first.substring(0, end);
    return format(sentence.endsWith(".") ? sentence.substring(0, sentence.length() - 1) : sentence);
  }

  private void arguments() {
    List<ArgSpec> arguments = new ArrayList<>();
    spec.positionalParameters().stream().filter(a -> !a.hidden()).forEach(arguments::add);
    spec.options().stream()
        .filter(o -> !o.hidden())
        .sorted((a, b) -> Integer.compare(a.order(), b.order()))
        .forEach(arguments::add);
    if (arguments.isEmpty()) {
      return;
    }
    section("OPTIONS");
    for (ArgSpec argument : arguments) {
      page.append(".TP\n");
      line(title(argument));
      text(String.join(" ", argument.description()));
    }
  }

  private static String title(ArgSpec argument) {
    if (argument instanceof PositionalParamSpec) {
      return "\\fI" + escape(argument.paramLabel()) + "\\fR";
    }
    OptionSpec option = (OptionSpec) argument;
    List<String> names = new ArrayList<>();
    for (String name : option.names()) {
      names.add("\\fB" + escape(name) + "\\fR");
    }
    String value = option.arity().max() == 0 ? "" : " \\fI" + escape(option.paramLabel()) + "\\fR";
    return String.join(", ", names) + value;
  }

  private void subcommands() {
    List<CommandLine> shown = new ArrayList<>();
    for (CommandLine sub : command.getSubcommands().values()) {
      if (!sub.getCommandSpec().usageMessage().hidden()) {
        shown.add(sub);
      }
    }
    if (shown.isEmpty()) {
      return;
    }
    section("COMMANDS");
    for (CommandLine sub : shown) {
      page.append(".TP\n");
      line("\\fB" + escape(nameOf(sub)) + "\\fR(8)");
      text(new ManPage(sub).summary() + ".");
    }
  }

  private void exitStatus() {
    Map<String, String> codes = spec.usageMessage().exitCodeList();
    if (codes.isEmpty()) {
      return;
    }
    section("EXIT STATUS");
    codes.forEach(
        (code, meaning) -> {
          page.append(".TP\n");
          line("\\fB" + escape(code.strip()) + "\\fR");
          text(meaning);
        });
  }

  private void footer() {
    if (spec.usageMessage().footer().length > 0) {
      String heading = format(spec.usageMessage().footerHeading()).strip();
      section(heading.isEmpty() ? "NOTES" : heading.replace(":", "").toUpperCase(Locale.ROOT));
      paragraphs(spec.usageMessage().footer());
    }
  }

  private void paragraphs(String[] texts) {
    for (int i = 0; i < texts.length; i++) {
      if (i > 0) {
        page.append(".PP\n");
      }
      text(texts[i]);
    }
  }

  private void text(String text) {
    // An empty line would be a paragraph's end in the wrong place.
    line(escape(format(text).strip()));
  }

  /** What picocli does to a description before it shows it: markup away, {@code %%} to one. */
  private static String format(String text) {
    return Ansi.OFF.string(text).replace("%n", " ").replace("%%", "%");
  }

  private void section(String title) {
    line(".SH " + title);
  }

  private void line(String text) {
    page.append(text).append('\n');
  }

  private static String escape(String text) {
    String escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("\n", "\n\\&");
    return escaped.startsWith(".") || escaped.startsWith("'") ? "\\&" + escaped : escaped;
  }
}
