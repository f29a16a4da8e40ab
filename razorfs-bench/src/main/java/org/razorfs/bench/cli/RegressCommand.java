package org.razorfs.bench.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.razorfs.bench.host.Commands;
import org.razorfs.bench.result.Baseline;
import org.razorfs.bench.result.Regression;
import org.razorfs.bench.result.Report;
import org.razorfs.bench.result.Unit;
import org.razorfs.bench.subject.Target;
import org.razorfs.bench.subject.Targets;
import org.razorfs.bench.workload.Workload;
import org.razorfs.bench.workload.Workloads;
import org.razorfs.tools.BaseCommand;
import org.razorfs.tools.CommandFailure;
import org.razorfs.tools.Console;
import org.razorfs.tools.JsonDocument;
import org.razorfs.tools.Table;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;

/** {@code razorfs-bench regress}: what became worse, or better, since an earlier run. */
@Command(
    name = "regress",
    description = {
      "Measures again what an earlier run has measured, and tells what became worse or better.",
      "The earlier run is what razorfs-bench run or compare printed with --json, on the same machine"
          + " and with the same input."
    },
    exitCodeList = {
      "0:Nothing became worse by more than the threshold",
      "1:Something did, or the two could not be compared"
    })
public final class RegressCommand extends BaseCommand {
  @ParentCommand private RazorfsBench bench;

  @Option(
      names = "--baseline",
      paramLabel = "FILE",
      required = true,
      description = "The report of the earlier run.")
  private Path baseline;

  @Option(
      names = "--current",
      paramLabel = "FILE",
      description = "The report of a later run, which is compared instead of measuring now.")
  private Path current;

  @Option(
      names = "--threshold",
      paramLabel = "PERCENT",
      defaultValue = "10",
      description = "From where on a change of the median counts. Default: 10.")
  private double threshold;

  @Option(
      names = "--target",
      paramLabel = "NAME",
      defaultValue = Targets.RAZORFS,
      description =
          "Which of the file systems in the reports: razorfs, a peer, or directory. Default:"
              + " razorfs.")
  private String name;

  @Option(
      names = "--on",
      paramLabel = "DIR|IMAGE",
      description = "What to measure, as for razorfs-bench run.")
  private Path on;

  @Option(
      names = {"-n", "--repetitions"},
      paramLabel = "N",
      defaultValue = "3",
      description = "How often everything is measured. Default: 3.")
  private int repetitions;

  @Mixin private RazorfsOptions razorfs;

  @Mixin private WorkOptions work;

  @Override
  protected int execute(Console console) throws IOException {
    if (!(threshold >= 0) || repetitions < 1) {
      throw new ParameterException(
          spec().commandLine(), "--threshold has to be at least 0 and --repetitions at least 1");
    }
    List<Workload> workloads = work.selected(spec().commandLine(), bench.host());
    Baseline before = Baseline.read(baseline, name);
    Baseline after =
        current == null ? measure(console, before, workloads) : Baseline.read(current, name);
    before.requireSameConditions(after);
    Regression regression = Regression.of(selected(before), after, threshold);
    print(console, regression);
    return regression.failed() ? 1 : 0;
  }

  /** What was asked for of what the baseline has. */
  private Baseline selected(Baseline before) {
    if (work.names().isEmpty()) {
      return before;
    }
    List<String> ids = Workloads.select(work.names()).stream().map(Workload::id).toList();
    Map<String, Baseline.Result> results = new LinkedHashMap<>(before.results());
    results.keySet().retainAll(ids);
    return new Baseline(before.target(), before.scale(), before.input(), results);
  }

  private Baseline measure(Console console, Baseline before, List<Workload> workloads)
      throws IOException {
    List<Workload> known = new ArrayList<>(workloads);
    known.removeIf(workload -> !before.results().containsKey(workload.id()));
    if (!before.scale().equals(work.plan().name())) {
      throw new CommandFailure(
          1,
          String.format(
              "%s: was a %s run, this would be a %s one; %s --quick",
              baseline,
              before.scale(),
              work.plan().name(),
              work.plan().name().equals("quick") ? "leave out" : "add"));
    }
    if (known.isEmpty()) {
      throw new CommandFailure(1, baseline + ": has none of the workloads that were asked for");
    }
    Commands commands = new Commands(bench.host());
    Target target = target(commands);
    Measuring measuring = new Measuring(console, commands, work);
    Report report = measuring.measure("run", List.of(target), null, known, repetitions);
    report.results().skipped().forEach(skipped -> console.warn(skipped.toString()));
    if (report.results().failed()) {
      throw new CommandFailure(1, "the workloads could not all be measured");
    }
    return Baseline.of(report, name);
  }

  private Target target(Commands commands) throws CommandFailure {
    Target target =
        Targets.peers().contains(name)
            ? razorfs.targets(commands, Map.of()).peer(name).orElseThrow()
            : razorfs.target(on, commands);
    if (!target.name().equals(name)) {
      throw new CommandFailure(
          1, "what is measured now is " + target.name() + ", not " + name + "; see --on, --target");
    }
    return target;
  }

  private void print(Console console, Regression regression) {
    console.print(document(regression));
    Table table =
        Table.ofColumns("workload", "unit", ">before", ">after", ">change", "verdict", "");
    for (Regression.Change change : regression.changes()) {
      table.row(
          change.before().workload(),
          change.before().unit().symbol(),
          Unit.format(change.before().median()),
          Unit.format(change.after().median()),
          String.format(Locale.ROOT, "%+.1f %%", change.percent()),
          change.verdict().text(),
          change.verdict() != Regression.Verdict.SAME && change.withinSpread()
              ? "(repetitions differ as much)"
              : "");
    }
    table.lines().forEach(console::print);
    regression
        .missing()
        .forEach(workload -> console.print(workload + ": only in " + baseline + ", not compared"));
    console.print(
        String.format(
            Locale.ROOT,
            "%d worse, %d better by more than %.4g %%, of %d",
            count(regression, Regression.Verdict.WORSE),
            count(regression, Regression.Verdict.BETTER),
            threshold,
            regression.changes().size()));
  }

  private static long count(Regression regression, Regression.Verdict verdict) {
    return regression.changes().stream().filter(change -> change.verdict() == verdict).count();
  }

  private JsonDocument document(Regression regression) {
    return JsonDocument.of("bench-regress", 1)
        .put("message_type", "summary")
        .put("baseline", baseline.toString())
        .put("target", name)
        .put("threshold_percent", threshold)
        .put("regressed", regression.failed())
        .put("changes", regression.changes().stream().map(RegressCommand::change).toList())
        .put("not_compared", regression.missing());
  }

  private static JsonDocument change(Regression.Change change) {
    return JsonDocument.object()
        .put("workload", change.before().workload())
        .put("unit", change.before().unit().symbol())
        .put("lower_is_better", change.before().unit().lowerIsBetter())
        .put("before", change.before().median())
        .put("after", change.after().median())
        .put("change_percent", change.percent())
        .put("verdict", change.verdict().text())
        .put("within_spread", change.withinSpread());
  }
}
