package org.razorfs.mount.devfuse.wire;

import org.razorfs.layout.FileType;
import org.razorfs.layout.Timestamp;
import org.razorfs.volume.Attributes;
import org.razorfs.volume.StatFs;

/** The structures that replies are made of. */
public final class Structs {
  /** Bytes of struct fuse_attr. */
  static final int ATTR = 88;

  /** Bytes of struct fuse_entry_out. */
  public static final int ENTRY = 40 + ATTR;

  /** What the kernel takes as the best size for reading and writing, as ext4 has it. */
  private static final int PREFERRED_BLOCK = 4096;

  private static final int STAT_BLOCK = 512;
  private static final long ROOT = 1;

  // struct fuse_statx
  private static final int STATX_BASIC = 0x7ff;
  private static final int STATX_BTIME = 0x800;
  private static final int STATX_ATTR_IMMUTABLE = 0x10;
  private static final int STATX_ATTR_APPEND = 0x20;
  private static final int STATX_ATTR_NODUMP = 0x40;
  private static final int STATX_ATTRIBUTES =
      STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND | STATX_ATTR_NODUMP;

  private Structs() {}

  /** struct fuse_entry_out: a node found or made. */
  public static void entry(Reply reply, Attributes attributes, Validity validity) {
    reply
        .u64(attributes.inode())
        // The kernel made its root without asking, with generation 0.
        .u64(attributes.inode() == ROOT ? 0 : attributes.generation())
        .u64(Validity.LONG.seconds())
        .u64(validity.seconds())
        .u32(0)
        .u32(0);
    attr(reply, attributes);
  }

  /** struct fuse_entry_out that says for how long there is nothing of that name. */
  public static void noEntry(Reply reply) {
    reply.u64(0).u64(0).u64(Validity.LONG.seconds()).zeros(ENTRY - 24);
  }

  /** struct fuse_attr_out. */
  public static void attributes(Reply reply, Attributes attributes, Validity validity) {
    reply.u64(validity.seconds()).u32(0).u32(0);
    attr(reply, attributes);
  }

  private static void attr(Reply reply, Attributes a) {
    reply
        .u64(a.inode())
        .u64(a.size())
        .u64(a.blocks())
        .u64(a.atime().seconds())
        .u64(a.mtime().seconds())
        .u64(a.ctime().seconds())
        .u32(a.atime().nanos())
        .u32(a.mtime().nanos())
        .u32(a.ctime().nanos())
        .u32(a.mode())
        .u32(a.nlink())
        .u32(a.uid())
        .u32(a.gid())
        .u32((int) a.rdev())
        .u32(PREFERRED_BLOCK)
        .u32(0);
  }

  /** struct fuse_statx_out, which has the birth time and the flags as well. */
  public static void statx(Reply reply, Attributes a, Validity validity) {
    reply.u64(validity.seconds()).u32(0).u32(0).u64(0).u64(0);
    reply
        .u32(STATX_BASIC | STATX_BTIME)
        .u32(PREFERRED_BLOCK)
        .u64(a.flags() & STATX_ATTRIBUTES)
        .u32(a.nlink())
        .u32(a.uid())
        .u32(a.gid())
        .u16(a.mode())
        .u16(0)
        .u64(a.inode())
        .u64(a.size())
        .u64(a.blocks())
        .u64(STATX_ATTRIBUTES);
    time(reply, a.atime());
    time(reply, a.btime());
    time(reply, a.ctime());
    time(reply, a.mtime());
    int type = a.mode() & FileType.MASK;
    boolean device = type == FileType.CHARACTER || type == FileType.BLOCK;
    reply.u32(device ? major((int) a.rdev()) : 0).u32(device ? minor((int) a.rdev()) : 0);
    reply.u32(0).u32(0).zeros(14 * Long.BYTES);
  }

  private static void time(Reply reply, Timestamp time) {
    reply.u64(time.seconds()).u32(time.nanos()).u32(0);
  }

  private static int major(int device) {
    return (device & 0xfff00) >>> 8;
  }

  private static int minor(int device) {
    return (device & 0xff) | ((device >>> 12) & 0xfff00);
  }

  /** struct fuse_open_out. */
  public static void open(Reply reply, long handle, int flags) {
    reply.u64(handle).u32(flags).u32(0);
  }

  /** struct fuse_write_out. */
  public static void written(Reply reply, int count) {
    reply.u32(count).u32(0);
  }

  /** struct fuse_getxattr_out: how large a buffer has to be. */
  public static void wantedSize(Reply reply, int size) {
    reply.u32(size).u32(0);
  }

  /** struct fuse_kstatfs. */
  public static void statfs(Reply reply, StatFs space) {
    // Inodes take room as they come; what is left of it says how many may follow.
    long possible = space.freeBytes() / STAT_BLOCK;
    reply
        .u64(space.totalBytes() / STAT_BLOCK)
        .u64(space.freeBytes() / STAT_BLOCK)
        .u64(space.availableBytes() / STAT_BLOCK)
        .u64(space.inodes() + possible)
        .u64(possible)
        .u32(STAT_BLOCK)
        .u32(space.nameMax())
        .u32(STAT_BLOCK)
        .u32(0)
        .zeros(6 * Integer.BYTES);
  }

  /** struct fuse_ioctl_out and what follows it. */
  public static void ioctl(Reply reply, int result) {
    reply.u32(result).u32(0).u32(0).u32(0);
  }
}
