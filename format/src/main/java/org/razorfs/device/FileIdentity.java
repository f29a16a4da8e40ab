package org.razorfs.device;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;

/**
 * What a path leads to, the same for every name, link and alias of one file.
 *
 * @param key equal for equal files; two nodes of one block device are equal too
 * @param kind regular file, block device …
 * @param device number of the file system that holds the file, as stat(2) gives it; -1 if unknown
 * @param inode the file's inode number there; -1 if unknown
 * @param rdev the number of a block device itself; 0 for others
 */
record FileIdentity(Object key, Kind kind, long device, long inode, long rdev) {
  private static final int TYPE_MASK = 0170000;
  private static final int TYPE_DIRECTORY = 0040000;
  private static final int TYPE_BLOCK = 0060000;
  private static final int TYPE_REGULAR = 0100000;

  enum Kind {
    REGULAR,
    BLOCK,
    DIRECTORY,
    OTHER
  }

  /** Follows symbolic links. */
  static FileIdentity of(Path path) throws IOException {
    if (!path.getFileSystem().supportedFileAttributeViews().contains("unix")) {
      return ofBasic(path);
    }
    Map<String, Object> stat = Files.readAttributes(path, "unix:mode,dev,ino,rdev");
    long device = number(stat, "dev");
    long inode = number(stat, "ino");
    int type = (int) number(stat, "mode") & TYPE_MASK;
    if (type == TYPE_BLOCK) {
      long rdev = number(stat, "rdev");
      return new FileIdentity("block " + rdev, Kind.BLOCK, device, inode, rdev);
    }
    Kind kind =
        type == TYPE_REGULAR ? Kind.REGULAR : type == TYPE_DIRECTORY ? Kind.DIRECTORY : Kind.OTHER;
    return new FileIdentity("file " + device + " " + inode, kind, device, inode, 0);
  }

  private static FileIdentity ofBasic(Path path) throws IOException {
    BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
    Object key = attributes.fileKey() != null ? attributes.fileKey() : path.toRealPath();
    Kind kind =
        attributes.isRegularFile()
            ? Kind.REGULAR
            : attributes.isDirectory() ? Kind.DIRECTORY : Kind.OTHER;
    return new FileIdentity(key, kind, -1, -1, 0);
  }

  private static long number(Map<String, Object> stat, String name) {
    return ((Number) stat.get(name)).longValue();
  }

  /** The major part of a Linux device number. */
  static long major(long device) {
    return ((device >>> 8) & 0xfff) | ((device >>> 32) & ~0xfffL);
  }

  /** The minor part of a Linux device number. */
  static long minor(long device) {
    return (device & 0xff) | ((device >>> 12) & ~0xffL & 0xffffffffL);
  }
}
