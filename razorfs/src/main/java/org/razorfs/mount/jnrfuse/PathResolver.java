package org.razorfs.mount.jnrfuse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.layout.FileType;
import org.razorfs.mount.handler.FileSystemHandler;
import org.razorfs.volume.Attributes;

/**
 * Turns the paths of libfuse's high-level API into inodes and names, remembering the inodes of
 * directories.
 *
 * <p>Paths are absolute, without ".", ".." or doubled slashes, and hold one character for each byte
 * of the names. libfuse locks the paths that an operation works on against renaming and removal, so
 * what is found here stays true until the operation ends; directories that are renamed or removed
 * have to be reported.
 */
final class PathResolver {
  /** A name in a directory. */
  record Place(long directory, byte[] name) {}

  private final FileSystemHandler handler;
  private final int capacity;
  private final ConcurrentHashMap<String, Long> directories = new ConcurrentHashMap<>();

  /** Grows with each report, so that a walk begun before it leaves nothing behind. */
  private final AtomicLong reports = new AtomicLong();

  /**
   * @param capacity how many directories to remember; all are forgotten when there are more
   */
  PathResolver(FileSystemHandler handler, int capacity) {
    this.handler = handler;
    this.capacity = capacity;
  }

  /** What is at the path; {@code NO_SUCH_ENTRY} when nothing is. */
  Attributes attributes(String path) throws IOException {
    if (path.length() == 1) {
      return handler.getattr(FileSystemHandler.ROOT);
    }
    Place place = place(path);
    Attributes found = handler.find(place.directory, place.name);
    if (found == null) {
      throw noSuchEntry();
    }
    return found;
  }

  /** The inode at the path; {@code NO_SUCH_ENTRY} when there is none. */
  long inode(String path) throws IOException {
    Long known = directories.get(path);
    return known != null ? known : attributes(path).inode();
  }

  /** The directory and the name of a path, whether or not the name exists. */
  Place place(String path) throws IOException {
    int slash = path.lastIndexOf('/');
    byte[] name = path.substring(slash + 1).getBytes(StandardCharsets.ISO_8859_1);
    return new Place(directory(path, slash), name);
  }

  /** The inode of the directory whose path is the first {@code length} characters. */
  private long directory(String path, int length) throws IOException {
    if (length <= 0) {
      return FileSystemHandler.ROOT;
    }
    String directory = path.substring(0, length);
    Long known = directories.get(directory);
    if (known != null) {
      return known;
    }
    long reportsBefore = reports.get();
    Attributes found = attributes(directory);
    if ((found.mode() & FileType.MASK) != FileType.DIRECTORY) {
      throw FsException.of(Fault.NOT_DIRECTORY, Fault.NOT_DIRECTORY.meaning());
    }
    remember(directory, found.inode(), reportsBefore);
    return found.inode();
  }

  private void remember(String directory, long inode, long reportsBefore) {
    if (directories.size() >= capacity) {
      directories.clear();
    }
    directories.put(directory, inode);
    if (reports.get() != reportsBefore) {
      directories.remove(directory, inode);
    }
  }

  /** Reports that the directory at this path is no more. */
  void removed(String directory) {
    reports.incrementAndGet();
    directories.remove(directory);
  }

  /** Reports that a directory has another path now, and all that was below it. */
  void moved() {
    reports.incrementAndGet();
    directories.clear();
  }

  /** Whether the path is known to lead to a directory. */
  boolean isKnownDirectory(String path) {
    return directories.containsKey(path);
  }

  static FsException noSuchEntry() {
    return FsException.of(Fault.NO_SUCH_ENTRY, Fault.NO_SUCH_ENTRY.meaning());
  }

  /** The bytes of a name or target as libfuse's strings carry them here. */
  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** Whether two paths name the same directory. */
  static boolean sameDirectory(String a, String b) {
    int slashA = a.lastIndexOf('/');
    return slashA == b.lastIndexOf('/') && a.regionMatches(0, b, 0, slashA);
  }
}
