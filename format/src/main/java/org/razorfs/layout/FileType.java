package org.razorfs.layout;

/** The file types of a mode's upper four bits, as POSIX and Linux number them. */
public final class FileType {
  public static final int MASK = 0170000;
  public static final int FIFO = 0010000;
  public static final int CHARACTER = 0020000;
  public static final int DIRECTORY = 0040000;
  public static final int BLOCK = 0060000;
  public static final int REGULAR = 0100000;
  public static final int SYMLINK = 0120000;
  public static final int SOCKET = 0140000;

  private FileType() {}

  /** The type bits of a mode, shifted to 0..15 as directory entries store them. */
  public static int code(int mode) {
    return (mode & MASK) >>> 12;
  }

  /** Whether the type of {@code mode} is one of the seven. */
  public static boolean isKnown(int mode) {
    return switch (mode & MASK) {
      case FIFO, CHARACTER, DIRECTORY, BLOCK, REGULAR, SYMLINK, SOCKET -> true;
      default -> false;
    };
  }
}
