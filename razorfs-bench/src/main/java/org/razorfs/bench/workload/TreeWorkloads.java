package org.razorfs.bench.workload;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.razorfs.bench.host.Commands;
import org.razorfs.bench.result.Figure;
import org.razorfs.bench.result.Unit;

/** Work on a source tree, by the programs that people use for it. */
final class TreeWorkloads {
  private static final String NEEDLE = "razorfs-bench-needle-in-no-haystack";

  private TreeWorkloads() {}

  static List<Workload> all() {
    return List.of(
        new Workload("untar", "untar the tree + sync", Unit.SECONDS, false, TreeWorkloads::untar),
        new Workload("space", "space for the tree", Unit.MEGABYTES, false, TreeWorkloads::space),
        new Workload("find", "find, cold", Unit.SECONDS, true, TreeWorkloads::find),
        new Workload("tar", "tar the tree to a pipe, cold", Unit.SECONDS, true, TreeWorkloads::tar),
        new Workload("grep", "grep -r, warm", Unit.SECONDS, false, TreeWorkloads::grep),
        new Workload("du", "du -s, warm", Unit.SECONDS, false, TreeWorkloads::du),
        new Workload("cp", "cp -r of the tree + sync", Unit.SECONDS, false, TreeWorkloads::cp),
        new Workload("rm", "rm -r of the copy + sync", Unit.SECONDS, false, TreeWorkloads::rm));
  }

  private static Figure untar(Site site) throws IOException {
    site.remove(site.at("tree"));
    warmInput(site.input().tar());
    return new Figure(site.durableSeconds(site::unpack), "tar");
  }

  /** The input is read from memory, whichever file system comes first. */
  static void warmInput(Path file) throws IOException {
    Streams.read(file);
  }

  private static Figure space(Site site) throws IOException {
    site.tree();
    OptionalLong bytes = site.session().usedBytes();
    if (bytes.isEmpty()) {
      throw new UnavailableException("only a new image has nothing but the tree in it");
    }
    return new Figure(bytes.getAsLong() / 1e6, "df");
  }

  private static Figure find(Site site) throws IOException {
    String tree = site.tree().toString();
    site.chill();
    return new Figure(site.seconds(() -> site.commands().run("find", tree)), "find");
  }

  private static Figure tar(Site site) throws IOException {
    site.tree();
    site.chill();
    // Through a pipe: tar notices /dev/null and then reads nothing.
    List<String> words =
        List.of("sh", "-c", "tar --create --file=- --directory=\"$1\" tree | cat >/dev/null", "sh");
    return new Figure(
        site.seconds(
            () ->
                site.commands()
                    .run(
                        Lists.with(words, site.session().root().toString()),
                        Commands.Invocation.PLAIN)),
        "tar");
  }

  private static Figure grep(Site site) throws IOException {
    String tree = site.tree().toString();
    List<String> words = List.of("grep", "-r", "-F", NEEDLE, tree);
    Commands.Invocation findingNothing = Commands.Invocation.PLAIN.tolerating(1);
    site.commands().run(words, findingNothing);
    return new Figure(site.seconds(() -> site.commands().run(words, findingNothing)), "grep");
  }

  private static Figure du(Site site) throws IOException {
    String tree = site.tree().toString();
    site.commands().run("du", "-s", tree);
    return new Figure(site.seconds(() -> site.commands().run("du", "-s", tree)), "du");
  }

  private static void copy(Site site) throws IOException {
    site.commands().run("cp", "-r", site.tree().toString(), site.at("copy").toString());
  }

  private static Figure cp(Site site) throws IOException {
    site.remove(site.at("copy"));
    Streams.readAll(site.tree());
    return new Figure(site.durableSeconds(() -> copy(site)), "cp");
  }

  private static Figure rm(Site site) throws IOException {
    if (!Files.exists(site.at("copy"))) {
      site.durableSeconds(() -> copy(site));
    }
    return new Figure(
        site.durableSeconds(() -> site.commands().run("rm", "-r", site.at("copy").toString())),
        "rm");
  }
}
