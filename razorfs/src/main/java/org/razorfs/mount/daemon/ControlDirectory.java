package org.razorfs.mount.daemon;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
  private static final String LOG = ".log";
  private static final String OLD_LOG = LOG + ".old";
  private static final String RESERVATIONS = "mounting";

  /** So many logs of daemons that have ended are kept, the newest ones. */
  static final int OLD_LOGS = 20;

  private static final Pattern FILES =
      Pattern.compile("([0-9a-f]{" + ID_DIGITS + "})(\\.sock|\\.log|\\.log\\.old)");
  private static final Path STANDARD_ERROR = Path.of("/proc/self/fd/2");

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

  private static Path logBeside(Path socket) {
    String name = socket.getFileName().toString();
    return socket.resolveSibling(name.substring(0, name.length() - SOCKET.length()) + LOG);
  }

  /**
   * Makes room for a new log: the last one has told of problems, or belongs to a daemon that has
   * not ended yet, and stays until the next time.
   */
  static void putAside(Path log) throws IOException {
    try {
      Files.move(
          log,
          log.resolveSibling(log.getFileName().toString().replace(LOG, OLD_LOG)),
          StandardCopyOption.REPLACE_EXISTING,
          StandardCopyOption.ATOMIC_MOVE);
    } catch (NoSuchFileException e) {
      // as usual
    }
  }

  /** Removes the log that this process writes, whatever it is called by now. */
  static void removeOwnLog(Path socket) throws IOException {
    try {
      Path log = STANDARD_ERROR.toRealPath();
      if (log.getParent().equals(socket.toAbsolutePath().getParent().toRealPath())) {
        Files.deleteIfExists(log);
      }
    } catch (FileSystemException e) {
      // a terminal or a pipe, or put aside twice
    }
  }

  /** The sockets of all daemons, also of those that have ended without removing theirs. */
  public List<Path> sockets() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.toString().endsWith(SOCKET)).sorted().toList();
    }
  }

  /**
   * Keeps other commands from mounting on the same directory until it is closed: each would find it
   * free, and all would mount there, one over the other.
   *
   * @throws FsException {@code BUSY} when another command is doing so
   */
  public Closeable reserve(Path mountPoint) throws IOException {
    FileChannel channel = reservations();
    boolean done = false;
    try {
      done = reserve(channel, id(mountPoint)) != null;
    } finally {
      if (!done) {
        channel.close();
      }
    }
    if (!done) {
      throw FsException.of(
          Fault.BUSY, mountPoint + ": another command is mounting there at this moment");
    }
    return channel;
  }

  private FileChannel reservations() throws IOException {
    return FileChannel.open(
        directory.resolve(RESERVATIONS), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
  }

  /** Null when another command has the place. */
  private static FileLock reserve(FileChannel reservations, String id) throws IOException {
    // One byte for each mount point, so that no file for each is left; not beyond a file's largest.
    long place = Long.parseUnsignedLong(id, 16) >>> 2;
    try {
      return reservations.tryLock(place, 1, false);
    } catch (OverlappingFileLockException e) {
      return null; // another thread of this process
    }
  }

  /**
   * Takes away what daemons that were killed have left: their sockets, and of their logs all but
   * the newest. Not to be called while this process holds a reservation, which it would lose.
   */
  public void tidy() throws IOException {
    List<Path> logs = new ArrayList<>();
    try (FileChannel reservations = reservations()) {
      for (Map.Entry<String, List<Path>> files : filesById().entrySet()) {
        // A daemon that is being started does not listen yet, or not to this socket.
        try (FileLock place = reserve(reservations, files.getKey())) {
          Path socket = directory.resolve(files.getKey() + SOCKET);
          if (place != null && !isAnswered(socket)) {
            Files.deleteIfExists(socket);
            files.getValue().stream().filter(file -> !file.equals(socket)).forEach(logs::add);
          }
        }
      }
    }
    Map<Path, FileTime> written = new HashMap<>();
    for (Path log : logs) {
      if (Files.exists(log)) {
        written.put(log, Files.getLastModifiedTime(log));
      }
    }
    List<Path> oldest =
        written.keySet().stream().sorted(Comparator.comparing(written::get)).toList();
    for (Path log : oldest.subList(0, Math.max(0, oldest.size() - OLD_LOGS))) {
      Files.deleteIfExists(log);
    }
  }

  private Map<String, List<Path>> filesById() throws IOException {
    Map<String, List<Path>> files = new TreeMap<>();
    try (Stream<Path> all = Files.list(directory)) {
      all.forEach(
          file -> {
            Matcher name = FILES.matcher(file.getFileName().toString());
            if (name.matches()) {
              files.computeIfAbsent(name.group(1), id -> new ArrayList<>()).add(file);
            }
          });
    }
    return files;
  }

  private static boolean isAnswered(Path socket) throws IOException {
    try (ControlClient client = ControlClient.connect(socket).orElse(null)) {
      return client != null;
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
