package org.razorfs.bench.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.razorfs.bench.host.Commands;
import org.razorfs.bench.result.Report;
import org.razorfs.bench.subject.Target;
import org.razorfs.bench.workload.Workload;
import org.razorfs.bench.workload.Workloads;
import org.razorfs.tools.BaseCommand;
import org.razorfs.tools.Console;
import org.razorfs.tools.JsonDocument;
import org.razorfs.tools.Table;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;

/** {@code razorfs-bench run}: measures one file system. */
@Command(
    name = "run",
    description = {
      "Measures one file system: a new RAZORFS image unless a directory or an image is given.",
      "Cold workloads drop the kernel's caches, which takes root; without it they are left out."
    },
    exitCodeList = {"0:Everything was measured, or said why not", "1:Something failed"})
public final class RunCommand extends BaseCommand {
  @ParentCommand private RazorfsBench bench;

  @Option(
      names = "--on",
      paramLabel = "DIR|IMAGE",
      description =
          "A directory of the file system to measure; or an image of RAZORFS, in which a folder"
              + " comes and goes; an image that does not exist is made, and deleted afterwards.")
  private Path on;

  @Option(
      names = {"-n", "--repetitions"},
      paramLabel = "N",
      defaultValue = "1",
      description = "How often everything is measured. Default: 1.")
  private int repetitions;

  @Option(names = "--list", description = "Show the workloads and measure nothing.")
  private boolean list;

  @Option(names = "--html", paramLabel = "FILE", description = "Write a page with charts, too.")
  private Path html;

  @Mixin private RazorfsOptions razorfs;

  @Mixin private WorkOptions work;

  @Override
  protected int execute(Console console) throws IOException {
    if (list) {
      console.print(WorkloadList.document());
      WorkloadList.lines().forEach(console::print);
      return 0;
    }
    if (repetitions < 1) {
      throw new ParameterException(spec().commandLine(), "--repetitions has to be at least 1");
    }
    Commands commands = new Commands(bench.host());
    List<Workload> workloads = work.selected(spec().commandLine(), bench.host());
    Pages.check(html);
    Target target = razorfs.target(on, commands);
    Measuring measuring = new Measuring(console, commands, work);
    Report report = measuring.measure("run", List.of(target), null, workloads, repetitions);
    measuring.print(report, html);
    return report.results().failed() ? 1 : 0;
  }

  /** What {@code --list} shows. */
  private static final class WorkloadList {
    static JsonDocument document() {
      return JsonDocument.of("bench-workloads", 1)
          .put(
              "workloads",
              Workloads.all().stream()
                  .map(
                      workload ->
                          JsonDocument.object()
                              .put("workload", workload.id())
                              .put("title", workload.title())
                              .put("unit", workload.unit().symbol())
                              .put("cold", workload.cold()))
                  .toList());
    }

    static List<String> lines() {
      Table table = Table.ofColumns("workload", "what", "unit", "");
      Workloads.all()
          .forEach(
              workload ->
                  table.row(
                      workload.id(),
                      workload.title(),
                      workload.unit().symbol(),
                      workload.cold() ? "needs root" : ""));
      return table.lines();
    }
  }
}
