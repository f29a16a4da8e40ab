package org.razorfs.mount.devfuse.wire;

import java.util.List;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;

/**
 * What kernel and daemon agree on in INIT: structs fuse_init_in and fuse_init_out.
 *
 * @param minor of protocol 7
 * @param flags those that both want
 * @param maxReadahead bytes
 */
public record Init(int minor, long flags, int maxReadahead) {
  /** The largest request that moves data: 256 pages of 4 KiB, the kernel's own limit. */
  public static final int MAX_DATA = 1 << 20;

  /** Linux 5.4, the oldest that this transport speaks to. */
  private static final int OLDEST_MINOR = 31;

  private static final int NEWEST_MINOR = 45;
  private static final int PRUNE_MINOR = 45;
  private static final int MAJOR = 7;

  /**
   * Requests that nobody waits for (read-ahead, write-back): more in flight than the 12 that are
   * the kernel's default keep several workers and a disk busy.
   */
  private static final int MAX_BACKGROUND = 64;

  private static final int CONGESTION = MAX_BACKGROUND * 3 / 4;
  private static final long INIT_EXT = 1L << 30;

  /** Requests may be taken and answered through io_uring. */
  static final long OVER_IO_URING = 1L << 41;

  /** Data may be read by several requests at once. */
  static final long ASYNC_READ = 1;

  /** LOOKUP of "." and ".." is answered, so that open_by_handle_at(2) and NFS work. */
  static final long EXPORT_SUPPORT = 1L << 4;

  /** WRITE may carry more than a page. */
  static final long BIG_WRITES = 1L << 5;

  /** The umask comes with the request: where a default ACL is inherited, it does not count. */
  static final long DONT_MASK = 1L << 6;

  /** Flags of directories can be read and set. */
  static final long HAS_IOCTL_DIR = 1L << 11;

  /** READDIRPLUS saves a LOOKUP for each entry. */
  static final long DO_READDIRPLUS = 1L << 13;

  /** READDIRPLUS only where the caller looks at the entries it lists. */
  static final long READDIRPLUS_AUTO = 1L << 14;

  /** Direct I/O may have several requests in flight. */
  static final long ASYNC_DIO = 1L << 15;

  /** The kernel gathers small writes into large ones; it then owns size and times. */
  static final long WRITEBACK_CACHE = 1L << 16;

  /** ENOSYS to OPEN means that no OPEN and RELEASE need ever be sent. */
  static final long NO_OPEN_SUPPORT = 1L << 17;

  /** Look-ups and listings of one directory may run at once. */
  static final long PARALLEL_DIROPS = 1L << 18;

  /** Access control lists are kept here and enforced by the kernel. */
  static final long POSIX_ACL = 1L << 20;

  /** A reader of the device learns an abort as something else than an unmount. */
  static final long ABORT_ERROR = 1L << 21;

  /** Requests of more than 32 pages. */
  static final long MAX_PAGES = 1L << 22;

  /** Targets of symbolic links never change, so the kernel may keep them. */
  static final long CACHE_SYMLINKS = 1L << 23;

  /** ENOSYS to OPENDIR means that no OPENDIR and RELEASEDIR need ever be sent. */
  static final long NO_OPENDIR_SUPPORT = 1L << 24;

  /**
   * Set-user-id and set-group-id bits are cleared here, and the kernel says when; it need not ask
   * for attributes before every write.
   */
  static final long HANDLE_KILLPRIV_V2 = 1L << 28;

  /** SETXATTR says when an ACL has to clear the set-group-id bit. */
  static final long SETXATTR_EXT = 1L << 29;

  // Not wanted: POSIX_LOCKS and FLOCK_LOCKS (without them the kernel locks by itself, rightly and
  // for nothing), ATOMIC_O_TRUNC (without OPEN nothing would truncate), AUTO_INVAL_DATA (nobody
  // else changes files), HANDLE_KILLPRIV (superseded), SPLICE_* (data is copied once either way,
  // as it is decompressed into the reply), ALLOW_IDMAP (the caller's ids would be
  // missing from most requests), DAX's. io_uring's is wanted where there are rings.
  private static final List<Long> WANTED =
      List.of(
          ASYNC_READ,
          EXPORT_SUPPORT,
          BIG_WRITES,
          DONT_MASK,
          HAS_IOCTL_DIR,
          DO_READDIRPLUS,
          READDIRPLUS_AUTO,
          ASYNC_DIO,
          NO_OPEN_SUPPORT,
          PARALLEL_DIROPS,
          POSIX_ACL,
          ABORT_ERROR,
          MAX_PAGES,
          CACHE_SYMLINKS,
          NO_OPENDIR_SUPPORT,
          HANDLE_KILLPRIV_V2,
          SETXATTR_EXT,
          INIT_EXT);

  /**
   * Reads what the kernel offers and chooses.
   *
   * @param writeback whether the kernel is to gather writes
   * @param checks whether it is to check permissions, which it does wherever it enforces lists
   * @param uring whether requests can be taken through io_uring
   * @return null when the kernel speaks a newer major version and has to be asked to step down
   * @throws FsException {@code NOT_SUPPORTED} for a kernel that is too old
   */
  public static Init negotiate(Request request, boolean writeback, boolean checks, boolean uring)
      throws FsException {
    int major = request.u32(0);
    int minor = request.u32(4);
    if (major > MAJOR) {
      return null;
    }
    if (major < MAJOR || minor < OLDEST_MINOR) {
      throw FsException.of(
          Fault.NOT_SUPPORTED,
          String.format(
              "the kernel speaks FUSE %d.%d and %d.%d is needed (Linux 5.4)",
              major, minor, MAJOR, OLDEST_MINOR));
    }
    long offered = request.u32(12) & 0xffff_ffffL;
    if ((offered & INIT_EXT) != 0) {
      offered |= (long) request.u32(16) << 32;
    }
    long wanted = writeback ? WRITEBACK_CACHE : 0;
    wanted |= uring ? OVER_IO_URING : 0;
    for (long flag : WANTED) {
      wanted |= flag;
    }
    if (!checks) {
      wanted &= ~POSIX_ACL;
    }
    return new Init(Math.min(minor, NEWEST_MINOR), offered & wanted, request.u32(8));
  }

  /** Whether both sides have agreed on a flag. */
  boolean has(long flag) {
    return (flags & flag) != 0;
  }

  /** Whether SETXATTR has its longer form. */
  public boolean hasLongSetxattr() {
    return has(SETXATTR_EXT);
  }

  /** Whether the kernel can be asked to forget inodes, as it can since Linux 6.18. */
  public boolean canPrune() {
    return minor >= PRUNE_MINOR;
  }

  /** Whether the kernel gathers writes. */
  public boolean hasWritebackCache() {
    return has(WRITEBACK_CACHE);
  }

  /** Whether requests are taken and answered through io_uring. */
  public boolean hasUring() {
    return has(OVER_IO_URING);
  }

  /** Whether the kernel gives up OPEN when that is answered with ENOSYS. */
  public boolean canDoWithoutOpen() {
    return has(NO_OPEN_SUPPORT);
  }

  /** Whether the kernel gives up OPENDIR when that is answered with ENOSYS. */
  public boolean canDoWithoutOpendir() {
    return has(NO_OPENDIR_SUPPORT);
  }

  /**
   * struct fuse_init_out.
   *
   * @param page bytes of a page, in which the kernel counts what a request can have
   */
  public void encode(Reply reply, int page) {
    reply
        .u32(MAJOR)
        .u32(minor)
        .u32(Math.max(maxReadahead, MAX_DATA))
        .u32((int) flags)
        .u16(MAX_BACKGROUND)
        .u16(CONGESTION)
        .u32(MAX_DATA)
        .u32(1) // times have nanoseconds
        .u16(MAX_DATA / page)
        .u16(0) // map_alignment, of DAX
        .u32((int) (flags >>> 32))
        .zeros(7 * Integer.BYTES); // stack depth, request timeout, unused
  }

  /** struct fuse_init_out that asks a newer kernel to ask again with this major version. */
  public static void encodeStepDown(Reply reply) {
    reply.u32(MAJOR).u32(NEWEST_MINOR).zeros(14 * Integer.BYTES);
  }
}
