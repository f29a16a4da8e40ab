package org.razorfs.mount.daemon;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.mount.Threads;
import org.razorfs.mount.host.HostNames;

/** Starts the daemon's process and listens until it works. */
public final class DaemonProcess {
  private static final String READY = "ready ";
  private static final String NOTE = "note ";
  private static final String FAILED = "failed ";

  /**
   * With fewer processors the optimizing compiler would take those of the clients and of the daemon
   * for seconds after mounting, and what it makes is little faster: see docs/decisions/0017. But
   * where processors halt it does more good by keeping them from it.
   */
  private static final int ENOUGH_FOR_OPTIMIZING = 4;

  /**
   * How a JVM exits that SIGHUP, SIGINT or SIGTERM has ended; a daemon that was not closed clean
   * then exits with another code.
   */
  private static final Set<Integer> TOLD_TO_END = Set.of(128 + 1, 128 + 2, 128 + 15);

  /**
   * What is to be mounted.
   *
   * @param image absolute
   * @param mountPoint absolute
   * @param transport the name by which it was asked for
   * @param options as {@code -o} had them
   * @param sizing of its JVM
   * @param pollsWhenIdle whether it keeps idle processors from halting
   * @param socket where it is to listen
   * @param log where it is to log
   * @param detached whether it is to outlive this process and its terminal; else it logs to this
   *     process's standard error
   */
  public record Request(
      Path image,
      Path mountPoint,
      String transport,
      List<String> options,
      JvmSizing sizing,
      boolean pollsWhenIdle,
      Path socket,
      Path log,
      boolean detached) {}

  /**
   * A daemon that serves.
   *
   * @param transport the one that it has taken
   */
  public record Started(Process process, String transport) {}

  private final Request request;
  private final Map<String, String> environment;

  /**
   * @param environment of this process; {@code RAZORFS_OPTS} holds more options for the JVM
   */
  public DaemonProcess(Request request, Map<String, String> environment) {
    this.request = request;
    this.environment = environment;
  }

  /**
   * Starts it, and returns when it serves. One that is not detached is told to end when this
   * process ends.
   *
   * @param onNote is told when it waits for another owner of the image, and when a transport cannot
   *     be had
   * @throws FsException with what the daemon said when it could not mount
   */
  public Started start(Consumer<String> onNote) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command());
    builder.directory(new File("/")); // not to keep any other directory busy
    builder.redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
    if (request.detached) {
      ControlDirectory.putAside(request.log);
      builder.redirectError(ProcessBuilder.Redirect.appendTo(request.log.toFile()));
    } else {
      builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    }
    Process process = builder.start();
    // Who gives up waiting does not want the mount later.
    Thread giveUp = new Thread(process::destroy, "give up mounting");
    Runtime.getRuntime().addShutdownHook(giveUp);
    boolean ready = false;
    try {
      String transport = awaitReady(process, onNote);
      ready = true;
      return new Started(process, transport);
    } finally {
      if (!ready || request.detached) {
        forget(giveUp);
      }
    }
  }

  /** The process of the daemon that listens to a socket, where there is one. */
  public static OptionalLong of(Path socket) {
    return ProcessHandle.allProcesses()
        .mapToLong(ProcessHandle::pid)
        .filter(pid -> listens(pid, socket))
        .findFirst();
  }

  private static boolean listens(long pid, Path socket) {
    try {
      // ProcessHandle tells no arguments of a command that is longer than a page.
      Path command = Path.of("/proc", Long.toString(pid), "cmdline");
      List<String> words =
          List.of(new String(Files.readAllBytes(command), HostNames.charset()).split("\0"));
      return words.contains(DaemonMain.class.getName()) && words.contains(socket.toString());
    } catch (IOException e) {
      return false; // it has ended, or this host has no /proc
    }
  }

  private static void forget(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // it runs already
    }
  }

  /**
   * Stays with a daemon that is not detached until it ends. When this process is told to end, so is
   * the daemon, by {@link #start}, and that is no failure: this process then exits with success.
   *
   * @param failure to exit with when the image was not closed, or is not clean
   * @return what to exit with when nobody has told this process to end
   */
  public static int stayWith(Process daemon, int failure) {
    Thread hook =
        new Thread(
            () -> {
              int exitCode = awaitEnd(daemon, failure);
              Threads.haltAfterAgents(exitCode);
            },
            "end the daemon");
    Runtime.getRuntime().addShutdownHook(hook);
    int exitCode = awaitEnd(daemon, failure);
    forget(hook);
    return exitCode;
  }

  private static int awaitEnd(Process daemon, int failure) {
    boolean interrupted = false;
    while (true) {
      try {
        int exitCode = daemon.waitFor();
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
        return exitCode == 0 || TOLD_TO_END.contains(exitCode) ? 0 : failure;
      } catch (InterruptedException e) {
        interrupted = true;
        daemon.destroy();
      }
    }
  }

  private String awaitReady(Process process, Consumer<String> onNote) throws IOException {
    // Not closed: a daemon that writes to a closed pipe would have to mind.
    BufferedReader in =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    String line;
    while ((line = in.readLine()) != null) {
      if (line.startsWith(READY)) {
        return line.substring(READY.length());
      }
      if (line.startsWith(NOTE)) {
        onNote.accept(line.substring(NOTE.length()));
      }
      if (line.startsWith(FAILED)) {
        throw FsException.of(Fault.IO_ERROR, line.substring(FAILED.length()) + libfuseSays());
      }
    }
    throw FsException.of(
        Fault.IO_ERROR,
        "the daemon ended before it could mount" + libfuseSays() + "; see " + request.log);
  }

  private List<String> command() {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvmOptions());
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(DaemonMain.class.getName());
    command.add(request.image.toString());
    command.add(request.mountPoint.toString());
    command.add(request.transport);
    command.add(request.socket.toString());
    command.add(request.detached ? "detach" : "stay");
    command.addAll(request.options);
    return command;
  }

  private List<String> jvmOptions() {
    List<String> options = new ArrayList<>();
    int version = Runtime.version().feature();
    String home = System.getProperty("razorfs.home");
    if (home != null) {
      options.add("-Drazorfs.home=" + home);
    }
    String archive = System.getProperty("razorfs.archive"); // told by the launcher
    if (archive != null) {
      options.add("-XX:SharedArchiveFile=" + archive);
    }
    options.add("-Xlog:disable");
    options.add("-Xlog:all=error,cds=off:stderr");
    options.add("-XX:-UsePerfData");
    options.addAll(compilers(request.pollsWhenIdle, Runtime.getRuntime().availableProcessors()));
    options.add("-Xmx" + request.sizing.heapMib() + "m");
    options.add("-XX:MaxDirectMemorySize=" + request.sizing.directMib() + "m");
    options.add("-Dfile.encoding=ISO-8859-1"); // names keep their bytes, see JnrFuseTransport
    if (version >= 22) {
      options.add("--enable-native-access=ALL-UNNAMED");
    }
    if (version >= 24) {
      options.add("--sun-misc-unsafe-memory-access=allow");
    }
    String more = environment.getOrDefault("RAZORFS_OPTS", "").strip();
    if (!more.isEmpty()) {
      options.addAll(List.of(more.split("\\s+")));
    }
    return options;
  }

  /** What is said of its compilers; the quick one is the better the sooner it works. */
  static List<String> compilers(boolean pollsWhenIdle, int processors) {
    return pollsWhenIdle && processors < ENOUGH_FOR_OPTIMIZING
        ? List.of("-XX:TieredStopAtLevel=1", "-Drazorfs.rehearsal=true")
        : List.of();
  }

  /** libfuse tells its reasons on standard error only. */
  private String libfuseSays() throws IOException {
    if (!request.detached || !Files.exists(request.log)) {
      return "";
    }
    return new String(Files.readAllBytes(request.log), StandardCharsets.UTF_8)
        .lines()
        .filter(line -> line.startsWith("fuse") || line.startsWith("Error"))
        .findFirst()
        .map(line -> " (" + line.strip() + ")")
        .orElse("");
  }
}
