package org.razorfs.alloc;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * What is remembered of every segment seen so far: its free units and an upper bound of its longest
 * free run, four bytes a segment in pages that exist from the first segment seen in them.
 *
 * <p>Takes no locks. An entry is written only by who holds that segment's lock; readers take it as
 * a hint of where looking is worth while, and it never understates.
 */
final class FreeCounts {
  private static final int PAGE_BITS = 12;
  private static final int PAGE = 1 << PAGE_BITS;
  private static final VarHandle ENTRY = MethodHandles.arrayElementVarHandle(int[].class);

  // An entry: bit 31 set when known, bits 14..27 the bound, bits 0..13 the free units.
  private static final int KNOWN = 1 << 31;
  private static final int BOUND_SHIFT = 14;
  private static final int FIELD = (1 << 14) - 1;

  // Of each page, a count of changes above and a bound of all its entries' bounds below.
  private static final int CHANGE_SHIFT = 16;

  private final long count;
  private final AtomicReferenceArray<int[]> pages;
  private final AtomicLongArray summaries;
  private final AtomicLong raises = new AtomicLong();

  /** For segments 0 to {@code count - 1}, none of them seen. */
  FreeCounts(long count) {
    this.count = count;
    int pageCount = Math.toIntExact((count + PAGE - 1) >>> PAGE_BITS);
    pages = new AtomicReferenceArray<>(pageCount);
    summaries = new AtomicLongArray(pageCount);
    for (int i = 0; i < pageCount; i++) {
      summaries.set(i, SegmentBitmap.UNITS);
    }
  }

  /** Remembers a segment; its lock is held. */
  void put(long segment, int free, int longest) {
    store(segment, KNOWN | Math.min(longest, free) << BOUND_SHIFT | free);
  }

  /** Forgets a segment; its lock is held. */
  void forget(long segment) {
    store(segment, 0);
  }

  private void store(long segment, int entry) {
    int number = (int) (segment >>> PAGE_BITS);
    int[] page = pages.get(number);
    if (page == null) {
      page = new int[PAGE];
      if (!pages.compareAndSet(number, null, page)) {
        page = pages.get(number);
      }
    }
    int at = (int) segment & PAGE - 1;
    int before = (int) ENTRY.getVolatile(page, at);
    ENTRY.setVolatile(page, at, entry);
    if (bound(entry) > bound(before)) {
      // After the entry, so that a sweep which missed the entry finds the summary changed.
      summaries.updateAndGet(
          number,
          old ->
              ((old >>> CHANGE_SHIFT) + 1) << CHANGE_SHIFT
                  | Math.max(old & (1 << CHANGE_SHIFT) - 1, bound(entry)));
      raises.incrementAndGet();
    }
  }

  /** Grows whenever a segment may have got a longer free run than before. */
  long raises() {
    return raises.get();
  }

  /** The free units of a segment, or -1 when it was never seen. */
  int free(long segment) {
    int[] page = pages.get((int) (segment >>> PAGE_BITS));
    int entry = page == null ? 0 : (int) ENTRY.getVolatile(page, (int) segment & PAGE - 1);
    return entry == 0 ? -1 : entry & FIELD;
  }

  /**
   * The first segment in [from, to) that may have {@code need} free units in a row, because it is
   * known to or was never seen; {@code to} if there is none.
   */
  long next(long from, long to, int need) {
    long segment = from;
    while (segment < to) {
      int number = (int) (segment >>> PAGE_BITS);
      long pageStart = (long) number << PAGE_BITS;
      long pageEnd = Math.min(pageStart + PAGE, count);
      long summary = summaries.get(number);
      if ((summary & (1 << CHANGE_SHIFT) - 1) >= need) {
        int[] page = pages.get(number);
        if (page == null) {
          return segment;
        }
        int highest = 0;
        long stop = Math.min(pageEnd, to);
        for (long at = segment; at < stop; at++) {
          int bound = bound((int) ENTRY.getVolatile(page, (int) at & PAGE - 1));
          if (bound >= need) {
            return at;
          }
          highest = Math.max(highest, bound);
        }
        if (segment == pageStart && stop == pageEnd) {
          // The whole page was seen to have nothing: the next search passes it over at once.
          summaries.compareAndSet(
              number, summary, (summary >>> CHANGE_SHIFT) << CHANGE_SHIFT | highest);
        }
      }
      segment = pageEnd;
    }
    return to;
  }

  private static int bound(int entry) {
    return entry == 0 ? SegmentBitmap.UNITS : entry >>> BOUND_SHIFT & FIELD;
  }
}
