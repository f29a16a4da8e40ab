package org.razorfs.alloc;

import java.io.IOException;

/**
 * What becomes of an epoch's ranges once its checkpoint is on the device: allocated ones are
 * ordinary used space, released ones are free, and the host may have the blocks around them.
 *
 * <p>Locks: that of each segment in turn, held while its holes are punched, so that no unit among
 * them is allocated before.
 */
final class Publication {
  private final SegmentTable table;
  private final SpaceAccount account;

  Publication(SegmentTable table, SpaceAccount account) {
    this.table = table;
    this.account = account;
  }

  void publish(RunList allocated, RunList released, FreeRunVisitor holes) {
    allocated.forEachSegment(this::settle);
    released.forEachSegment((segment, pieces) -> free(segment, pieces, holes));
    table.shrink();
  }

  private void settle(long index, PieceList pieces) {
    Segment segment = table.lock(index);
    try {
      segment.unpin(pieces.units());
    } finally {
      table.unlock(segment);
    }
  }

  private void free(long index, PieceList pieces, FreeRunVisitor holes) {
    Segment segment = table.lock(index);
    try {
      segment.unpin(pieces.units());
      if (isLoaded(segment)) {
        long freed = 0;
        for (int i = 0; i < pieces.size(); i++) {
          freed += segment.bitmap().clear(pieces.from(i), pieces.count(i));
        }
        // Before anybody is promised them: a search goes by the counts, and holes take a while.
        table.counts().put(index, segment.bitmap().free(), segment.bitmap().longest());
        account.published(pieces.units(), freed);
        punch(segment, pieces, holes);
      } else {
        // Nothing is lost but the hints: the next load reads what the checkpoint wrote.
        table.counts().forget(index);
        account.published(pieces.units(), pieces.units());
      }
    } finally {
      table.unlock(segment);
    }
  }

  private boolean isLoaded(Segment segment) {
    try {
      table.load(segment);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** Tells of the free host blocks that overlap the pieces; under the lock of their segment. */
  static void punch(Segment segment, PieceList pieces, FreeRunVisitor holes) {
    SegmentBitmap bitmap = segment.bitmap();
    HoleRun hole = new HoleRun(segment, holes);
    segment.discarding = true;
    try {
      int next = 0;
      for (int i = 0; i < pieces.size(); i++) {
        int block = Math.max(next, pieces.from(i) & -SegmentBitmap.BLOCK_UNITS);
        int end = pieces.from(i) + pieces.count(i);
        for (; block < end; block += SegmentBitmap.BLOCK_UNITS) {
          if (bitmap.isBlockFree(block)) {
            hole.extend(block);
          }
        }
        next = Math.max(next, block);
      }
      hole.end();
    } finally {
      segment.discarding = false;
    }
  }

  /** Joins free blocks that follow one another. */
  private static final class HoleRun {
    private final Segment segment;
    private final FreeRunVisitor holes;
    private int from;
    private int to;

    HoleRun(Segment segment, FreeRunVisitor holes) {
      this.segment = segment;
      this.holes = holes;
    }

    void extend(int block) {
      if (block != to) {
        end();
        from = block;
      }
      to = block + SegmentBitmap.BLOCK_UNITS;
    }

    void end() {
      if (from < to) {
        Run run = Run.ofUnits(segment.index() * SegmentBitmap.UNITS + from, to - from);
        holes.free(run.address(), run.length());
      }
      from = to;
    }
  }

  /** Tells of the block-aligned free runs of at least {@code minimum} units in loaded segments. */
  void visitFreeRuns(int minimum, FreeRunVisitor visitor) {
    for (long index : table.inMemory()) {
      Segment segment = table.lock(index);
      try {
        if (segment.bitmap() != null) {
          visitFreeRuns(segment, 0, SegmentBitmap.UNITS, minimum, visitor);
        }
      } finally {
        table.unlock(segment);
      }
    }
  }

  /** As above between two block-aligned units, in all segments. */
  void visitFreeRuns(long from, long to, int minimum, FreeRunVisitor visitor) throws IOException {
    for (long index = from / SegmentBitmap.UNITS; index * SegmentBitmap.UNITS < to; index++) {
      long start = index * SegmentBitmap.UNITS;
      Segment segment = table.lockLoaded(index);
      try {
        visitFreeRuns(
            segment,
            (int) Math.max(0, from - start),
            (int) Math.min(SegmentBitmap.UNITS, to - start),
            minimum,
            visitor);
      } finally {
        table.unlock(segment);
      }
    }
  }

  private static void visitFreeRuns(
      Segment segment, int first, int last, int minimum, FreeRunVisitor visitor) {
    int align = SegmentBitmap.BLOCK_UNITS;
    SegmentBitmap bitmap = segment.bitmap();
    segment.discarding = true;
    try {
      for (int start = bitmap.next(first, false); start < last; ) {
        int end = bitmap.next(start, true);
        int from = (start + align - 1) & -align;
        int to = Math.min(end, last) & -align;
        if (to - from >= minimum) {
          Run run = Run.ofUnits(segment.index() * SegmentBitmap.UNITS + from, to - from);
          visitor.free(run.address(), run.length());
        }
        start = bitmap.next(end, false);
      }
    } finally {
      segment.discarding = false;
    }
  }
}
