package org.razorfs.bench.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.razorfs.bench.host.CleanUp;
import org.razorfs.bench.host.Commands;
import org.razorfs.bench.host.Folders;
import org.razorfs.bench.profile.Aspect;
import org.razorfs.bench.profile.HotMethods;
import org.razorfs.bench.profile.Recordings;
import org.razorfs.bench.report.FlamePage;
import org.razorfs.bench.result.Report;
import org.razorfs.bench.result.Skipped;
import org.razorfs.bench.subject.Target;
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
import picocli.CommandLine.ParentCommand;

/** {@code razorfs-bench profile}: a flame graph of the daemon under a workload. */
@Command(
    name = "profile",
    description = {
      "Records the daemon while workloads run, and writes a flame graph as one page of HTML.",
      "The recorder is that of the JVM; the page needs nothing but a browser. Measured times are"
          + " those of a daemon that is being recorded."
    },
    exitCodeList = {"0:Success", "1:Something failed"})
public final class ProfileCommand extends BaseCommand {
  private static final int TOP = 10;

  @ParentCommand private RazorfsBench bench;

  @Option(
      names = "--html",
      paramLabel = "FILE",
      defaultValue = "razorfs-profile.html",
      description = "Where the flame graph goes. Default: razorfs-profile.html.")
  private Path html;

  @Option(
      names = "--aspect",
      paramLabel = "WHAT",
      defaultValue = "cpu",
      description =
          "What to show: cpu, alloc (memory allocated), lock (waiting for locks) or native (native"
              + " code, waiting included). Default: cpu.")
  private Aspect aspect;

  @Option(
      names = "--from",
      paramLabel = "FILE.jfr",
      description = "Show this recording instead of making one; can be given more than once.")
  private List<Path> from = new ArrayList<>();

  @Option(
      names = "--keep",
      paramLabel = "DIR",
      description = "Keep the recordings in this folder, for --from or for JDK Mission Control.")
  private Path keep;

  @Mixin private RazorfsOptions razorfs;

  @Mixin private WorkOptions work;

  @Override
  protected int execute(Console console) throws IOException {
    Pages.check(html);
    if (keep != null && !Files.isDirectory(keep)) {
      throw new CommandFailure(1, keep + ": is not a directory; make it first");
    }
    if (!from.isEmpty()) {
      Recordings recordings = new Recordings(aspect);
      for (Path file : from) {
        read(recordings, file);
      }
      write(
          console, recordings, from.size() == 1 ? from.get(0).toString() : from.size() + " files");
      return 0;
    }
    return record(console);
  }

  private static void read(Recordings recordings, Path file) throws IOException {
    if (!Files.isReadable(file)) {
      throw new CommandFailure(1, file + ": cannot be read; name a recording");
    }
    try {
      recordings.add(file);
    } catch (IOException | RuntimeException e) {
      throw new CommandFailure(1, file + ": is no recording: " + e.getMessage(), e);
    }
  }

  private int record(Console console) throws IOException {
    List<Workload> workloads =
        work.names().isEmpty()
            ? Workloads.select(List.of("untar"))
            : work.selected(spec().commandLine(), bench.host());
    Commands commands = new Commands(bench.host());
    try (CleanUp cleanUp = new CleanUp(console::warn).onSignal(commands)) {
      Path folder = Files.createTempDirectory(bench.host().temporary(), "razorfs-bench-jfr-");
      cleanUp.add("delete " + folder, () -> Folders.delete(folder));
      Target target = razorfs.targets(commands, Map.of("RAZORFS_OPTS", options(folder))).razorfs();
      Report report =
          new Measuring(console, commands, work)
              .measure("profile", List.of(target), null, workloads, 1);
      report.results().skipped().forEach(skipped -> console.warn(skipped.toString()));
      Recordings recordings = new Recordings(aspect);
      for (Path file : ofDaemons(folder)) {
        recordings.add(file);
        if (keep != null) {
          Files.copy(file, keep.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
        }
      }
      write(console, recordings, String.join(", ", workloads.stream().map(Workload::id).toList()));
      return report.results().skipped().stream().anyMatch(Skipped::failed) ? 1 : 0;
    }
  }

  /** The user's own options for the daemon's JVM, and the recorder's. */
  private String options(Path folder) throws CommandFailure {
    if (folder.toString().chars().anyMatch(c -> c == ' ' || c == ',' || c == '\t')) {
      throw new CommandFailure(
          1, folder + ": options of a JVM cannot hold this name; choose another TMPDIR");
    }
    // A folder: each JVM makes a file of its own in it.
    return (bench.host().environment().getOrDefault("RAZORFS_OPTS", "")
            + " -XX:StartFlightRecording=settings=profile,filename="
            + folder)
        .strip();
  }

  private static List<Path> ofDaemons(Path folder) throws IOException {
    List<Path> daemons = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".jfr")).sorted().toList()) {
        if (Files.size(file) > 0 && Recordings.isOfDaemon(file)) {
          daemons.add(file);
        }
      }
    }
    if (daemons.isEmpty()) {
      throw new CommandFailure(
          1, "the daemon has left no recording; see whether its Java has the Flight Recorder");
    }
    return daemons;
  }

  private void write(Console console, Recordings recordings, String what) throws IOException {
    Files.writeString(html, FlamePage.of(what, aspect, recordings.root(), recordings.samples()));
    List<HotMethods.Method> top = new HotMethods(recordings.root()).top(TOP);
    console.print(
        JsonDocument.of("bench-profile", 1)
            .put("message_type", "summary")
            .put("html", html.toString())
            .put("what", what)
            .put("aspect", aspect.id())
            .put("unit", aspect.unit())
            .put("samples", recordings.samples())
            .put("weight", recordings.root().weight())
            .put("methods", top.stream().map(ProfileCommand::method).toList()));
    if (recordings.root().weight() > 0) {
      Table table = Table.ofColumns(">itself", ">total", "method");
      double all = recordings.root().weight();
      for (HotMethods.Method method : top) {
        table.row(percent(method.self() / all), percent(method.total() / all), method.name());
      }
      table.lines().forEach(console::print);
    }
    console.print(
        String.format(
            "%s: %s, %d samples, %d %s",
            html, aspect.title(), recordings.samples(), recordings.root().weight(), aspect.unit()));
  }

  private static String percent(double part) {
    return String.format(Locale.ROOT, "%.1f %%", 100 * part);
  }

  private static JsonDocument method(HotMethods.Method method) {
    return JsonDocument.object()
        .put("name", method.name())
        .put("self", method.self())
        .put("total", method.total());
  }
}
