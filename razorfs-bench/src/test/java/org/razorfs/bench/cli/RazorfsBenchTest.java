package org.razorfs.bench.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.razorfs.bench.host.Host;
import org.razorfs.bench.workload.Workloads;
import org.razorfs.tools.ManPages;
import org.razorfs.tools.Schemas;
import org.razorfs.tools.Tool;
import org.razorfs.tools.ToolRun;

/** The command line, measuring as good as nothing in a temporary directory. */
class RazorfsBenchTest {
  @TempDir private Path folder;

  private ToolRun runAs(boolean root, Object... args) {
    Map<String, String> environment = new HashMap<>(System.getenv());
    environment.put("TMPDIR", folder.toString());
    String[] words = new String[args.length];
    for (int i = 0; i < args.length; i++) {
      words[i] = args[i].toString();
    }
    return ToolRun.of(new RazorfsBench(new Host(root, environment, null)), words);
  }

  private ToolRun run(Object... args) {
    ToolRun run = runAs(false, args);
    assertEquals(0, run.exitCode(), run.out() + run.err());
    return run;
  }

  private String error(Object... args) {
    ToolRun run = runAs(false, args);
    assertEquals(1, run.exitCode(), run.out() + run.err());
    assertEquals(1, run.errLines().size(), run.err());
    return run.err();
  }

  /** What a run has printed last; before it there may be lines about its progress. */
  private static JsonNode document(String kind, ToolRun run) {
    List<String> lines = run.out().lines().toList();
    for (String line : lines.subList(0, lines.size() - 1)) {
      Schemas.check("razorfs.bench-status/1", line);
    }
    return Schemas.check(kind, lines.get(lines.size() - 1));
  }

  private void assertNothingLeft(String... expected) throws IOException {
    try (var left = Files.list(folder)) {
      assertEquals(
          List.of(expected), left.map(path -> path.getFileName().toString()).sorted().toList());
    }
  }

  @Test
  void aDirectoryIsMeasuredAndNothingIsLeftInIt() throws IOException {
    Path page = folder.resolve("report.html");
    ToolRun run =
        run(
            "run",
            "--quick",
            "--json",
            "-n",
            "2",
            "--html",
            page,
            "--on",
            folder,
            "untar",
            "grep",
            "du",
            "cp",
            "rm",
            "write",
            "read-warm",
            "create*",
            "stat-warm",
            "unlink*",
            "seq-write",
            "rand-read-warm",
            "rand-write*",
            "small-fsync",
            "readers-and-writer");
    JsonNode report = document("razorfs.bench/1", run);
    assertEquals(List.of(), list(report.get("not_measured")));
    assertEquals(18, report.get("results").size());
    for (JsonNode result : report.get("results")) {
      assertEquals(2, result.get("values").size(), result.toString());
      assertTrue(result.get("median").asDouble() > 0, result.toString());
    }
    assertTrue(Files.readString(page).contains("<svg"));
    assertNothingLeft("report.html");
  }

  private static List<JsonNode> list(JsonNode array) {
    List<JsonNode> elements = new java.util.ArrayList<>();
    array.forEach(elements::add);
    return elements;
  }

  @Test
  void workOfOtherProgramsIsMeasuredOrSaidToBeMissing() throws IOException {
    JsonNode report =
        document(
            "razorfs.bench/1",
            run(
                "run", "--quick", "--json", "--on", folder, "sqlite", "git-c*", "build", "make",
                "space"));
    for (JsonNode missing : report.get("not_measured")) {
      assertFalse(missing.get("failed").asBoolean(), missing.toString());
    }
    assertEquals(6, report.get("results").size() + report.get("not_measured").size());
    assertNothingLeft();
  }

  @Test
  void withoutRootColdWorkIsLeftOutUnlessItWasNamed() throws IOException {
    ToolRun run = run("run", "--quick", "--on", folder, "find*", "du");
    assertTrue(run.out().contains("find: not measured: dropping caches needs root"), run.out());
    assertTrue(error("run", "--quick", "--on", folder, "find").contains("run it as root"));
    assertNothingLeft();
  }

  @Test
  void aFailureIsOneLineAndExitCodeOne() throws IOException {
    assertTrue(error("run", "nonsense").contains("there is no workload 'nonsense'"));
    assertTrue(error("run", "-n", "0").contains("at least 1"));
    assertTrue(error("run", "--data", folder, "--on", folder, "du").contains("holds no input"));
    assertTrue(error("run", "--html", folder, "du").contains("cannot be written"));
    assertTrue(
        error("run", "--on", "/nowhere/image", "--razorfs", "/bin/true", "du")
            .contains("its folder does not exist"));
    assertTrue(error("run", "--razorfs", "/nowhere/razorfs", "du").contains("cannot be run"));
    assertTrue(error("compare", "--with", "ext5", "du").contains("there is no peer 'ext5'"));
    assertTrue(error("compare", "-n", "2", "du").contains("at least 3"));
    assertTrue(error("compare", "du").contains("run it as root"));
    assertTrue(error("latency", "--count", "0").contains("at least 1"));
    assertTrue(error("contention", "--readers", "0").contains("more than 0"));
    assertTrue(error("regress").contains("--baseline"));
    assertTrue(error("regress", "--baseline", folder.resolve("x")).contains("cannot be read"));
    assertTrue(error("profile", "--aspect", "luck").contains("luck"));
    assertTrue(
        error("profile", "--from", folder.resolve("x"), "--html", folder.resolve("y"))
            .contains("cannot be read"));
    assertTrue(
        error("data", "--from", folder.resolve("x"), folder.resolve("y"))
            .contains("is not a directory"));
    assertEquals(1, runAs(false).exitCode());
    assertNothingLeft();
  }

  @Test
  void everyWorkloadIsListedAndNamedInTheHelp() {
    String help = run("run", "--help").out().replaceAll("\\s+", " ");
    assertTrue(help.contains(String.join(" ", Workloads.ids())), help);
    assertEquals(Workloads.ids().size() + 1, run("run", "--list").out().lines().count());
    JsonNode list = document("razorfs.bench-workloads/1", run("run", "--list", "--json"));
    assertEquals(Workloads.ids().size(), list.get("workloads").size());
  }

  @Test
  void dataIsMadeFromATreeAndUsed() throws IOException {
    Path tree = Files.createDirectories(folder.resolve("source"));
    Files.writeString(tree.resolve("file"), "content ".repeat(1000));
    Path data = folder.resolve("data");
    JsonNode made =
        document(
            "razorfs.bench-data/1",
            run("data", "--json", "--from", tree, "--file-size", "100000", data));
    assertEquals(8000, made.get("tree_bytes").asLong());
    JsonNode report =
        document(
            "razorfs.bench/1",
            run("run", "--quick", "--json", "--data", data, "--on", folder, "untar", "write"));
    assertEquals("the tree source", report.get("input").get("source").asText());
    assertEquals(100_000, report.get("input").get("file_bytes").asLong());
    assertNothingLeft("data", "source");
  }

  @Test
  void aLaterRunIsComparedWithAnEarlierOne() throws IOException {
    Path baseline = folder.resolve("baseline.json");
    ToolRun first = run("run", "--quick", "--json", "--on", folder, "create", "du");
    Files.writeString(baseline, first.out());
    // Against itself nothing has changed.
    JsonNode same =
        document(
            "razorfs.bench-regress/1",
            run(
                "regress",
                "--json",
                "--quick",
                "--target",
                "directory",
                "--baseline",
                baseline,
                "--current",
                baseline));
    assertFalse(same.get("regressed").asBoolean());
    assertEquals("same", same.get("changes").get(0).get("verdict").asText());
    // Whatever it measures now, no change is as large as this.
    ToolRun measured =
        run(
            "regress",
            "--quick",
            "--target",
            "directory",
            "--on",
            folder,
            "--threshold",
            "1e9",
            "--baseline",
            baseline,
            "create");
    assertTrue(measured.out().contains("0 worse, 0 better"), measured.out());
    // A baseline that was a thousand times as fast.
    Files.writeString(
        folder.resolve("faster.json"),
        first.out().replaceAll("\"median\":(?=[0-9])", "\"median\":1000000"));
    ToolRun worse =
        runAs(
            false,
            "regress",
            "--quick",
            "--target",
            "directory",
            "--baseline",
            folder.resolve("faster.json"),
            "--current",
            baseline,
            "create");
    assertEquals(1, worse.exitCode(), worse.out());
    assertTrue(worse.out().contains("1 worse, 0 better"), worse.out());
    assertTrue(
        error("regress", "--target", "directory", "--on", folder, "--baseline", baseline)
            .contains("add --quick"));
    assertTrue(
        error("regress", "--quick", "--baseline", baseline).contains("has no results of razorfs"));
    Path other = Files.writeString(folder.resolve("other"), "no report");
    assertTrue(error("regress", "--baseline", other).contains("is no report"));
  }

  @Test
  void latenciesHavePercentilesInOrder() throws IOException {
    JsonNode report =
        document(
            "razorfs.bench-latency/1",
            run(
                "latency",
                "--json",
                "--count",
                "50",
                "--file-size",
                "64K",
                "--writer",
                "--on",
                folder,
                "--html",
                folder.resolve("page.html")));
    for (JsonNode operation : report.get("operations")) {
      assertEquals(50, operation.get("count").asLong());
      double last = 0;
      for (String name : List.of("p50", "p90", "p99", "p99_9", "max")) {
        double value = operation.get(name + "_seconds").asDouble();
        assertTrue(value >= last && value > 0, operation.toString());
        last = value;
      }
    }
    assertEquals(10, report.get("operations").size());
    assertNothingLeft("page.html");
  }

  @Test
  void contentionIsMeasuredInBothWays() throws IOException {
    JsonNode report =
        document(
            "razorfs.bench-contention/1",
            run("contention", "--json", "--seconds", "0.2", "--writers", "2"));
    for (String half : List.of("free", "one_lock")) {
      assertTrue(report.get(half).get("reads_per_second").asDouble() > 0, report.toString());
      assertTrue(report.get(half).get("fsyncs_per_second").asDouble() > 0, report.toString());
    }
    assertNothingLeft();
  }

  @Test
  void manualPagesAndCompletionsAreUpToDate() throws IOException {
    ManPages.check(new Tool(new RazorfsBench(new Host(false, Map.of(), null))));
  }
}
