package org.razorfs.mount.daemon;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.razorfs.mount.MountLog;
import org.razorfs.mount.MountOptions;
import org.razorfs.mount.Threads;
import org.razorfs.mount.Transport;
import org.razorfs.mount.Transports;
import org.razorfs.mount.host.LibC;
import org.razorfs.tools.Messages;

/**
 * The daemon's own main class, which {@code razorfs mount} starts; not for users.
 *
 * <p>On standard output it tells {@code note MESSAGE} as often as there is something to note, then
 * one of {@code ready TRANSPORT} and {@code failed MESSAGE}, and closes it; on standard error it
 * logs.
 */
public final class DaemonMain {
  private static final long GOODBYE_SECONDS = 3;

  private DaemonMain() {}

  /**
   * Serves a mount.
   *
   * @param args image, mount point, transport, socket, {@code detach} or {@code stay}, and lists of
   *     options
   */
  public static void main(String[] args) {
    PrintStream parent =
        new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    MountLog log =
        new MountLog(
            new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8),
            Clock.systemUTC());
    CountDownLatch done = new CountDownLatch(1);
    int exitCode;
    try {
      exitCode = run(args, parent, log, done);
    } catch (Throwable problem) {
      log.problem("failed", problem);
      tell(parent, "failed " + named(args[0], args[1], Messages.of(problem)));
      exitCode = 1;
    }
    done.countDown();
    System.exit(exitCode);
  }

  /** What is wrong inside an image does not name it. */
  private static String named(String image, String mountPoint, String message) {
    return message.contains(image) || message.contains(mountPoint)
        ? message
        : image + ": " + message;
  }

  private static int run(String[] args, PrintStream parent, MountLog log, CountDownLatch done)
      throws Exception {
    LibC libc = new LibC();
    if (args[4].equals("detach")) {
      // Out of reach of the terminal's signals and of the shell's job control.
      libc.calls().setsid();
    }
    Path socket = Path.of(args[3]);
    List<Transport> transports = Transports.named(args[2]);
    Daemon daemon =
        new Daemon(
            Path.of(args[0]),
            Path.of(args[1]),
            MountOptions.parse(List.of(args).subList(5, args.length)),
            transports,
            socket,
            ControlDirectory.isRoot(),
            log,
            Clock.systemUTC());
    Runtime.getRuntime().addShutdownHook(new Thread(() -> terminate(daemon, done), "terminate"));
    Daemon.Ending ending =
        daemon.run(
            libc,
            message -> parent.println("note " + Messages.oneLine(message)),
            transport -> tell(parent, "ready " + transport));
    if (ending.clean() && !log.hasProblems()) {
      ControlDirectory.removeOwnLog(socket);
    }
    return ending.clean() ? 0 : 1;
  }

  /** Ends in order on a signal; the signal stays the reason of the end unless that fails. */
  private static void terminate(Daemon daemon, CountDownLatch done) {
    if (done.getCount() == 0) {
      return; // It has ended by itself, with an exit code of its own.
    }
    boolean clean = daemon.terminate();
    try {
      // Clients are told of the end, and a log that nobody needs is removed.
      done.await(GOODBYE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (!clean) {
      Threads.haltAfterAgents(1);
    }
  }

  /** The last word to the process that started this one; nobody reads on behind it. */
  private static void tell(PrintStream parent, String line) {
    parent.println(line);
    parent.close();
  }
}
