package org.razorfs.bench.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.razorfs.bench.host.Commands;
import org.razorfs.bench.result.Report;
import org.razorfs.bench.subject.Target;
import org.razorfs.bench.subject.Targets;
import org.razorfs.bench.workload.Workload;
import org.razorfs.tools.BaseCommand;
import org.razorfs.tools.CommandFailure;
import org.razorfs.tools.Console;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;

/** {@code razorfs-bench compare}: the same work on RAZORFS and on its peers, by turns. */
@Command(
    name = "compare",
    description = {
      "Measures RAZORFS and other file systems by turns, and prints medians and ratios.",
      "Each repetition makes every file system anew, and begins with another one. Where a workload"
          + " ends in a sync, the clock stops when everything is on the disk, for all alike. Needs"
          + " root, for loop devices and for dropping caches."
    },
    exitCodeList = {
      "0:Everything that is installed was measured",
      "1:A file system failed, or nothing could be compared"
    })
public final class CompareCommand extends BaseCommand {
  @ParentCommand private RazorfsBench bench;

  @Option(
      names = "--with",
      paramLabel = "NAME",
      split = ",",
      description =
          "The peers, separated by commas: ext4, btrfs, xfs, fuse2fs, zfs-fuse, ntfs-3g,"
              + " gocryptfs, and razorfs-io_uring, which is RAZORFS with -o io_uring=on; all unless"
              + " given. Those that are not installed are named and left out.")
  private List<String> with = new ArrayList<>();

  @Option(
      names = {"-n", "--repetitions"},
      paramLabel = "N",
      defaultValue = "3",
      description = "How often everything is measured, at least 3. Default: 3.")
  private int repetitions;

  @Option(names = "--html", paramLabel = "FILE", description = "Write a page with charts, too.")
  private Path html;

  @Mixin private RazorfsOptions razorfs;

  @Mixin private WorkOptions work;

  @Override
  protected int execute(Console console) throws IOException {
    if (repetitions < 3) {
      throw new ParameterException(
          spec().commandLine(), "--repetitions has to be at least 3, as medians are compared");
    }
    List<Workload> workloads = work.selected(spec().commandLine(), bench.host());
    List<String> names = peers();
    if (!bench.host().root()) {
      throw new CommandFailure(
          1, "mounting images on loop devices and dropping caches need root; run it as root");
    }
    Pages.check(html);
    Commands commands = new Commands(bench.host());
    Targets all = razorfs.targets(commands, Map.of());
    List<Target> targets = new ArrayList<>(List.of(all.razorfs()));
    names.forEach(name -> targets.add(all.peer(name).orElseThrow()));
    Measuring measuring = new Measuring(console, commands, work);
    Report report = measuring.measure("compare", targets, Targets.RAZORFS, workloads, repetitions);
    measuring.print(report, html);
    return report.results().failed() ? 1 : 0;
  }

  private List<String> peers() {
    List<String> known = Targets.peers();
    for (String name : with) {
      if (!known.contains(name)) {
        throw new ParameterException(
            spec().commandLine(),
            "there is no peer '" + name + "'; there are: " + String.join(", ", known));
      }
    }
    return with.isEmpty() ? known : new ArrayList<>(new LinkedHashSet<>(with));
  }
}
