package org.razorfs.scale;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Runs a main class in a JVM of its own, with as much memory as is given. */
final class JavaProcess {
  private JavaProcess() {}

  /**
   * What it printed: a name and a number a line.
   *
   * @param heapMib for {@code -Xmx}; running out of it ends the process with an error
   * @param directMib for {@code -XX:MaxDirectMemorySize}
   * @param exitCode that it has to end with
   */
  static Map<String, Long> run(
      int heapMib, int directMib, int exitCode, Class<?> main, Object... arguments)
      throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + heapMib + "m",
                "-XX:MaxDirectMemorySize=" + directMib + "m",
                "-XX:+ExitOnOutOfMemoryError",
                "-XX:+IgnoreUnrecognizedVMOptions",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    Process process =
        new ProcessBuilder(command)
            .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      int ended = process.waitFor();
      if (ended != exitCode) {
        throw new AssertionError(command + " ended with " + ended + ":\n" + output);
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      throw new AssertionError(e);
    }
    Map<String, Long> numbers = new HashMap<>();
    for (String line : output.lines().toList()) {
      String[] words = line.split(" ", -1);
      if (words.length == 2 && words[1].matches("-?\\d+")) {
        numbers.put(words[0], Long.valueOf(words[1]));
      }
    }
    return numbers;
  }
}
