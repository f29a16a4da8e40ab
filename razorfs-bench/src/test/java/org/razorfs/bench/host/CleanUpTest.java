package org.razorfs.bench.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CleanUpTest {
  @TempDir private Path folder;
  private final List<String> log = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();

  @Test
  void theLastIsUndoneFirstAndNothingTwice() throws IOException {
    try (CleanUp cleanUp = new CleanUp(warnings::add)) {
      cleanUp.add("a", () -> log.add("a"));
      CleanUp.Step second = cleanUp.add("b", () -> log.add("b"));
      cleanUp.add("c", () -> log.add("c"));
      second.close();
      second.close();
    }
    assertEquals(List.of("b", "c", "a"), log);
    assertEquals(List.of(), warnings);
  }

  @Test
  void aStepThatFailsIsToldAndTheOthersAreUndone() {
    try (CleanUp cleanUp = new CleanUp(warnings::add)) {
      cleanUp.add("delete a", () -> log.add("a"));
      cleanUp.add(
          "unmount b",
          () -> {
            throw new IOException("busy");
          });
      cleanUp.add(
          "delete c",
          () -> {
            throw new IllegalStateException("bug");
          });
    }
    assertEquals(List.of("a"), log);
    assertEquals(2, warnings.size());
    assertEquals("cannot unmount b: busy", warnings.get(1));
  }

  @Test
  void aStepThatFailedIsNotTriedAgain() {
    try (CleanUp cleanUp = new CleanUp(warnings::add)) {
      CleanUp.Step step =
          cleanUp.add(
              "unmount",
              () -> {
                log.add("tried");
                throw new IOException("busy");
              });
      assertThrows(IOException.class, step::close);
    }
    assertEquals(List.of("tried"), log);
    assertEquals(List.of(), warnings);
  }

  @Test
  void aFolderGoesWithItsLinksAndNotWithWhatTheyLeadTo() throws IOException {
    Path outside = Files.writeString(folder.resolve("outside"), "stays");
    Path inside = Files.createDirectories(folder.resolve("inside/deep"));
    Files.createSymbolicLink(inside.resolve("link"), outside);
    Files.createSymbolicLink(inside.resolve("broken"), Path.of("nowhere"));
    Folders.delete(folder.resolve("inside"));
    Folders.delete(folder.resolve("inside"));
    assertFalse(Files.exists(folder.resolve("inside")));
    assertTrue(Files.exists(outside));
  }

  @Test
  void aStopEndsWhatRunsAndStartsNoMore() throws Exception {
    Commands commands = new Commands(Host.ofThisProcess());
    Process process =
        commands.start(List.of("sleep", "1000"), Commands.Invocation.PLAIN, folder.resolve("err"));
    commands.stop();
    assertFalse(process.isAlive());
    assertThrows(IOException.class, () -> commands.run("true"));
    commands.fresh().run("true");
  }

  @Test
  void aProgramThatFailsIsNamedWithWhatItSaidLast() {
    Commands commands = new Commands(Host.ofThisProcess());
    String message =
        assertThrows(
                IOException.class,
                () -> commands.run("sh", "-c", "echo first >&2; echo the reason >&2; exit 3"))
            .getMessage();
    assertTrue(message.endsWith("failed with 3: the reason"), message);
    message = assertThrows(IOException.class, () -> commands.run("no-such-program")).getMessage();
    assertTrue(message.contains("no-such-program: cannot be run"), message);
  }

  @Test
  void aSignalUndoesEverythingAndEndsWhatRuns() throws Exception {
    assertSignalled(Signalled.FOLDER);
  }

  @Test
  void aSignalUnmountsALoopDevice() throws Exception {
    org.junit.jupiter.api.Assumptions.assumeTrue(
        Host.ofThisProcess().root() && Files.exists(Path.of("/dev/loop-control")),
        "needs root and loop devices");
    assertSignalled(Signalled.EXT4);
  }

  /**
   * Starts a process that measures for ever, ends it as kill(1) does, and looks at what is left.
   */
  private void assertSignalled(String what) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Signalled.class.getName(),
                what,
                folder.toString())
            .redirectError(folder.resolve("err").toFile())
            .start();
    try (BufferedReader out = process.inputReader()) {
      Path root = Path.of(String.valueOf(out.readLine()));
      assertTrue(Files.isDirectory(root), Files.readString(folder.resolve("err")));
      long child = Long.parseLong(out.readLine());
      process.destroy();
      assertEquals(128 + 15, process.waitFor(), Files.readString(folder.resolve("err")));
      assertFalse(Files.exists(root));
      assertFalse(ProcessHandle.of(child).map(ProcessHandle::isAlive).orElse(false));
      assertFalse(Files.readString(Path.of("/proc/self/mounts")).contains(folder.toString()));
    } finally {
      process.destroyForcibly();
    }
    assertEquals("", Files.readString(folder.resolve("err")));
    try (var left = Files.list(folder)) {
      assertEquals(List.of(folder.resolve("err")), left.toList());
    }
  }
}
