package org.razorfs.mount.handler;

/**
 * The number under which a transport keeps an open file or directory: the inode and, in the eight
 * bits that no inode number uses, how it was opened. So there is no table of open files, and no
 * lock on one.
 */
public final class Handle {
  private static final long INODE_MASK = (1L << 56) - 1;
  private static final long SYNC = 1L << 56;
  private static final long DATA_SYNC = 1L << 57;
  private static final long NOATIME = 1L << 58;

  private static final int O_DSYNC = 010000;
  private static final int O_SYNC = 04010000;
  private static final int O_NOATIME = 01000000;

  private Handle() {}

  /**
   * The handle of an inode opened with these flags.
   *
   * @param openFlags as open(2) takes them
   */
  public static long of(long inode, int openFlags) {
    long handle = inode;
    if ((openFlags & O_SYNC) == O_SYNC) {
      handle |= SYNC;
    } else if ((openFlags & O_DSYNC) != 0) {
      handle |= DATA_SYNC;
    }
    return (openFlags & O_NOATIME) != 0 ? handle | NOATIME : handle;
  }

  /** What is open. */
  public static long inode(long handle) {
    return handle & INODE_MASK;
  }

  /** Whether each write is to be durable before it returns. */
  public static boolean isSynchronous(long handle) {
    return (handle & (SYNC | DATA_SYNC)) != 0;
  }

  /** Whether reading leaves the access time alone. */
  static boolean isWithoutAtime(long handle) {
    return (handle & NOATIME) != 0;
  }

  /** Whether of the metadata only what reading the data needs has to be durable then. */
  static boolean isDataOnly(long handle) {
    return (handle & SYNC) == 0;
  }
}
