package org.razorfs.bench.workload;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.razorfs.bench.host.Commands;
import org.razorfs.bench.host.Folders;
import org.razorfs.bench.result.Figure;
import org.razorfs.bench.result.Unit;

/**
 * git on a repository of the whole tree, which has a second branch with every tenth file changed.
 */
final class GitWorkloads {
  private static final String TOOL = "git";
  private static final String CLONE = "clone";
  private static final int CHANGED = 10;
  private static final int REMOVED = 97;

  /** Nobody's own configuration decides what is measured. */
  private static final Map<String, String> ENVIRONMENT =
      Map.of(
          "GIT_CONFIG_GLOBAL", "/dev/null",
          "GIT_CONFIG_NOSYSTEM", "1",
          "GIT_AUTHOR_NAME", "razorfs-bench",
          "GIT_AUTHOR_EMAIL", "bench@localhost",
          "GIT_AUTHOR_DATE", "1700000000 +0000",
          "GIT_COMMITTER_NAME", "razorfs-bench",
          "GIT_COMMITTER_EMAIL", "bench@localhost",
          "GIT_COMMITTER_DATE", "1700000000 +0000");

  private GitWorkloads() {}

  static List<Workload> all() {
    Unit time = Unit.SECONDS;
    return List.of(
        new Workload("git-clone", "git clone + sync", time, false, GitWorkloads::clone),
        new Workload("git-status", "git status, cold", time, true, GitWorkloads::status),
        new Workload("git-checkout", "git checkout + sync", time, false, GitWorkloads::checkout));
  }

  private static void git(Site site, Path folder, String... words) throws IOException {
    site.commands()
        .run(
            Lists.with(List.of(TOOL, "-c", "gc.auto=0"), words),
            Commands.Invocation.PLAIN.in(folder).with(ENVIRONMENT));
  }

  private static Path repository(Site site) throws IOException {
    site.require(TOOL, TOOL);
    return site.prepared().once("repository", folder -> make(site, folder));
  }

  private static void make(Site site, Path folder) throws IOException {
    Path work = Files.createDirectory(folder.resolve("work"));
    site.commands().run("tar", "-xf", site.input().tar().toString(), "-C", work.toString());
    git(site, work, "init", "-q", "-b", "main");
    git(site, work, "add", "-A", "-f", ".");
    git(site, work, "commit", "-q", "-m", "the tree");
    git(site, work, "checkout", "-q", "-b", "other");
    change(work.resolve("tree"));
    git(site, work, "add", "-A", "-f", ".");
    git(site, work, "commit", "-q", "-m", "every tenth file changed, some removed");
    git(site, work, "checkout", "-q", "main");
    git(site, folder, "clone", "-q", "--bare", work.toString(), "repository");
    git(site, folder.resolve("repository"), "repack", "-q", "-a", "-d");
    Folders.delete(work);
  }

  private static void change(Path tree) throws IOException {
    List<Path> files;
    try (Stream<Path> paths = Files.walk(tree)) {
      files =
          paths
              .filter(path -> Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS))
              .sorted()
              .toList();
    }
    for (int i = 0; i < files.size(); i++) {
      if (i % REMOVED == 0) {
        Files.delete(files.get(i));
      } else if (i % CHANGED == 0) {
        byte[] line = ("/* changed: " + i + " */\n").getBytes(StandardCharsets.US_ASCII);
        Files.write(files.get(i), line, StandardOpenOption.APPEND);
      }
    }
  }

  private static void cloneInto(Site site) throws IOException {
    Path from = repository(site).resolve("repository");
    git(site, site.session().root(), "clone", "-q", "file://" + from, CLONE);
  }

  private static Figure clone(Site site) throws IOException {
    repository(site);
    site.remove(site.at(CLONE));
    return new Figure(site.durableSeconds(() -> cloneInto(site)), TOOL);
  }

  private static void requireClone(Site site) throws IOException {
    repository(site);
    if (!Files.exists(site.at(CLONE))) {
      site.durableSeconds(() -> cloneInto(site));
    }
  }

  private static Figure status(Site site) throws IOException {
    requireClone(site);
    site.chill();
    return new Figure(site.seconds(() -> git(site, site.at(CLONE), "status", "--porcelain")), TOOL);
  }

  private static Figure checkout(Site site) throws IOException {
    requireClone(site);
    git(site, site.at(CLONE), "checkout", "-q", "main");
    return new Figure(
        site.durableSeconds(
            () -> git(site, site.at(CLONE), "checkout", "-q", "-B", "other", "origin/other")),
        TOOL);
  }
}
