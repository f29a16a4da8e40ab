package org.razorfs.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.razorfs.mount.daemon.ControlDirectory;
import org.razorfs.tools.Schemas;
import org.razorfs.tools.ToolRun;

/** Test support: an image, a directory to mount it on, and the command to do so. */
final class MountFixture implements AutoCloseable {
  /** For how long a script can run; what the daemons were doing then is in target/hangs.txt. */
  private static final long LIMIT_MINUTES = 9;

  private final Path image;
  private final Path directory;
  private final String transport;
  private long pid;

  MountFixture(Path work, String size, String transport) throws IOException {
    this.transport = transport;
    image = work.resolve("disk.img");
    directory = Files.createDirectory(work.resolve("mnt"));
    assertEquals(0, run("mkfs", "-q", "--size", size, image).exitCode());
  }

  /**
   * Skips the tests of a class where nothing can be mounted, and says so; where they have to run
   * ({@code CI=true}) they fail instead.
   */
  static void requireMounting(String transport) throws IOException {
    List<String> missing = new ArrayList<>();
    if (!Files.isReadable(Path.of("/dev/fuse")) || !Files.isWritable(Path.of("/dev/fuse"))) {
      missing.add("/dev/fuse");
    }
    if (!ControlDirectory.isRoot()) {
      missing.add("root");
    }
    if (transport.equals("jnr-fuse") && !sh("/sbin/ldconfig -p").contains("libfuse.so.2")) {
      missing.add("libfuse 2");
    }
    if (sh("command -v fusermount3 || true").isEmpty()) {
      missing.add("fusermount3");
    }
    if (!missing.isEmpty()) {
      String why = "nothing can be mounted without " + String.join(", ", missing);
      if ("true".equals(System.getenv("CI"))) {
        fail(why);
      }
      System.err.println("SKIPPED: " + why);
      Assumptions.abort(why);
    }
  }

  /** The daemon's coverage counts as well, where that of the tests is measured. */
  private static Map<String, String> environment() {
    String agents =
        String.join(
            " ",
            ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("-javaagent:"))
                .filter(argument -> argument.contains("jacoco"))
                .map(MountFixture::absolute)
                .toList());
    return Map.of("RAZORFS_OPTS", agents);
  }

  /** The daemon's directory is another one. */
  private static String absolute(String agent) {
    String key = "destfile=";
    int at = agent.indexOf(key);
    if (at < 0) {
      return agent;
    }
    int end = agent.indexOf(',', at);
    String file = agent.substring(at + key.length(), end < 0 ? agent.length() : end);
    return agent.replace(key + file, key + Path.of(file).toAbsolutePath());
  }

  /** Runs razorfs. */
  static ToolRun run(Object... args) {
    String[] words = new String[args.length];
    for (int i = 0; i < args.length; i++) {
      words[i] = args[i].toString();
    }
    return ToolRun.of(new Razorfs(environment()), words);
  }

  Path image() {
    return image;
  }

  /** The mount point. */
  Path directory() {
    return directory;
  }

  Path path(String name) {
    return directory.resolve(name);
  }

  long pid() {
    return pid;
  }

  /** Skips a test where the kernel has nothing of what an option asks for, and says so. */
  static void requireOption(String option) {
    if (option.endsWith("io_uring=on")
        && !Files.exists(Path.of("/sys/module/fuse/parameters/enable_uring"))) {
      skip("this kernel has no FUSE over io_uring (Linux 6.14 has)");
    }
    if (option.endsWith("idle_poll=on") && !Files.isWritable(Path.of("/dev/cpu_dma_latency"))) {
      skip("/dev/cpu_dma_latency cannot be written here (root can)");
    }
  }

  private static void skip(String why) {
    System.err.println("SKIPPED: " + why);
    Assumptions.abort(why);
  }

  MountFixture mount(String... options) {
    return mountOver(transport, options);
  }

  /** Mounts over another transport than the fixture's own. */
  MountFixture mountOver(String transport, String... options) {
    List<Object> args = new ArrayList<>(List.of("mount", "--json", "--transport", transport));
    args.addAll(List.of(options));
    args.add(image);
    args.add(directory);
    ToolRun run = run(args.toArray());
    assertEquals(0, run.exitCode(), run.err());
    JsonNode mounted = Schemas.check("razorfs.mount/1", run.out());
    assertEquals(transport, mounted.get("transport").asText());
    pid = mounted.get("pid").asLong();
    return this;
  }

  /** Sees to the end of a daemon that somebody else has started. */
  void adopt(long daemon) {
    pid = daemon;
  }

  MountFixture umount() {
    ToolRun run = run("umount", "--json", directory);
    assertEquals(0, run.exitCode(), run.err());
    Schemas.check("razorfs.umount/1", run.out());
    return this;
  }

  /** Ends the daemon as a power cut would, and waits until it is gone. */
  void kill() throws Exception {
    ProcessHandle daemon = ProcessHandle.of(pid).orElseThrow();
    daemon.destroyForcibly();
    daemon.onExit().get(30, TimeUnit.SECONDS);
  }

  /** Runs a shell script in the mount that has to succeed, and returns what it printed. */
  String shell(String script) throws IOException {
    return sh("set -e; cd '" + directory + "'; " + script);
  }

  /** Runs a shell script that has to succeed, and returns what it printed. */
  static String sh(String script) throws IOException {
    ProcessBuilder builder = new ProcessBuilder("bash", "-c", script).redirectErrorStream(true);
    builder.environment().put("LC_ALL", "C.UTF-8");
    Process process = builder.start();
    process.getOutputStream().close();
    CompletableFuture<Void> limit =
        CompletableFuture.runAsync(
            () -> giveUp(script, process),
            CompletableFuture.delayedExecutor(LIMIT_MINUTES, TimeUnit.MINUTES));
    try {
      String output =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      assertEquals(0, process.waitFor(), output);
      return output;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    } finally {
      limit.cancel(false);
    }
  }

  /** Tells what the daemons are doing while a script hangs, and ends the script. */
  private static void giveUp(String script, Process process) {
    System.err.println("HANGS: " + script);
    try {
      new ProcessBuilder(
              "bash",
              "-c",
              "for p in $(pgrep -f '[D]aemonMain /tmp/junit'); do tr '\\0' ' ' < /proc/$p/cmdline;"
                  + " ps -o stat,etimes -p $p; timeout 20 jstack $p; done")
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.appendTo(new File("target/hangs.txt")))
          .start()
          .waitFor();
    } catch (IOException | InterruptedException e) {
      System.err.println("and nothing is known of the daemons: " + e);
    }
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  @Override
  public void close() throws IOException {
    // mountpoint(1) does not see a mount whose daemon is dead.
    sh("if grep -q ' " + directory + " ' /proc/mounts; then umount -l '" + directory + "'; fi");
    ProcessHandle.of(pid)
        .ifPresent(
            daemon -> {
              try {
                daemon.onExit().get(30, TimeUnit.SECONDS);
              } catch (Exception e) {
                daemon.destroyForcibly();
              }
            });
  }
}
