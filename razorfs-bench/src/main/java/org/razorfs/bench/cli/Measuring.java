package org.razorfs.bench.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import org.razorfs.bench.host.CleanUp;
import org.razorfs.bench.host.Commands;
import org.razorfs.bench.host.Folders;
import org.razorfs.bench.host.Host;
import org.razorfs.bench.input.Input;
import org.razorfs.bench.report.HtmlReport;
import org.razorfs.bench.report.TextReport;
import org.razorfs.bench.result.Figure;
import org.razorfs.bench.result.Machine;
import org.razorfs.bench.result.Report;
import org.razorfs.bench.result.Results;
import org.razorfs.bench.result.Unit;
import org.razorfs.bench.subject.Target;
import org.razorfs.bench.workload.Prepared;
import org.razorfs.bench.workload.Runner;
import org.razorfs.bench.workload.Workload;
import org.razorfs.tools.Console;
import org.razorfs.tools.Messages;
import org.razorfs.tools.Progress;
import org.razorfs.tools.Sizes;
import org.razorfs.tools.Version;

/** One run from options to a report; what run, compare and regress share. */
final class Measuring {
  private final Console console;
  private final Commands commands;
  private final WorkOptions options;

  /**
   * @param commands runs programs; stopped by a signal
   */
  Measuring(Console console, Commands commands, WorkOptions options) {
    this.console = console;
    this.commands = commands;
    this.options = options;
  }

  /**
   * Measures.
   *
   * @param command the name of the command, for the report
   * @param reference the file system that ratios are of, or null
   */
  Report measure(
      String command,
      List<Target> targets,
      String reference,
      List<Workload> workloads,
      int repetitions)
      throws IOException {
    Host host = commands.host();
    Instant started = Clock.systemUTC().instant();
    try (CleanUp cleanUp = new CleanUp(console::warn).onSignal(commands)) {
      Path scratch = Files.createTempDirectory(host.temporary(), "razorfs-bench-");
      cleanUp.add("delete " + scratch, () -> Folders.delete(scratch));
      Input input = options.input(commands, scratch);
      Prepared prepared = new Prepared(Files.createDirectory(scratch.resolve("prepared")));
      Results results;
      try (Progress progress = new Progress(console, "bench")) {
        results =
            new Runner(
                    commands,
                    cleanUp,
                    input,
                    options.plan(),
                    prepared,
                    host.root(),
                    new Watch(console, progress))
                .run(targets, workloads, repetitions);
      }
      return new Report(
          command,
          Version.number(),
          started,
          Machine.here(host.temporary()),
          input.document(),
          inputText(input),
          options.plan().name(),
          repetitions,
          reference,
          results);
    }
  }

  private static String inputText(Input input) {
    return String.format(
        "%s: %d files, %s; a file of %s",
        input.source(),
        input.files(),
        Sizes.format(input.treeBytes()),
        Sizes.format(input.fileBytes()));
  }

  /**
   * Prints a report, and writes the page that was asked for.
   *
   * @param html where, or null
   */
  void print(Report report, Path html) throws IOException {
    console.print(report.document());
    new TextReport(report).lines().forEach(console::print);
    if (html != null) {
      Files.writeString(html, HtmlReport.of(report));
      console.note("wrote " + html);
    }
  }

  /** Tells how it goes on. */
  private record Watch(Console console, Progress progress) implements Runner.Listener {
    @Override
    public void starts(String target, Workload workload, int done, int total) {
      progress.report(target + " " + workload.id(), done, total);
    }

    @Override
    public void measured(String target, Workload workload, Figure figure) {
      if (!console.terminal().errTerminal()) {
        console.note(
            String.format(
                "%s %s: %s %s",
                target, workload.id(), Unit.format(figure.value()), workload.unit().symbol()));
      }
    }

    @Override
    public void failed(String target, Exception problem) {
      console.warn(target + ": " + Messages.of(problem));
    }
  }
}
