package org.razorfs.mount.handler;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;

/**
 * struct fsxattr, in which FS_IOC_FSGETXATTR and FS_IOC_FSSETXATTR have the flags of an inode. The
 * kernel asks with the first of these before it sets flags in either way.
 */
public final class ExtendedFlags {
  /** The size of the structure. */
  public static final int BYTES = 28;

  /** How many extents there are: only told, not set. */
  private static final int EXTENTS = 2 * Integer.BYTES;

  /** Each flag as FS_IOC_GETFLAGS and as FS_IOC_FSGETXATTR have it. */
  private static final int[][] FLAGS = {
    {0x08, 0x20}, // synchronous
    {0x10, 0x08}, // immutable
    {0x20, 0x10}, // append-only
    {0x40, 0x80}, // no dump
    {0x80, 0x40}, // no access times
  };

  private ExtendedFlags() {}

  /** The structure that tells flags of FS_IOC_GETFLAGS. */
  public static byte[] encode(int flags) {
    return ByteBuffer.allocate(BYTES)
        .order(ByteOrder.nativeOrder())
        .putInt(extended(flags))
        .array();
  }

  private static int extended(int flags) {
    int result = 0;
    for (int[] flag : FLAGS) {
      result |= (flags & flag[0]) != 0 ? flag[1] : 0;
    }
    return result;
  }

  /**
   * The flags of FS_IOC_SETFLAGS that a structure asks for.
   *
   * @throws FsException {@code NOT_SUPPORTED} when it asks for more, such as extent sizes, projects
   */
  public static int decode(byte[] bytes) throws FsException {
    ByteBuffer structure = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    int flags = structure.getInt(0);
    int result = 0;
    for (int[] flag : FLAGS) {
      result |= (flags & flag[1]) != 0 ? flag[0] : 0;
    }
    boolean unknown = extended(result) != flags;
    for (int at = Integer.BYTES; at < BYTES; at += Integer.BYTES) {
      unknown |= at != EXTENTS && structure.getInt(at) != 0;
    }
    if (unknown) {
      throw FsException.of(Fault.NOT_SUPPORTED, "flags 0x" + Integer.toHexString(flags));
    }
    return result;
  }
}
