package org.razorfs.mount.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;

/** Takes a mount out of the mount table, with the host's own programs. */
public final class Unmounter {
  private static final String MISSING = " is not installed";

  private final boolean root;

  /**
   * @param root whether this process may unmount by itself; others need fusermount
   */
  public Unmounter(boolean root) {
    this.root = root;
  }

  /** What becomes of files that are open there. */
  public enum Mode {
    /** They are a reason to refuse. */
    PLAIN,
    /** The mount goes out of sight at once, and ends when the last of them is closed. */
    LAZY
  }

  /**
   * Unmounts.
   *
   * @throws FsException {@code BUSY} when something there is in use, {@code IO_ERROR} with what
   *     else the host's program says
   */
  public void unmount(Path directory, Mode mode) throws IOException {
    List<String> problems = new ArrayList<>();
    for (List<String> command : commands(directory, mode)) {
      String problem = run(command);
      if (problem.isEmpty()) {
        return;
      }
      problems.add(problem);
    }
    if (problems.stream().anyMatch(problem -> problem.contains("busy"))) {
      throw FsException.of(
          Fault.BUSY, directory + ": in use; close what is open there (fuser -vm finds it)");
    }
    throw FsException.of(
        Fault.IO_ERROR,
        problems.stream()
            .filter(problem -> !problem.endsWith(MISSING))
            .findFirst()
            .orElse(problems.get(0)));
  }

  private List<List<String>> commands(Path directory, Mode mode) {
    boolean lazy = mode == Mode.LAZY;
    String dir = directory.toString();
    List<List<String>> commands = new ArrayList<>();
    if (root) {
      // -i: not through a helper of ours, which would come back here.
      commands.add(lazy ? List.of("umount", "-i", "-l", dir) : List.of("umount", "-i", dir));
    }
    for (String program : List.of("fusermount3", "fusermount")) {
      commands.add(lazy ? List.of(program, "-u", "-z", dir) : List.of(program, "-u", dir));
    }
    return commands;
  }

  /** Empty when it succeeded, else what it said. */
  private static String run(List<String> command) throws IOException {
    Process process;
    try {
      ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
      builder.environment().put("LC_ALL", "C");
      process = builder.start();
    } catch (IOException e) {
      return command.get(0) + MISSING;
    }
    process.getOutputStream().close();
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    int exitCode = waitFor(process);
    if (exitCode == 0) {
      return "";
    }
    return output.isEmpty() ? command.get(0) + " exited with " + exitCode : output;
  }

  private static int waitFor(Process process) {
    boolean interrupted = false;
    while (true) {
      try {
        int exitCode = process.waitFor();
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
        return exitCode;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
  }
}
