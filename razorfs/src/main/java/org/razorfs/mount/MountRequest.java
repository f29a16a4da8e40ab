package org.razorfs.mount;

import java.math.BigDecimal;
import java.nio.file.Path;

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

  /** The flags as mount(2) takes them. */
  public long flags() {
    return (readOnly ? MS_RDONLY : 0)
        | (suid ? 0 : MS_NOSUID)
        | (dev ? 0 : MS_NODEV)
        | (exec ? 0 : MS_NOEXEC);
  }
}
