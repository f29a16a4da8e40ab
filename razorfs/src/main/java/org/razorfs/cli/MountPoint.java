package org.razorfs.cli;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.mount.daemon.ControlClient;
import org.razorfs.mount.daemon.ControlDirectory;
import org.razorfs.mount.daemon.DaemonProcess;
import org.razorfs.mount.host.MountTable;
import org.razorfs.tools.CommandFailure;

/**
 * A directory as the mount table names it, which also works when the daemon behind it has died.
 *
 * @param path absolute, without symbolic links
 * @param dead whether what is mounted there answers no more
 */
record MountPoint(Path path, boolean dead) {
  /** For how long one daemon among several is asked; one that hangs stands in nobody's way. */
  static final Duration PATIENCE = Duration.ofSeconds(5);

  /** For how long the daemon is asked that all is about. */
  private static final Duration LONGER_PATIENCE = Duration.ofSeconds(10);

  /** What Linux says of a FUSE mount without a daemon (ENOTCONN). */
  private static final String NOT_CONNECTED = "Transport endpoint is not connected";

  /** Who asks while the kernel is taking the connection down. */
  private static final String ABORTED = "Software caused connection abort";

  /**
   * Connects to the daemon of what is mounted there.
   *
   * @param directory as the user named it
   * @param exitCode for the failure
   * @throws CommandFailure when there is none, or it has died or does not answer
   */
  static ControlClient daemon(Path directory, ControlDirectory control, int exitCode)
      throws IOException {
    MountPoint point = of(directory, control, exitCode);
    if (point.dead) {
      throw new CommandFailure(
          exitCode,
          directory
              + ": the daemon of the mount there has died; razorfs mount mends it, and recovers the"
              + " image");
    }
    return ControlClient.connect(control.socket(point.path))
        .orElseThrow(
            () ->
                new CommandFailure(
                    exitCode,
                    directory
                        + ": this user has no RAZORFS mounted there; razorfs status"
                        + " lists the mounts there are"));
  }

  /**
   * Asks a daemon how its mount is.
   *
   * @param directory as the user named it
   * @param exitCode for the failure
   * @throws CommandFailure when it does not answer
   */
  static Map<String, Object> status(ControlClient daemon, Path directory, Path socket, int exitCode)
      throws IOException {
    try {
      return daemon.ask("status", LONGER_PATIENCE);
    } catch (FsException e) {
      if (e.fault() != Fault.CANCELLED) {
        throw e;
      }
      OptionalLong pid = DaemonProcess.of(socket);
      String process = pid.isPresent() ? Long.toString(pid.getAsLong()) : "PID";
      throw new CommandFailure(
          exitCode,
          String.format(
              "%s: the daemon of the mount there does not answer; if it is stopped let it go on"
                  + " (kill -CONT %s), if it hangs end it (kill -KILL %s): razorfs mount then mends"
                  + " the mount, and recovers the image",
              directory, process, process),
          e);
    }
  }

  /**
   * Sees that the daemon answers, as the kernel lets nobody go who looks at the directory before it
   * does.
   */
  private static void requireAnswer(
      Path point, Path directory, ControlDirectory control, int exitCode) throws IOException {
    if (MountTable.read().at(point).filter(MountTable.Mount::isRazorfs).isEmpty()) {
      return;
    }
    Path socket = control.socket(point);
    try (ControlClient daemon = ControlClient.connect(socket).orElse(null)) {
      if (daemon != null) {
        status(daemon, directory, socket, exitCode);
      }
    } catch (FsException e) {
      // it has ended meanwhile
    }
  }

  /** The directory's path as far as it can be told without looking at the directory. */
  private static Path named(Path directory) throws IOException {
    Path absolute = directory.toAbsolutePath();
    Path name = absolute.getFileName();
    try {
      return name == null ? absolute : absolute.getParent().toRealPath().resolve(name);
    } catch (FileSystemException e) {
      return absolute; // which looking at it will explain
    }
  }

  /**
   * Finds the directory.
   *
   * @param exitCode for the failure
   * @throws CommandFailure when there is none, or the daemon of what is mounted there does not
   *     answer
   */
  static MountPoint of(Path directory, ControlDirectory control, int exitCode) throws IOException {
    Path real = directory;
    try {
      Path named = named(directory);
      requireAnswer(named, directory, control, exitCode);
      real = directory.toRealPath();
      if (!real.equals(named)) {
        requireAnswer(real, directory, control, exitCode);
      }
      if (!Files.readAttributes(real, BasicFileAttributes.class).isDirectory()) {
        throw new CommandFailure(
            exitCode, directory + ": is not a directory; name the one to mount on");
      }
      // The kernel knows attributes by heart also when the daemon has died, but never the space.
      if (MountTable.read().at(real).filter(MountTable.Mount::isRazorfs).isPresent()) {
        Files.getFileStore(real).getTotalSpace();
      }
      return new MountPoint(real, false);
    } catch (FileSystemException e) {
      boolean dead = NOT_CONNECTED.equals(e.getReason()) || ABORTED.equals(e.getReason());
      if (e instanceof NoSuchFileException) {
        throw e;
      }
      // Only the directory itself cannot be looked at; the way there can.
      Path absolute = real.toAbsolutePath().normalize();
      Path path = absolute.getParent().toRealPath().resolve(absolute.getFileName());
      // Not even root gets into another user's mount, nor anybody into one that has failed for good
      // (errors=abort); but they can be unmounted.
      if (!dead && MountTable.read().at(path).filter(MountTable.Mount::isRazorfs).isEmpty()) {
        throw e;
      }
      return new MountPoint(path, dead);
    }
  }
}
