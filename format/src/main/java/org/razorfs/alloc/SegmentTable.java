package org.razorfs.alloc;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.razorfs.fault.CorruptImageException;

/**
 * The segments in memory: finds, loads and locks them, and evicts those that a reload would bring
 * back unchanged, by a clock.
 *
 * <p>Locks: one per segment, of which a thread holds at most one (eviction only tries another), and
 * inside it for a few instructions that of the clock. A segment's lock is held while its bitmap is
 * loaded; other segments are not affected.
 */
final class SegmentTable {
  /** Entries of the clock that one load looks at before it lets the table grow for now. */
  private static final int CLOCK_STEPS = 64;

  private final SegmentSource source;
  private final long firstUnit;
  private final long endUnit;
  private final int maximum;
  private final FreeCounts counts;
  private final ConcurrentHashMap<Long, Segment> segments = new ConcurrentHashMap<>();
  private final ArrayDeque<Segment> clock = new ArrayDeque<>();
  private final AtomicInteger pinned = new AtomicInteger();

  /** For a volume of which units {@code firstUnit} to {@code endUnit - 1} may be allocated. */
  SegmentTable(SegmentSource source, long firstUnit, long endUnit, int maximum) {
    this.source = source;
    this.firstUnit = firstUnit;
    this.endUnit = endUnit;
    this.maximum = maximum;
    this.counts = new FreeCounts(endSegment());
  }

  long firstSegment() {
    return firstUnit / SegmentBitmap.UNITS;
  }

  /** One more than the last segment. */
  long endSegment() {
    return (endUnit + SegmentBitmap.UNITS - 1) / SegmentBitmap.UNITS;
  }

  FreeCounts counts() {
    return counts;
  }

  /** Locks a segment whether or not its bitmap is in memory; end with {@link #unlock}. */
  Segment lock(long index) {
    while (true) {
      Segment segment = segments.get(index);
      if (segment == null) {
        segment = segments.computeIfAbsent(index, Segment::new);
      }
      segment.lock();
      if (!segment.dropped) {
        return segment;
      }
      segment.unlock();
    }
  }

  /** Locks a segment and brings its bitmap in; end with {@link #unlock}. */
  Segment lockLoaded(long index) throws IOException {
    Segment segment = lock(index);
    boolean loaded = false;
    try {
      load(segment);
      loaded = true;
      return segment;
    } finally {
      if (!loaded) {
        unlock(segment);
      }
    }
  }

  /** Brings in the bitmap of a segment that this thread has locked. */
  void load(Segment segment) throws IOException {
    if (segment.bitmap() == null) {
      SegmentBitmap bitmap = read(segment.index());
      segment.holdIn(bitmap);
      int remembered = counts.free(segment.index());
      if (remembered >= 0 && remembered != bitmap.free()) {
        // Nothing changes a segment that is not in memory: somebody else did, or the tree is wrong.
        throw new CorruptImageException(
            "free space of segment " + segment.index(),
            remembered + " free units as before",
            String.valueOf(bitmap.free()));
      }
      segment.install(bitmap);
      shrink(maximum - 1);
      synchronized (clock) {
        clock.add(segment);
      }
    } else {
      segment.recent = true;
    }
  }

  private SegmentBitmap read(long index) throws IOException {
    long[] bits = source.load(index);
    if (bits == null) {
      bits = new long[SegmentBitmap.WORDS];
    } else if (bits.length != SegmentBitmap.WORDS) {
      throw new CorruptImageException(
          "free space of segment " + index,
          SegmentBitmap.WORDS + " words",
          String.valueOf(bits.length));
    }
    long start = index * SegmentBitmap.UNITS;
    SegmentBitmap bitmap = new SegmentBitmap(bits);
    if (start < firstUnit) {
      bitmap.set(0, (int) (firstUnit - start));
    }
    if (start + SegmentBitmap.UNITS > endUnit) {
      int from = (int) (endUnit - start);
      bitmap.set(from, SegmentBitmap.UNITS - from);
    }
    return bitmap;
  }

  /** Lets a segment go, after noting what it has free and whether it is pinned. */
  void unlock(Segment segment) {
    if (segment.isPinned() != segment.countedAsPinned) {
      segment.countedAsPinned = segment.isPinned();
      pinned.addAndGet(segment.countedAsPinned ? 1 : -1);
    }
    if (segment.bitmap() != null) {
      counts.put(segment.index(), segment.bitmap().free(), segment.bitmap().longest());
    } else if (!segment.isPinned()) {
      drop(segment);
    }
    segment.unlock();
  }

  private void drop(Segment segment) {
    segment.dropped = true;
    segments.remove(segment.index(), segment);
  }

  /** Whether entering a segment would mean to wait until the host has punched holes in it. */
  boolean isDiscarding(long index) {
    Segment segment = segments.get(index);
    return segment != null && segment.discarding;
  }

  /** Evicts what it may until no more than {@code limit} bitmaps are left; looks at a few only. */
  private void shrink(int limit) {
    for (int step = 0; step < CLOCK_STEPS; step++) {
      Segment candidate;
      synchronized (clock) {
        if (clock.size() <= limit) {
          return;
        }
        candidate = clock.poll();
      }
      if (!evict(candidate)) {
        synchronized (clock) {
          clock.add(candidate);
        }
      }
    }
  }

  private boolean evict(Segment candidate) {
    if (candidate.recent) {
      candidate.recent = false;
      return false;
    }
    if (!candidate.tryLock()) {
      return false;
    }
    try {
      if (candidate.isPinned()) {
        return false;
      }
      candidate.evict();
      drop(candidate);
      return true;
    } finally {
      candidate.unlock();
    }
  }

  /** Comes back to the limit after segments were unpinned. */
  void shrink() {
    int rounds = loaded() / CLOCK_STEPS + 1;
    for (int round = 0; round < 2 * rounds; round++) {
      shrink(maximum);
    }
  }

  /** Bitmaps in memory. */
  int loaded() {
    synchronized (clock) {
      return clock.size();
    }
  }

  /** Segments that cannot be evicted. */
  int pinned() {
    return pinned.get();
  }

  /** The numbers of the segments in memory at about this moment, ascending. */
  List<Long> inMemory() {
    List<Long> numbers = new ArrayList<>(segments.keySet());
    numbers.sort(null);
    return numbers;
  }

  /** Splits a range of units into its pieces by segment. */
  static <E extends Exception> void forEachPiece(long unit, long count, PieceVisitor<E> visitor)
      throws E {
    long end = unit + count;
    for (long at = unit; at < end; ) {
      int from = (int) (at % SegmentBitmap.UNITS);
      int piece = (int) Math.min(SegmentBitmap.UNITS - from, end - at);
      visitor.visit(at / SegmentBitmap.UNITS, from, piece);
      at += piece;
    }
  }

  /** Receives the pieces of a range. */
  @FunctionalInterface
  interface PieceVisitor<E extends Exception> {
    void visit(long segment, int from, int count) throws E;
  }
}
