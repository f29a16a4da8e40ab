package org.razorfs.bench.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.razorfs.tools.CommandFailure;

/** Runs other programs; once stopped, it ends those that run and starts no more. */
public final class Commands {
  private static final long GRACE_SECONDS = 10;

  private final Host host;
  private final Set<Process> running = new HashSet<>();
  private boolean stopped;

  /** Programs as {@code host} finds them. */
  public Commands(Host host) {
    this.host = host;
  }

  /** The machine. */
  public Host host() {
    return host;
  }

  /** The same without what has been started so far, for putting things back after a stop. */
  public Commands fresh() {
    return new Commands(host);
  }

  /**
   * Runs a program to its end, its output thrown away.
   *
   * @throws CommandFailure when it fails; with the last line that it said
   */
  public void run(String... command) throws IOException {
    run(List.of(command), Invocation.PLAIN);
  }

  /** As above, with the output as text. */
  public String output(String... command) throws IOException {
    return output(List.of(command), Map.of());
  }

  /** As above, with more variables for the program. */
  public String output(List<String> command, Map<String, String> variables) throws IOException {
    Path out = Files.createTempFile("razorfs-bench", ".out");
    try {
      run(command, Invocation.PLAIN.out(out).with(variables));
      return Files.readString(out);
    } finally {
      Files.deleteIfExists(out);
    }
  }

  /** Runs a program to its end. */
  public void run(List<String> command, Invocation how) throws IOException {
    Path err = Files.createTempFile("razorfs-bench", ".err");
    try {
      Process process = start(command, how, err);
      int exit = await(process);
      if (exit != 0 && !how.tolerated().contains(exit)) {
        throw new CommandFailure(
            1, String.join(" ", command) + " failed with " + exit + ": " + lastLine(err));
      }
    } finally {
      Files.deleteIfExists(err);
    }
  }

  /**
   * Starts a program that stays, such as a daemon in the foreground.
   *
   * @param err where its errors go
   */
  public synchronized Process start(List<String> command, Invocation how, Path err)
      throws IOException {
    if (stopped) {
      throw new CommandFailure(1, "stopped");
    }
    List<String> words = new ArrayList<>(command);
    // By its full name: system folders need not be in the PATH of the child either.
    host.find(words.get(0)).ifPresent(path -> words.set(0, path.toString()));
    ProcessBuilder builder =
        new ProcessBuilder(words)
            .redirectInput(how.in() == null ? Path.of("/dev/null").toFile() : how.in().toFile())
            .redirectOutput(
                how.out() == null
                    ? ProcessBuilder.Redirect.DISCARD
                    : ProcessBuilder.Redirect.to(how.out().toFile()))
            .redirectError(err.toFile());
    if (how.folder() != null) {
      builder.directory(how.folder().toFile());
    }
    builder.environment().put("LC_ALL", "C.UTF-8");
    builder.environment().putAll(how.environment());
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      throw new CommandFailure(1, words.get(0) + ": cannot be run: " + e.getMessage(), e);
    }
    running.add(process);
    return process;
  }

  /** Waits for a program's end. */
  public int await(Process process) throws IOException {
    try {
      return process.waitFor();
    } catch (InterruptedException e) {
      process.destroy();
      Thread.currentThread().interrupt();
      throw new CommandFailure(1, "interrupted", e);
    } finally {
      synchronized (this) {
        running.remove(process);
      }
    }
  }

  /** Ends everything that runs, waits for that, and refuses to start more. */
  public void stop() {
    List<Process> left;
    synchronized (this) {
      stopped = true;
      left = List.copyOf(running);
    }
    left.forEach(Process::destroy);
    for (Process process : left) {
      try {
        if (!process.waitFor(GRACE_SECONDS, TimeUnit.SECONDS)) {
          process.destroyForcibly();
        }
      } catch (InterruptedException e) {
        process.destroyForcibly();
        Thread.currentThread().interrupt();
      }
    }
  }

  /** The last line of a file that says anything. */
  public static String lastLine(Path file) throws IOException {
    String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    return text.lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty())
        .reduce((first, second) -> second)
        .orElse("it said nothing");
  }

  /**
   * How a program is run.
   *
   * @param folder its working directory, or null for this process's
   * @param in what it reads, or null for nothing
   * @param out where its output goes, or null for nowhere
   * @param tolerated exit codes that are no failure
   * @param environment variables beside this process's
   */
  public record Invocation(
      Path folder, Path in, Path out, Set<Integer> tolerated, Map<String, String> environment) {
    /** Nothing special. */
    public static final Invocation PLAIN = new Invocation(null, null, null, Set.of(), Map.of());

    /** In a folder. */
    public Invocation in(Path folder) {
      return new Invocation(folder, in, out, tolerated, environment);
    }

    /** With this as its input. */
    public Invocation reading(Path file) {
      return new Invocation(folder, file, out, tolerated, environment);
    }

    /** With its output there. */
    public Invocation out(Path file) {
      return new Invocation(folder, in, file, tolerated, environment);
    }

    /** Where these exit codes mean success as well. */
    public Invocation tolerating(Integer... codes) {
      return new Invocation(folder, in, out, Set.of(codes), environment);
    }

    /** With more variables. */
    public Invocation with(Map<String, String> variables) {
      return new Invocation(folder, in, out, tolerated, variables);
    }
  }
}
