package org.razorfs.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;
import org.razorfs.check.CheckListener;
import org.razorfs.check.CheckOptions;
import org.razorfs.check.CheckReport;
import org.razorfs.check.Checker;
import org.razorfs.device.FileDevice;
import org.razorfs.device.FileDeviceOptions;

/** Many processes at a time on one tree (src/test/c/soak.c); everything is as they left it. */
@Tag("mount")
@Tag("slow")
@ParameterizedClass
@ValueSource(strings = {"native", "native writeback_cache", "native io_uring=on", "jnr-fuse"})
class SoakTest {
  private static final Path SOURCE = Path.of("src/test/c/soak.c");
  private static final int CLIENTS = 8;

  @TempDir private static Path built;
  @Parameter private String kind;
  @TempDir private Path work;
  private final int operations = Integer.getInteger("razorfs.soak.operations", 1500);
  private final long seed = Long.getLong("razorfs.soak.seed", System.nanoTime());
  private MountFixture fixture;

  /** What a client said that there must be: its part of the tree, and its share of sums. */
  private record Told(List<String> files, long appended, long counted) {
    static Told of(List<String> lines) {
      return new Told(
          lines.stream().filter(line -> line.startsWith("own")).toList(),
          number(lines, "appended "),
          number(lines, "counted "));
    }

    private static long number(List<String> lines, String key) {
      return lines.stream()
          .filter(line -> line.startsWith(key))
          .mapToLong(line -> Long.parseLong(line.substring(key.length())))
          .findFirst()
          .orElseThrow();
    }
  }

  @BeforeAll
  static void build() throws IOException {
    MountFixture.requireMounting("native");
    MountFixture.sh("cc -O1 -o '" + program() + "' '" + SOURCE.toAbsolutePath() + "'");
  }

  private static Path program() {
    return built.resolve("soak");
  }

  @BeforeEach
  void make() throws IOException {
    MountFixture.requireMounting(transport());
    MountFixture.requireOption(kind);
    fixture = new MountFixture(work, "512M", transport());
    mount();
  }

  private String transport() {
    return kind.split(" ")[0];
  }

  private void mount() throws IOException {
    fixture.mount("-o", "commit=1" + kind.substring(transport().length()).replace(' ', ','));
  }

  @AfterEach
  void close() throws IOException {
    if (fixture != null) {
      fixture.close();
    }
  }

  private String soak(String command, Object... words) throws IOException {
    StringBuilder line = new StringBuilder(program() + " " + command);
    line.append(" '").append(fixture.directory()).append('\'');
    for (Object word : words) {
      line.append(' ').append(word);
    }
    return MountFixture.sh(line.toString());
  }

  @Test
  void everythingIsAsTheClientsLeftIt() throws Exception {
    System.out.printf("SoakTest over %s: -Drazorfs.soak.seed=%d%n", kind, seed);
    soak("prepare");
    List<Told> told = run();
    compare(told);
    fixture.umount();
    try (FileDevice device = FileDevice.open(fixture.image(), FileDeviceOptions.readOnly())) {
      CheckReport report = Checker.check(device, CheckOptions.full(), CheckListener.NONE);
      assertTrue(report.isClean(), () -> report.findings().toString());
    }
    mount();
    compare(told);
    fixture.shell("rm -r own* shared; test -z \"$(ls -A)\"");
    fixture.umount();
  }

  private List<Told> run() throws Exception {
    // libfuse 2 has a page cache for each name of a file.
    int links = transport().equals("jnr-fuse") ? 0 : 1;
    List<Process> clients = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      clients.add(
          new ProcessBuilder(
                  program().toString(),
                  "run",
                  fixture.directory().toString(),
                  Integer.toString(i),
                  Integer.toString(operations),
                  Long.toString(seed),
                  Integer.toString(links))
              .redirectErrorStream(true)
              .redirectOutput(work.resolve("told" + i).toFile())
              .start());
    }
    List<Told> told = new ArrayList<>();
    List<String> failures = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      int exitCode = clients.get(i).waitFor();
      List<String> lines = Files.readAllLines(work.resolve("told" + i));
      if (exitCode == 0) {
        told.add(Told.of(lines));
      } else {
        failures.add("client " + i + " ended with " + exitCode + ": " + lines);
      }
    }
    assertTrue(failures.isEmpty(), failures::toString);
    return told;
  }

  private void compare(List<Told> told) throws IOException {
    for (int i = 0; i < CLIENTS; i++) {
      assertEquals(told.get(i).files.stream().collect(Collectors.joining("\n")), soak("list", i));
    }
    long appended = told.stream().mapToLong(Told::appended).sum();
    long counted = told.stream().mapToLong(Told::counted).sum();
    assertEquals("appended " + appended + "\ncounted " + counted, soak("shared"));
  }
}
