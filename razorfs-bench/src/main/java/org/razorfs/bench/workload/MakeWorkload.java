package org.razorfs.bench.workload;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.razorfs.bench.host.Commands;
import org.razorfs.bench.result.Figure;
import org.razorfs.bench.result.Unit;

/** A build by make: generated C sources, a compiler process for each, and a library of them all. */
final class MakeWorkload {
  private static final int HEADERS = 20;

  private MakeWorkload() {}

  static List<Workload> all() {
    return List.of(
        new Workload(
            "make",
            "make of C sources, a job per processor",
            Unit.SECONDS,
            false,
            MakeWorkload::run));
  }

  private static Figure run(Site site) throws IOException {
    site.require("make", "make");
    site.require("cc", "gcc, libc6-dev");
    site.require("ar", "binutils");
    Path tree = site.at("make");
    site.remove(tree);
    write(tree, site.plan().sourceFiles());
    String jobs = "-j" + Runtime.getRuntime().availableProcessors();
    return new Figure(
        site.durableSeconds(
            () ->
                site.commands()
                    .run(List.of("make", "-s", jobs), Commands.Invocation.PLAIN.in(tree))),
        "make");
  }

  /** Sources that each include headers, and the rules that make objects and a library of them. */
  static void write(Path tree, int count) throws IOException {
    Files.createDirectories(tree.resolve("include"));
    for (int i = 0; i < HEADERS; i++) {
      Files.writeString(
          tree.resolve("include/h" + i + ".h"),
          """
          #ifndef H%1$d
          #define H%1$d
          struct s%1$d { int values[%2$d]; };
          static inline int h%1$d(int x) { return x * %2$d; }
          #endif
          """
              .formatted(i, i + 1));
    }
    StringBuilder objects = new StringBuilder("OBJECTS =");
    for (int i = 0; i < count; i++) {
      Files.writeString(tree.resolve("f" + i + ".c"), source(i));
      objects.append(" f").append(i).append(".o");
    }
    Files.writeString(
        tree.resolve("Makefile"),
        objects
            + "\n\nall.a: $(OBJECTS)\n\tar rc $@ $(OBJECTS)\n\n"
            + "%.o: %.c\n\tcc -O0 -Iinclude -MD -c -o $@ $<\n");
  }

  private static String source(int number) {
    StringBuilder source = new StringBuilder(1_000);
    for (int i = 0; i < HEADERS; i++) {
      source.append("#include \"h").append(i).append(".h\"\n");
    }
    source.append("\nint f").append(number).append("(int x) {\n  struct s0 s = {{x}};\n");
    for (int i = 0; i < HEADERS; i++) {
      source.append("  s.values[0] += h").append(i).append("(x + ").append(number).append(");\n");
    }
    return source.append("  return s.values[0];\n}\n").toString();
  }
}
