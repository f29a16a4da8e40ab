package org.razorfs.mount.devfuse.wire;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Asks the kernel to drop what it caches of inodes that nobody uses: struct fuse_notify_prune_out
 * and the inodes, behind a header without a request.
 */
public final class PruneNotice {
  /** The most inodes that one notice carries here. */
  public static final int MOST = 1000;

  /** The most bytes that one takes. */
  public static final int BYTES = Reply.HEADER + 16 + MOST * Long.BYTES;

  private static final int PRUNE = 9;

  private PruneNotice() {}

  /** Writes it, from the start of a buffer, for some of an array's inodes. */
  public static void encode(ByteBuffer buffer, long[] inodes, int from, int count) {
    buffer.clear().order(ByteOrder.nativeOrder());
    buffer.putInt(Reply.HEADER + 16 + count * Long.BYTES).putInt(PRUNE).putLong(0);
    buffer.putInt(count).putInt(0).putLong(0);
    for (int i = 0; i < count; i++) {
      buffer.putLong(inodes[from + i]);
    }
    buffer.flip();
  }
}
