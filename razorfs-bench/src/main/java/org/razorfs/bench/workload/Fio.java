package org.razorfs.bench.workload;

import static org.razorfs.bench.workload.BlockWorkloads.BLOCK;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.razorfs.bench.host.Commands;
import org.razorfs.bench.result.Figure;
import org.razorfs.tools.CommandFailure;
import org.razorfs.tools.JsonText;

/** fio(1), asked for a job at a time. */
final class Fio implements BlockIo {
  private final Site site;

  Fio(Site site) {
    this.site = site;
  }

  @Override
  public Figure append(Path file, long bytes) throws IOException {
    return job("write", file, "--rw=write", "--size=" + bytes, "--end_fsync=1");
  }

  @Override
  public Figure read(Path file, int jobs, int each) throws IOException {
    return job(
        "read",
        file,
        "--rw=randread",
        "--numjobs=" + jobs,
        "--group_reporting",
        // Whether anything is cached is decided before.
        "--invalidate=0",
        "--io_size=" + (long) each * BLOCK);
  }

  @Override
  public Figure write(Path file, int count, boolean fsyncEach) throws IOException {
    return job(
        "write",
        file,
        "--rw=randwrite",
        "--invalidate=0",
        "--io_size=" + (long) count * BLOCK,
        fsyncEach ? "--fsync=1" : "--end_fsync=1");
  }

  private Figure job(String direction, Path file, String... options) throws IOException {
    Path report = Files.createTempFile("razorfs-bench", ".fio");
    try {
      List<String> words =
          List.of(
              "fio",
              "--name=razorfs-bench",
              "--filename=" + file.toString().replace(":", "\\:"),
              "--ioengine=psync",
              "--bs=" + BLOCK,
              "--randseed=1",
              "--output-format=json",
              "--output=" + report);
      site.commands().run(Lists.with(words, options), Commands.Invocation.PLAIN);
      return figure(direction, Files.readString(report));
    } finally {
      Files.deleteIfExists(report);
    }
  }

  /** Takes the operations per second out of fio's report. */
  static Figure figure(String direction, String report) throws IOException {
    // What fio has to warn of comes before the document.
    Map<String, Object> document = JsonText.parse(report.substring(Math.max(0, start(report))));
    if (document.get("jobs") instanceof List<?> jobs
        && !jobs.isEmpty()
        && jobs.get(0) instanceof Map<?, ?> job
        && job.get(direction) instanceof Map<?, ?> data
        && data.get("iops") instanceof Number iops
        && iops.doubleValue() > 0) {
      return new Figure(iops.doubleValue(), String.valueOf(document.get("fio version")));
    }
    throw new CommandFailure(1, "fio's report has no " + direction + " in it");
  }

  private static int start(String report) {
    return report.startsWith("{") ? 0 : report.indexOf("\n{") + 1;
  }
}
