package org.razorfs.volume;

import org.razorfs.layout.ExtentRecord;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.Superblock;

/**
 * What the size of nodes and of the journal lets storing do at a time.
 *
 * @param maxInline bytes of an inline extent
 * @param maxPacked files that are packed into one chunk
 * @param batch chunks of one file that are stored together
 * @param inlineSync bytes of a synchronous write that go to the journal itself
 */
record StoreLimits(int maxInline, int maxPacked, int batch, int inlineSync) {
  /** Chunks of one file that are stored together. */
  static final int BATCH = 16;

  /** Files up to this size are kept in the tree. */
  static final int INLINE_FILE = 160;

  /** Journal space that storing a chunk can take, replaced inline extents included. */
  private static final int CHUNK_COST = 160 << 10;

  /** Journal space that changing or removing an extent takes, its inline bytes apart. */
  static final int EXTENT_COST = 250;

  /** In a smaller journal inline data would crowd out everything else. */
  private static final int INLINE_JOURNAL = 1 << 20;

  /** A synchronous write up to this size goes to the journal itself. */
  private static final int INLINE_SYNC = 8 << 10;

  static StoreLimits of(Superblock.Identity identity) {
    int maxValue = Geometry.maxValue(identity.nodeSize());
    long budget = identity.journalLength() / 4;
    return new StoreLimits(
        Math.min(4096, maxValue - ExtentRecord.INLINE_HEADER),
        (int) Math.min(Math.min(128, (maxValue - 20) / 16), budget / 256),
        (int) Math.max(1, Math.min(BATCH, budget / CHUNK_COST)),
        identity.journalLength() >= INLINE_JOURNAL ? INLINE_SYNC : 0);
  }

  /** Journal space that changing or removing an extent takes. */
  static long cost(ExtentRecord extent) {
    return EXTENT_COST + (extent instanceof ExtentRecord.Inline ? extent.length() : 0);
  }
}
