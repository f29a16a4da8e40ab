package org.razorfs.bench.workload;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import org.razorfs.bench.host.Folders;
import org.razorfs.bench.result.Figure;
import org.razorfs.bench.result.Unit;

/** Many empty files in one directory: created, looked at, removed. */
final class MetadataWorkloads {
  private static final String NAME = "empty";
  private static final String SYNCED = "empty-synced";

  private MetadataWorkloads() {}

  static List<Workload> all() {
    Unit rate = Unit.PER_SECOND;
    return List.of(
        new Workload("create", "create empty files", rate, false, MetadataWorkloads::create),
        new Workload(
            "create-sync", "create empty files + sync", rate, false, MetadataWorkloads::createSync),
        new Workload("stat-cold", "stat empty files, cold", rate, true, site -> stat(site, true)),
        new Workload("stat-warm", "stat empty files, warm", rate, false, site -> stat(site, false)),
        new Workload("unlink", "unlink empty files", rate, false, MetadataWorkloads::unlink),
        new Workload(
            "unlink-sync",
            "unlink empty files + sync",
            rate,
            false,
            MetadataWorkloads::unlinkSync));
  }

  private static List<Path> names(Path folder, int count) {
    List<Path> names = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      names.add(folder.resolve("file-" + i));
    }
    return names;
  }

  private static List<Path> names(Site site, String folder) {
    return names(site.at(folder), site.plan().emptyFiles());
  }

  private static void createAll(List<Path> names) throws IOException {
    for (Path name : names) {
      Files.createFile(name);
    }
  }

  private static void statAll(List<Path> names) throws IOException {
    for (Path name : names) {
      Files.readAttributes(name, BasicFileAttributes.class);
    }
  }

  private static void deleteAll(List<Path> names) throws IOException {
    for (Path name : names) {
      Files.delete(name);
    }
  }

  /** Runs the loops on the host once, so that the JVM has compiled them before the clock starts. */
  private static void warmUp(Site site) throws IOException {
    site.prepared()
        .once(
            "loops over empty files",
            folder -> {
              List<Path> names = names(folder, site.plan().emptyFiles());
              for (int round = 0; round < 2; round++) {
                createAll(names);
                statAll(names);
                deleteAll(names);
              }
            });
  }

  private static Path emptyFolder(Site site, String name) throws IOException {
    Folders.delete(site.at(name));
    return Files.createDirectory(site.at(name));
  }

  private static double rate(List<Path> names, double seconds) {
    return names.size() / seconds;
  }

  private static Figure create(Site site) throws IOException {
    warmUp(site);
    emptyFolder(site, NAME);
    List<Path> names = names(site, NAME);
    return new Figure(rate(names, site.seconds(() -> createAll(names))), "java");
  }

  private static Figure createSync(Site site) throws IOException {
    warmUp(site);
    emptyFolder(site, SYNCED);
    List<Path> names = names(site, SYNCED);
    return new Figure(rate(names, site.durableSeconds(() -> createAll(names))), "java");
  }

  /** The files, created if they are not there. */
  private static List<Path> existing(Site site, String folder) throws IOException {
    List<Path> names = names(site, folder);
    if (!Files.exists(names.get(names.size() - 1))) {
      emptyFolder(site, folder);
      createAll(names);
      site.session().settle();
      site.session().ready();
    }
    return names;
  }

  private static Figure stat(Site site, boolean cold) throws IOException {
    warmUp(site);
    List<Path> names = existing(site, NAME);
    if (cold) {
      site.chill();
    } else {
      statAll(names);
    }
    return new Figure(rate(names, site.seconds(() -> statAll(names))), "java");
  }

  private static Figure unlink(Site site) throws IOException {
    warmUp(site);
    List<Path> names = existing(site, NAME);
    return new Figure(rate(names, site.seconds(() -> deleteAll(names))), "java");
  }

  private static Figure unlinkSync(Site site) throws IOException {
    warmUp(site);
    List<Path> names = existing(site, SYNCED);
    return new Figure(rate(names, site.durableSeconds(() -> deleteAll(names))), "java");
  }
}
