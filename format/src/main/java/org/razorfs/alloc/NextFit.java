package org.razorfs.alloc;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The search for free runs of one stream: from where the last one ended, once around the volume.
 *
 * <p>Locks: that of the segment looked at, one at a time, held while the segment is loaded where it
 * is not in memory. The cursor is an atomic; two threads that move it at once cost some locality,
 * nothing else.
 */
final class NextFit {
  /** Segments to look into before a run shorter than wanted, but long enough, is accepted. */
  private static final int PATIENCE = 256;

  /**
   * How often to search again for more than a unit where others took what was found, or freed what
   * was passed.
   */
  private static final int ATTEMPTS = 8;

  private final SegmentTable table;
  private final AtomicLong cursor;

  NextFit(SegmentTable table, long startUnit) {
    this.table = table;
    this.cursor = new AtomicLong(startUnit);
  }

  /** The unit at which the next search starts. */
  long cursor() {
    return cursor.get();
  }

  void moveTo(long unit) {
    cursor.set(unit);
  }

  /** Lets the next search start no further on than here. */
  void moveBack(long unit) {
    cursor.accumulateAndGet(unit, Math::min);
  }

  /**
   * Finds a free run and makes it busy and pinned: the next one of {@code wanted} units, or, where
   * there is none, about the longest that has {@code minimum}.
   *
   * @return null if there is none either
   */
  Run take(int wanted, int minimum) throws IOException {
    // Whoever was promised units and takes any has to find them: they are there, and a search that
    // misses them does so because another thread has got on.
    for (int attempt = 0; attempt < ATTEMPTS || minimum == 1; attempt++) {
      long raises = table.counts().raises();
      Sweep sweep = new Sweep(wanted, minimum, false);
      Run run = sweep.run();
      if (run == null && sweep.best < minimum && sweep.skipped) {
        sweep = new Sweep(wanted, minimum, true);
        run = sweep.run();
      }
      if (run == null && sweep.best >= minimum) {
        run = takeFrom(sweep.bestSegment, Math.min(wanted, sweep.best));
      } else if (run == null && raises == table.counts().raises()) {
        // Nothing was freed behind the sweep's back: there is none.
        return null;
      }
      if (run != null) {
        return run;
      }
    }
    return null;
  }

  private Run takeFrom(long index, int count) throws IOException {
    Segment segment = table.lockLoaded(index);
    try {
      int from = segment.bitmap().find(count, 0);
      return from < 0 ? null : take(segment, from, count);
    } finally {
      table.unlock(segment);
    }
  }

  private Run take(Segment segment, int from, int count) {
    segment.bitmap().set(from, count);
    segment.pin(count);
    long unit = segment.index() * SegmentBitmap.UNITS + from;
    cursor.set(unit + count);
    return Run.ofUnits(unit, count);
  }

  /** One way around the volume. */
  private final class Sweep {
    private final int wanted;
    private final int minimum;
    private final boolean wait;
    private boolean skipped;
    private int looks;
    private int best;
    private long bestSegment;

    /**
     * @param wait whether to enter segments in which the host is punching holes
     */
    Sweep(int wanted, int minimum, boolean wait) {
      this.wanted = wanted;
      this.minimum = minimum;
      this.wait = wait;
    }

    Run run() throws IOException {
      long start = cursor.get();
      long segment = start / SegmentBitmap.UNITS;
      if (segment >= table.endSegment()) {
        return search(table.firstSegment(), table.endSegment());
      }
      Run run = null;
      if (table.counts().next(segment, segment + 1, needed()) == segment) {
        run = lookInto(segment, (int) (start % SegmentBitmap.UNITS));
      }
      if (run == null) {
        run = search(segment + 1, table.endSegment());
      }
      return run == null ? search(table.firstSegment(), segment + 1) : run;
    }

    private Run search(long from, long to) throws IOException {
      long segment = table.counts().next(from, to, needed());
      while (segment < to && (best < minimum || looks < PATIENCE)) {
        Run run = lookInto(segment, 0);
        if (run != null) {
          return run;
        }
        segment = table.counts().next(segment + 1, to, needed());
      }
      return null;
    }

    /** The least that is worth a look. */
    private int needed() {
      return Math.max(minimum, Math.min(wanted, best + 1));
    }

    private Run lookInto(long index, int from) throws IOException {
      if (!wait && table.isDiscarding(index)) {
        skipped = true;
        return null;
      }
      looks++;
      Segment segment = table.lockLoaded(index);
      try {
        SegmentBitmap bitmap = segment.bitmap();
        int unit = bitmap.longest() < wanted ? -1 : bitmap.find(wanted, from);
        if (unit >= 0) {
          return take(segment, unit, wanted);
        }
        if (minimum < wanted && bitmap.measureLongest() > best) {
          best = bitmap.longest();
          bestSegment = index;
        }
        return null;
      } finally {
        table.unlock(segment);
      }
    }
  }
}
