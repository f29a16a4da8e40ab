package org.razorfs.mount.daemon;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;

/**
 * Where the daemons of one user keep their sockets and logs: a directory that nobody else can
 * enter, so that whoever reaches a socket may use it.
 */
public final class ControlDirectory {
  private static final int ROOT = 0;
  private static final int OTHERS = 077;
  private static final int ID_DIGITS = 16;
  private static final String SOCKET = ".sock";

  private final Path directory;

  private ControlDirectory(Path directory) {
    this.directory = directory;
  }

  /**
   * Finds and, where it is missing, makes the directory of this user: {@code /run/razorfs} for the
   * superuser, else {@code $XDG_RUNTIME_DIR/razorfs}, else {@code /tmp/razorfs-UID}.
   *
   * @throws FsException {@code ACCESS_DENIED} when it exists and others can enter or own it
   */
  public static ControlDirectory open(Map<String, String> environment) throws IOException {
    int uid = uid();
    String runtime = environment.get("XDG_RUNTIME_DIR");
    Path path;
    if (uid == ROOT) {
      path = Path.of("/run/razorfs");
    } else if (runtime != null && !runtime.isEmpty()) {
      path = Path.of(runtime, "razorfs");
    } else {
      path = Path.of("/tmp/razorfs-" + uid);
    }
    return open(path, uid);
  }

  /** As {@link #open(Map)}, in a given place. */
  static ControlDirectory open(Path path, int uid) throws IOException {
    try {
      Files.createDirectory(
          path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (FileAlreadyExistsException e) {
      // checked below
    }
    Map<String, Object> found =
        Files.readAttributes(path, "unix:uid,mode,isDirectory", LinkOption.NOFOLLOW_LINKS);
    if (!(boolean) found.get("isDirectory")
        || (int) found.get("uid") != uid
        || ((int) found.get("mode") & OTHERS) != 0) {
      throw FsException.of(
          Fault.ACCESS_DENIED,
          path + ": is not a directory that only this user can enter; remove it");
    }
    return new ControlDirectory(path);
  }

  /** The user of this process. */
  public static int uid() throws IOException {
    return (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
  }

  /** Whether this process is the superuser's. */
  public static boolean isRoot() throws IOException {
    return uid() == ROOT;
  }

  /** Where the daemon of a mount listens. */
  public Path socket(Path mountPoint) {
    return directory.resolve(id(mountPoint) + SOCKET);
  }

  /** Where the daemon of a mount writes its log, which it removes when it had nothing to tell. */
  public Path log(Path mountPoint) {
    return logBeside(socket(mountPoint));
  }

  /** The log of the daemon that listens there. */
  static Path logBeside(Path socket) {
    String name = socket.getFileName().toString();
    return socket.resolveSibling(name.substring(0, name.length() - SOCKET.length()) + ".log");
  }

  /** The sockets of all daemons, also of those that have ended without removing theirs. */
  public List<Path> sockets() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.toString().endsWith(SOCKET)).sorted().toList();
    }
  }

  private static String id(Path mountPoint) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256")
              .digest(mountPoint.toString().getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash).substring(0, ID_DIGITS);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
