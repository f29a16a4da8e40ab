package org.razorfs.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that stay by half. */
class UnfinishedFileTest {
  @TempDir private Path work;

  /** Makes a file and ends as a signal would end it. */
  static final class Ending {
    private Ending() {}

    public static void main(String[] args) throws IOException {
      UnfinishedFile file = new UnfinishedFile(Files.createFile(Path.of(args[0])));
      if (Boolean.parseBoolean(args[1])) {
        file.finish();
      }
      System.exit(3);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void staysOnlyIfFinishedWhenTheProgramIsEnded(boolean finished) throws Exception {
    Path path = work.resolve("file");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Ending.class.getName(),
                path.toString(),
                Boolean.toString(finished))
            .inheritIO()
            .start();
    assertEquals(3, process.waitFor());
    assertEquals(finished, Files.exists(path));
  }

  @Test
  void staysOnlyIfFinishedOtherwise() throws IOException {
    Path path = Files.createFile(work.resolve("file"));
    try (UnfinishedFile file = new UnfinishedFile(path)) {
      file.finish();
    }
    assertEquals(true, Files.exists(path));
    new UnfinishedFile(path).close();
    assertEquals(false, Files.exists(path));
  }
}
