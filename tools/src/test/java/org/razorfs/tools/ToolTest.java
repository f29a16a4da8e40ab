package org.razorfs.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.razorfs.fault.CorruptImageException;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

class ToolTest {
  @TempDir private Path directory;

  @Command(name = "trial", description = "Tries something.")
  private static final class Trial extends BaseCommand {
    private final Exception failure;

    @Option(names = "--size", converter = Sizes.Converter.class, description = "A size.")
    private Long size;

    Trial(Exception failure) {
      this.failure = failure;
    }

    @Override
    protected ExitCodes exitCodes() {
      return new ExitCodes(8, 16);
    }

    @Override
    protected int execute(Console console) throws IOException {
      if (failure instanceof IOException e) {
        throw e;
      }
      if (failure instanceof RuntimeException e) {
        throw e;
      }
      console.note("a note");
      console.warn("a\nwarning");
      console.print("size " + size);
      console.print(JsonDocument.of("trial", 1).put("size", size));
      return 4;
    }
  }

  private static ToolRun run(Exception failure, String... args) {
    return ToolRun.of(new Trial(failure), args);
  }

  @Test
  void printsTextOrOneDocumentAndReturnsTheCommandsCode() {
    ToolRun text = run(null, "--size", "4K");
    assertEquals(4, text.exitCode());
    assertEquals("size 4096\n", text.out());
    assertEquals(List.of("a note", "trial: warning: a warning"), text.errLines());

    ToolRun json = run(null, "--size=4K", "--json");
    assertEquals("{\"schema\":\"razorfs.trial/1\",\"size\":4096}\n", json.out());
    assertEquals(List.of("trial: warning: a warning"), json.errLines());

    assertEquals(List.of("trial: warning: a warning"), run(null, "-q").errLines());
  }

  @Test
  void namesAWrongOptionOnOneLine() {
    ToolRun run = run(null, "--sise", "4K");
    assertEquals(16, run.exitCode());
    assertEquals(1, run.errLines().size(), run.err());
    assertTrue(run.err().startsWith("trial: Unknown option"), run.err());
    assertTrue(run.err().contains("--sise"), run.err());
    assertEquals("", run.out());
  }

  @Test
  void anArgumentWithAnAtSignIsTakenAsItIs() throws IOException {
    Path file = Files.writeString(directory.resolve("home"), "--json --size 4K");
    ToolRun run = run(null, "@" + file);
    assertEquals(16, run.exitCode());
    assertTrue(run.err().contains("@" + file), run.err());
  }

  @Test
  void saysWhatIsWrongWithASize() {
    ToolRun run = run(null, "--size", "4X");
    assertEquals(16, run.exitCode());
    assertTrue(run.err().contains("'4X' is not a size"), run.err());
  }

  @Test
  void putsAFaultOnOneLineWithAdvice() {
    ToolRun run = run(FsException.of(Fault.NOT_A_VOLUME, "disk.img: holds\nno volume"));
    assertEquals(8, run.exitCode());
    assertEquals(
        List.of("trial: disk.img: holds no volume; make one with: razorfs mkfs IMAGE"),
        run.errLines());
  }

  @Test
  void keepsTheAdviceThatAMessageBrings() {
    ToolRun run = run(FsException.of(Fault.BUSY, "disk.img: in use by pid 1; unmount it"));
    assertEquals(List.of("trial: disk.img: in use by pid 1; unmount it"), run.errLines());
  }

  @Test
  void sendsCorruptionToTheCheck() {
    ToolRun run = run(CorruptImageException.crc("block 812, node header", 1, 2));
    assertTrue(run.err().contains("block 812, node header: expected crc 00000001"), run.err());
    assertTrue(run.err().contains("razorfsck"), run.err());
  }

  @Test
  void putsPlainFileErrorsIntoWords() {
    assertEquals(
        List.of("trial: a.img: no such file or directory; check the path"),
        run(new NoSuchFileException("a.img")).errLines());
  }

  @Test
  void showsWhereOnlyWithDebug() {
    IllegalStateException bug = new IllegalStateException("odd");
    ToolRun quiet = run(bug);
    assertEquals(1, quiet.errLines().size(), quiet.err());
    assertTrue(quiet.err().contains("internal error"), quiet.err());
    assertFalse(quiet.err().contains("\tat "), quiet.err());
    assertTrue(run(bug, "--debug").err().contains("\tat "));
  }

  @Test
  void givesADocumentForEveryFailureWithJson() {
    ToolRun failed = run(FsException.of(Fault.BUSY, "in use"), "--json");
    assertEquals("BUSY", Schemas.check("razorfs.error/1", failed.out()).get("fault").asText());
    ToolRun usage = run(null, "--json", "--nonsense");
    assertEquals(
        16, Schemas.check("razorfs.error/1", usage.out()).get("exit_code").asInt(), usage.out());
  }

  @Test
  void letsACommandChooseItsExitCode() {
    ToolRun run = run(new CommandFailure(32, "no"));
    assertEquals(32, run.exitCode());
    assertEquals("trial: no\n", run.err());
  }

  @Test
  void showsHelpAndVersion() {
    ToolRun help = run(null, "--help");
    assertEquals(0, help.exitCode());
    assertTrue(help.out().contains("Usage: trial"), help.out());
    ToolRun version = run(null, "-V");
    assertTrue(version.out().matches("trial \\d+\\.\\d+\\.\\d+.*\\R"), version.out());
  }
}
