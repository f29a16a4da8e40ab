package org.razorfs.mount.daemon;

import org.razorfs.mount.handler.LookupCounts;
import org.razorfs.volume.VolumeOptions;

/**
 * How much memory the daemon's JVM needs for the limits of a mount.
 *
 * <p>On the heap lie half of the cache (tree nodes), the names, the inodes (1 KiB each, with what
 * refers to them), the count of look-ups of each inode that the kernel knows, and the changes since
 * the last checkpoint, of which there are two sets while one is being written (as much as the
 * write-back limit together). Half as much again leaves the collector room, and 64 MiB are for the
 * program itself. In direct memory lie file data, cached and to be written, idle buffers, and 64
 * MiB for compression, the journal and transfers.
 *
 * @param heapMib for {@code -Xmx}
 * @param directMib for {@code -XX:MaxDirectMemorySize}
 */
public record JvmSizing(long heapMib, long directMib) {
  private static final long MIB = 1L << 20;
  private static final long BASE_MIB = 64;
  private static final long INODE_BYTES = 1024;

  /**
   * The sizes for these limits.
   *
   * @param mostKnown how many inodes the kernel may know; an eighth more is room for what comes
   *     while it forgets others
   */
  public static JvmSizing of(VolumeOptions options, long mostKnown) {
    long live =
        options.maxCacheBytes() / 2
            + options.maxStringTableBytes()
            + options.maxInodeCacheEntries() * INODE_BYTES
            + (mostKnown + mostKnown / 8) * LookupCounts.BYTES
            + options.maxDirtyBytes();
    long direct = options.maxCacheBytes() + options.maxDirtyBytes();
    return new JvmSizing(BASE_MIB + live * 3 / 2 / MIB, BASE_MIB + direct / MIB);
  }
}
