package org.razorfs.bench.workload;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.razorfs.bench.host.Commands;
import org.razorfs.bench.result.Figure;
import org.razorfs.bench.result.Unit;

/** A build: generated Java sources, and javac that reads them and writes a class for each. */
final class BuildWorkload {
  private static final int PER_PACKAGE = 20;
  private static final int METHODS = 8;

  private BuildWorkload() {}

  static List<Workload> all() {
    return List.of(
        new Workload("build", "javac of a source tree", Unit.SECONDS, false, BuildWorkload::run));
  }

  private static Path javac(Site site) throws UnavailableException {
    Path own = Path.of(System.getProperty("java.home"), "bin", "javac");
    if (Files.isExecutable(own)) {
      return own;
    }
    return site.host()
        .find("javac")
        .orElseThrow(
            () ->
                new UnavailableException(
                    "javac is not installed (Debian: openjdk-17-jdk-headless)"));
  }

  private static Figure run(Site site) throws IOException {
    Path javac = javac(site);
    Path sources = site.at("sources");
    if (!Files.exists(sources)) {
      write(sources, site.plan().sourceFiles());
    }
    site.remove(site.at("classes"));
    Files.createDirectory(site.at("classes"));
    return new Figure(
        site.durableSeconds(
            () ->
                site.commands()
                    .run(
                        List.of(javac.toString(), "-proc:none", "-d", "../classes", "@files"),
                        Commands.Invocation.PLAIN.in(sources))),
        "javac");
  }

  /** Classes in packages, each of which uses the one before it. */
  static void write(Path sources, int count) throws IOException {
    StringBuilder files = new StringBuilder();
    for (int i = 0; i < count; i++) {
      Path folder = sources.resolve("p" + i / PER_PACKAGE);
      Files.createDirectories(folder);
      Files.writeString(folder.resolve("C" + i + ".java"), source(i));
      files.append("p").append(i / PER_PACKAGE).append("/C").append(i).append(".java\n");
    }
    Files.writeString(sources.resolve("files"), files);
  }

  private static String source(int number) {
    StringBuilder source = new StringBuilder(2_000);
    source.append("package p").append(number / PER_PACKAGE).append(";\n\n");
    source.append("/** Class ").append(number).append(", generated. */\n");
    source.append("public class C").append(number).append(" {\n");
    source.append("  private final java.util.List<String> seen = new java.util.ArrayList<>();\n");
    String before =
        number == 0 ? "1" : "new p" + (number - 1) / PER_PACKAGE + ".C" + (number - 1) + "().m0(x)";
    for (int method = 0; method < METHODS; method++) {
      source.append("\n  /** Adds up to ").append(number + method).append(". */\n");
      source.append("  public int m").append(method).append("(int x) {\n");
      source.append("    int sum = x > 0 ? 0 : ").append(before).append(";\n");
      source.append("    for (int i = 0; i < ").append(number + method).append("; i++) {\n");
      source.append("      sum += i * x;\n      seen.add(\"step \" + i);\n    }\n");
      source.append("    return sum + seen.size();\n  }\n");
    }
    return source.append("}\n").toString();
  }
}
