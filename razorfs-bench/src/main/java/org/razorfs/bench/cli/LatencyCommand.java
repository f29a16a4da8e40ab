package org.razorfs.bench.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.HdrHistogram.Histogram;
import org.razorfs.bench.host.CleanUp;
import org.razorfs.bench.host.Commands;
import org.razorfs.bench.latency.LatencyRun;
import org.razorfs.bench.latency.Operation;
import org.razorfs.bench.report.LatencyPage;
import org.razorfs.bench.result.Machine;
import org.razorfs.bench.subject.Session;
import org.razorfs.bench.subject.Target;
import org.razorfs.tools.BaseCommand;
import org.razorfs.tools.Console;
import org.razorfs.tools.JsonDocument;
import org.razorfs.tools.Progress;
import org.razorfs.tools.Sizes;
import org.razorfs.tools.Table;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;

/** {@code razorfs-bench latency}: how long single operations take. */
@Command(
    name = "latency",
    description = {
      "Measures how long single operations take, and shows percentiles.",
      "One client, which starts an operation when the one before it has returned; with --writer,"
          + " beside another that streams into a file and fsyncs every MiB."
    },
    exitCodeList = {"0:Success", "1:Something failed"})
public final class LatencyCommand extends BaseCommand {
  private static final double[] PERCENTILES = {50, 90, 99, 99.9};

  @ParentCommand private RazorfsBench bench;

  @Option(
      names = "--on",
      paramLabel = "DIR|IMAGE",
      description = "As for razorfs-bench run; a new RAZORFS image unless given.")
  private Path on;

  @Option(
      names = "--count",
      paramLabel = "N",
      defaultValue = "5000",
      description = "How often each operation is done. Default: 5000.")
  private int count;

  @Option(
      names = "--file-size",
      paramLabel = "SIZE",
      defaultValue = "64M",
      converter = Sizes.Converter.class,
      description = "The size of the file that is read and written at random. Default: 64M.")
  private Long fileSize;

  @Option(names = "--writer", description = "Measure beside a writer that streams.")
  private boolean writer;

  @Option(names = "--html", paramLabel = "FILE", description = "Write a page with charts, too.")
  private Path html;

  @Mixin private RazorfsOptions razorfs;

  @Override
  protected int execute(Console console) throws IOException {
    if (count < 1) {
      throw new ParameterException(spec().commandLine(), "--count has to be at least 1");
    }
    Pages.check(html);
    Commands commands = new Commands(bench.host());
    Target target = razorfs.target(on, commands);
    Map<Operation, Histogram> histograms = measure(console, commands, target);
    console.print(document(target, histograms));
    table(histograms).lines().forEach(console::print);
    if (html != null) {
      String subtitle =
          String.format(
              "%s (%s), %d of each operation%s",
              target.name(),
              target.description(),
              count,
              writer ? ", beside a writer that streams" : "");
      Files.writeString(html, LatencyPage.of(subtitle, histograms));
      console.note("wrote " + html);
    }
    return 0;
  }

  private Map<Operation, Histogram> measure(Console console, Commands commands, Target target)
      throws IOException {
    try (CleanUp cleanUp = new CleanUp(console::warn).onSignal(commands);
        Session session = target.open(cleanUp);
        Progress progress = new Progress(console, "bench")) {
      AtomicInteger done = new AtomicInteger();
      return new LatencyRun(session.root(), count, fileSize, writer)
          .run(
              operation ->
                  progress.report(
                      operation.id(), done.getAndIncrement(), Operation.values().length));
    }
  }

  private JsonDocument document(Target target, Map<Operation, Histogram> histograms) {
    List<JsonDocument> operations = new ArrayList<>();
    histograms.forEach(
        (operation, histogram) -> {
          JsonDocument document =
              JsonDocument.object()
                  .put("operation", operation.id())
                  .put("title", operation.title())
                  .put("count", histogram.getTotalCount())
                  .put("mean_seconds", histogram.getMean() / 1e9);
          for (double percentile : PERCENTILES) {
            document.put(
                "p" + name(percentile).replace('.', '_') + "_seconds",
                histogram.getValueAtPercentile(percentile) / 1e9);
          }
          operations.add(document.put("max_seconds", histogram.getMaxValue() / 1e9));
        });
    return JsonDocument.of("bench-latency", 1)
        .put("message_type", "summary")
        .put("target", target.name())
        .put("description", target.description())
        .put("machine", Machine.here(bench.host().temporary()).document())
        .put("writer", writer)
        .put("operations", operations);
  }

  private static String name(double percentile) {
    return percentile == Math.rint(percentile)
        ? Integer.toString((int) percentile)
        : Double.toString(percentile);
  }

  private static Table table(Map<Operation, Histogram> histograms) {
    Table table =
        Table.ofColumns("milliseconds", ">mean", ">p50", ">p90", ">p99", ">p99.9", ">max");
    histograms.forEach(
        (operation, histogram) -> {
          List<Object> cells = new ArrayList<>();
          cells.add(operation.title());
          cells.add(millis(histogram.getMean()));
          for (double percentile : PERCENTILES) {
            cells.add(millis((double) histogram.getValueAtPercentile(percentile)));
          }
          cells.add(millis((double) histogram.getMaxValue()));
          table.row(cells.toArray());
        });
    return table;
  }

  private static String millis(double nanos) {
    return String.format(Locale.ROOT, "%.3f", nanos / 1e6);
  }
}
