package org.razorfs.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Verifies the durability protocol's model, {@code src/model/commit.pml}, with spin: no history up
 * to a bound breaks its promises, and each precaution that is taken away is missed.
 */
@Tag("slow")
class ProtocolModelTest {
  private static final Path MODEL = Path.of("src", "model", "commit.pml").toAbsolutePath();

  @TempDir Path folder;

  @BeforeEach
  void needTools() {
    for (String tool : List.of("spin", "gcc")) {
      if (!onPath(tool)) {
        String message = tool + " is not installed: the protocol's model was NOT verified";
        if ("true".equals(System.getenv("CI"))) {
          fail(message);
        }
        System.out.println("SKIPPED: " + message);
        Assumptions.abort(message);
      }
    }
  }

  private static boolean onPath(String tool) {
    for (String directory : System.getenv("PATH").split(File.pathSeparator)) {
      if (Files.isExecutable(Path.of(directory, tool))) {
        return true;
      }
    }
    return false;
  }

  @ParameterizedTest(name = "{0} operations, ring of {1}, {2} crashes")
  @CsvSource({"4, 2, 2", "3, 3, 2", "3, 2, 3"})
  void noHistoryBreaksThePromises(int operations, int ring, int crashes) throws Exception {
    String result =
        verify(List.of("-DNOPS=" + operations, "-DRING=" + ring, "-DCRASHES=" + crashes));
    assertTrue(result.contains("errors: 0"), result);
    // Everything was searched, and no part of the model is there in vain.
    for (String giveUp : List.of("MEMLIM", "max search depth too small", "out of memory")) {
      assertEquals(-1, result.indexOf(giveUp), result);
    }
    assertTrue(result.contains("unreached in proctype volume\n\t(0 of "), result);
    result.lines().filter(line -> line.contains("states, stored")).forEach(System.out::println);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "OMIT_COMMIT_FLUSH",
        "OMIT_FLUSH_BEFORE_SUPERBLOCK",
        "OMIT_FLUSH_AFTER_SUPERBLOCK",
        "EARLY_RELEASE",
        "NO_EPOCH_BUMP",
        "NO_EPOCH_CHECK",
        "NO_LAP_CHECK",
        "NO_DATA_CHECK",
        "STAMP_UNFLUSHED",
        "IGNORE_RING_END",
        "ONE_SLOT",
        "ONE_AREA",
        "LATE_CUT"
      })
  void everyPrecautionIsNeeded(String bug) throws Exception {
    assertTrue(Files.readString(MODEL).contains("#ifdef " + bug) || definesAway(bug), bug);
    String result = verify(List.of("-DNOPS=3", "-D" + bug));
    assertTrue(result.contains("assertion violated"), result);
    assertTrue(result.contains("errors: 1"), result);
  }

  private static boolean definesAway(String bug) throws IOException {
    return Files.readString(MODEL).contains("#ifndef " + bug);
  }

  private String verify(List<String> switches) throws IOException, InterruptedException {
    List<String> spin = new ArrayList<>(List.of("spin"));
    spin.addAll(switches);
    spin.addAll(List.of("-a", MODEL.toString()));
    run(spin);
    // Never stores a hash alone for a state, so the search is exhaustive.
    run(
        List.of(
            "gcc", "-O2", "-w", "-DSAFETY", "-DCOLLAPSE", "-DMEMLIM=1400", "-o", "pan", "pan.c"));
    return run(List.of("./pan", "-m10000"));
  }

  private String run(List<String> command) throws IOException, InterruptedException {
    Path output = folder.resolve("output");
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    if (!process.waitFor(10, TimeUnit.MINUTES)) {
      process.destroyForcibly();
      fail(command + " did not end");
    }
    String text = Files.readString(output, StandardCharsets.UTF_8);
    assertEquals(0, process.exitValue(), () -> command + ": " + text);
    return text;
  }
}
