package org.razorfs.volume;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.razorfs.extent.ChunkStore;
import org.razorfs.layout.ExtentRecord;

/** Reads what the extents of a file hold, without what waits in memory. */
final class StoredData {
  private static final byte[] ZEROS = new byte[4096];

  private final Leftovers leftovers;
  private final ChunkStore chunks;

  StoredData(Leftovers leftovers, ChunkStore chunks) {
    this.leftovers = leftovers;
    this.chunks = chunks;
  }

  /**
   * Copies {@code count} bytes from {@code offset} on, zeros where nothing is stored; the caller
   * holds the inode's lock.
   */
  void read(long inode, long offset, int count, ByteBuffer target) throws IOException {
    if (count == 0) {
      return;
    }
    int begin = target.position();
    long end = offset + count;
    leftovers.extents(
        inode,
        offset,
        (start, extent) -> {
          long at = offset + target.position() - begin;
          if (start >= end || at >= end) {
            return false;
          }
          if (start > at) {
            zeros(target, start - at);
            at = start;
          }
          long part = Math.min(end, start + extent.length()) - at;
          if (part <= 0) {
            return true;
          }
          if (extent instanceof ExtentRecord.Chunk chunk) {
            chunks.read(chunk, (int) (at - start), (int) part, target);
          } else if (extent instanceof ExtentRecord.Inline inline) {
            target.put(inline.bytes(), (int) (at - start), (int) part);
          } else {
            zeros(target, part);
          }
          return true;
        });
    zeros(target, count - (target.position() - begin));
  }

  private static void zeros(ByteBuffer target, long count) {
    for (long left = count; left > 0; left -= ZEROS.length) {
      target.put(ZEROS, 0, (int) Math.min(left, ZEROS.length));
    }
  }
}
