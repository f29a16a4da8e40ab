package org.razorfs.mount;

import java.math.BigDecimal;
import java.nio.file.Path;
import org.razorfs.volume.AtimeMode;

/**
 * What is mounted where, in the terms of mount(2).
 *
 * @param directory the mount point, absolute
 * @param source what the mount table shows as the source; normally the image's path
 * @param blockDevice whether the source is a block device that the kernel is to know of
 * @param subtype what the mount table shows after {@code fuse.}
 * @param readOnly whether the kernel refuses writing
 * @param suid whether set-user-id bits count
 * @param dev whether device nodes can be opened
 * @param exec whether programs can be run
 * @param atime what the mount table shows of when reading changes access times
 * @param allowOther whether other users than the mounting one get in
 * @param checksPermissions whether the kernel has to check permissions, if the transport leaves the
 *     choice
 * @param attributeTimeout seconds for which the kernel may take attributes as unchanged, where the
 *     transport cannot tell by itself
 * @param writebackCache whether the kernel gathers small writes, where the transport can have it so
 * @param mostKnown how many inodes the kernel may know, where the transport counts them
 * @param ioUring whether requests come through io_uring, where the transport can have it so
 * @param idlePoll whether idle processors poll instead of halting while requests come one after the
 *     other, where the transport can have it so
 */
public record MountRequest(
    Path directory,
    String source,
    boolean blockDevice,
    String subtype,
    boolean readOnly,
    boolean suid,
    boolean dev,
    boolean exec,
    AtimeMode atime,
    boolean allowOther,
    boolean checksPermissions,
    BigDecimal attributeTimeout,
    boolean writebackCache,
    long mostKnown,
    OnOffAuto ioUring,
    OnOffAuto idlePoll) {
  // Flags of mount(2).
  private static final long MS_RDONLY = 1;
  private static final long MS_NOSUID = 2;
  private static final long MS_NODEV = 4;
  private static final long MS_NOEXEC = 8;
  private static final long MS_NOATIME = 1 << 10;
  private static final long MS_RELATIME = 1 << 21;
  private static final long MS_STRICTATIME = 1 << 24;

  /**
   * The flags as mount(2) takes them, without those about access times: a mount that is there keeps
   * what it has of those, as its daemon does.
   */
  public long flags() {
    return (readOnly ? MS_RDONLY : 0)
        | (suid ? 0 : MS_NOSUID)
        | (dev ? 0 : MS_NODEV)
        | (exec ? 0 : MS_NOEXEC);
  }

  /** The flag of mount(2) about access times, which the kernel of a FUSE mount only shows. */
  public long atimeFlag() {
    return switch (atime) {
      case NOATIME -> MS_NOATIME;
      case RELATIME -> MS_RELATIME;
      case STRICTATIME -> MS_STRICTATIME;
    };
  }

  /** Whether the mount table is to show noatime, the only one that fusermount knows of. */
  public boolean noatime() {
    return atime == AtimeMode.NOATIME;
  }
}
