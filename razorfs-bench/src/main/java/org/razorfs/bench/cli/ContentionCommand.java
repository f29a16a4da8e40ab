package org.razorfs.bench.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Locale;
import org.razorfs.bench.contention.Contention;
import org.razorfs.bench.host.CleanUp;
import org.razorfs.bench.host.Commands;
import org.razorfs.bench.host.Folders;
import org.razorfs.bench.result.Machine;
import org.razorfs.bench.result.Unit;
import org.razorfs.device.FileDevice;
import org.razorfs.device.FileDeviceOptions;
import org.razorfs.tools.BaseCommand;
import org.razorfs.tools.Console;
import org.razorfs.tools.JsonDocument;
import org.razorfs.tools.Table;
import org.razorfs.volume.FormatOptions;
import org.razorfs.volume.Formatter;
import org.razorfs.volume.Volume;
import org.razorfs.volume.VolumeOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;

/** {@code razorfs-bench contention}: what the engine's locks are worth. */
@Command(
    name = "contention",
    description = {
      "Measures what it is worth that no lock of the engine covers the whole volume.",
      "Readers of one file beside writers that fsync others, in this process and without a mount:"
          + " with the engine's own locks, and with one lock around every call."
    },
    exitCodeList = {"0:Success", "1:Something failed"})
public final class ContentionCommand extends BaseCommand {
  private static final long IMAGE_BYTES = 2L << 30;
  private static final int FILE_BYTES = 16 << 20;

  @ParentCommand private RazorfsBench bench;

  @Option(
      names = "--readers",
      paramLabel = "N",
      defaultValue = "2",
      description = "How many read. Default: 2.")
  private int readers;

  @Option(
      names = "--writers",
      paramLabel = "N",
      defaultValue = "1",
      description = "How many write and fsync. Default: 1.")
  private int writers;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      defaultValue = "5",
      description = "How long each of the two is measured, after a tenth of that. Default: 5.")
  private double seconds;

  @Override
  protected int execute(Console console) throws IOException {
    if (readers < 1 || writers < 1 || !(seconds > 0)) {
      throw new ParameterException(
          spec().commandLine(), "--readers, --writers and --seconds have to be more than 0");
    }
    Commands commands = new Commands(bench.host());
    try (CleanUp cleanUp = new CleanUp(console::warn).onSignal(commands)) {
      Path folder = Files.createTempDirectory(bench.host().temporary(), "razorfs-bench-");
      cleanUp.add("delete " + folder, () -> Folders.delete(folder));
      try (FileDevice device =
          FileDevice.create(
              folder.resolve("image"), IMAGE_BYTES, false, FileDeviceOptions.readWrite())) {
        Formatter.format(device, FormatOptions.defaults(), Clock.systemUTC());
        try (Volume volume = Volume.open(device, VolumeOptions.defaults())) {
          measure(console, volume);
        }
      }
    }
    return 0;
  }

  private void measure(Console console, Volume volume) throws IOException {
    new Contention(volume, readers, writers, seconds, FILE_BYTES).prepare();
    // Compiled code for both before either is measured.
    Contention warmUp = new Contention(volume, readers, writers, seconds / 10, FILE_BYTES);
    warmUp.free();
    warmUp.locked();
    Contention contention = new Contention(volume, readers, writers, seconds, FILE_BYTES);
    Contention.Outcome free = contention.free();
    Contention.Outcome locked = contention.locked();
    double ratio = free.readsPerSecond() / locked.readsPerSecond();
    console.print(
        JsonDocument.of("bench-contention", 1)
            .put("machine", Machine.here(bench.host().temporary()).document())
            .put("readers", readers)
            .put("writers", writers)
            .put("seconds", seconds)
            .put("free", document(free))
            .put("one_lock", document(locked))
            .put("read_ratio", ratio));
    Table table = Table.ofColumns("", ">reads/s", ">p50 ms", ">p99 ms", ">max ms", ">fsyncs/s");
    row(table, "the engine's locks", free);
    row(table, "one lock around all", locked);
    table.lines().forEach(console::print);
    console.print(String.format(Locale.ROOT, "reads without / with the one lock: %.1fx", ratio));
  }

  private static JsonDocument document(Contention.Outcome outcome) {
    return JsonDocument.object()
        .put("reads_per_second", outcome.readsPerSecond())
        .put("fsyncs_per_second", outcome.fsyncsPerSecond())
        .put("read_p50_seconds", outcome.reads().getValueAtPercentile(50) / 1e9)
        .put("read_p99_seconds", outcome.reads().getValueAtPercentile(99) / 1e9)
        .put("read_max_seconds", outcome.reads().getMaxValue() / 1e9);
  }

  private static void row(Table table, String name, Contention.Outcome outcome) {
    table.row(
        name,
        Unit.format(outcome.readsPerSecond()),
        millis(outcome.reads().getValueAtPercentile(50)),
        millis(outcome.reads().getValueAtPercentile(99)),
        millis(outcome.reads().getMaxValue()),
        Unit.format(outcome.fsyncsPerSecond()));
  }

  private static String millis(long nanos) {
    return String.format(Locale.ROOT, "%.3f", nanos / 1e6);
  }
}
