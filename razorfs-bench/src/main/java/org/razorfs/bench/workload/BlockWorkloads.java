package org.razorfs.bench.workload;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.razorfs.bench.result.Figure;
import org.razorfs.bench.result.Unit;

/** Blocks of 4 KiB in one file, by fio where it is installed and else by {@link JavaBlocks}. */
final class BlockWorkloads {
  static final int BLOCK = 4096;

  private static final String NAME = "blocks";
  private static final int JOBS = 2;

  private BlockWorkloads() {}

  static List<Workload> all() {
    return List.of(
        workload("seq-write", "4 KiB sequential write + end fsync", false, BlockWorkloads::append),
        workload(
            "rand-read-cold", "4 KiB random read, cold, 2 jobs", true, site -> read(site, true)),
        workload(
            "rand-read-warm", "4 KiB random read, warm, 2 jobs", false, site -> read(site, false)),
        workload("rand-write", "4 KiB random write + end fsync", false, BlockWorkloads::write),
        workload(
            "rand-write-fsync", "4 KiB random write, fsync each", false, BlockWorkloads::sync));
  }

  private static Workload workload(String id, String title, boolean cold, Workload.Body body) {
    return new Workload(id, title, Unit.IOPS, cold, body);
  }

  private static BlockIo tool(Site site) throws IOException {
    return site.host().find("fio").isPresent() ? new Fio(site) : new JavaBlocks();
  }

  /** A file that is there and on the disk. */
  private static Path file(Site site) throws IOException {
    Path file = site.at(NAME);
    if (!Files.exists(file) || Files.size(file) != site.plan().blockFileBytes()) {
      Files.deleteIfExists(file);
      new JavaBlocks().append(file, site.plan().blockFileBytes());
    }
    return file;
  }

  private static Figure append(Site site) throws IOException {
    Path file = site.at(NAME);
    Files.deleteIfExists(file);
    return tool(site).append(file, site.plan().blockFileBytes());
  }

  private static Figure read(Site site, boolean cold) throws IOException {
    Path file = file(site);
    if (cold) {
      site.chill();
    } else {
      Streams.read(file);
    }
    return tool(site).read(file, JOBS, site.plan().blockReads());
  }

  private static Figure write(Site site) throws IOException {
    Path file = file(site);
    return tool(site).write(file, site.plan().blockWrites(), false);
  }

  private static Figure sync(Site site) throws IOException {
    Path file = file(site);
    return tool(site).write(file, site.plan().syncWrites(), true);
  }
}
