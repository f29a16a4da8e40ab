package org.razorfs.volume;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.razorfs.extent.BufferPool;
import org.razorfs.layout.Geometry;
import org.razorfs.tx.Claim;

/**
 * Bytes of one chunk-sized window of a file that wait to be stored: a buffer with the pages that
 * were written to, in the order in which they were, and the ranges of the window that count.
 * Guarded by the inode's lock.
 */
final class DirtyChunk {
  /** Bytes of a window that get memory together. */
  private static final int PAGE = 4096;

  private final BufferPool pool;
  private ByteBuffer data;

  /** The place of each page in the buffer, counted in pages from 1; 0 for those without. */
  private final byte[] places = new byte[Geometry.MAX_CHUNK / PAGE];

  /** Pages that have a place. */
  private int pages;

  /** Starts and ends in turn, ascending; ranges neither overlap nor touch. */
  private int[] bounds = new int[2];

  private int count;
  private long reservedUnits;
  private Claim claim = Claim.NONE;

  DirtyChunk(BufferPool pool) {
    this.pool = pool;
  }

  /** The ranges that count. */
  int ranges() {
    return count / 2;
  }

  int start(int range) {
    return bounds[range * 2];
  }

  int end(int range) {
    return bounds[range * 2 + 1];
  }

  boolean isEmpty() {
    return count == 0;
  }

  /** Whether every byte of the window counts. */
  boolean isFull() {
    return count == 2 && bounds[0] == 0 && bounds[1] == Geometry.MAX_CHUNK;
  }

  /** Bytes of memory that the buffer takes. */
  int memory() {
    return data == null ? 0 : data.capacity();
  }

  /** The units that storing the ranges can take at most. */
  long worstUnits() {
    long units = 0;
    for (int range = 0; range < ranges(); range++) {
      units += Geometry.units(end(range) - start(range));
    }
    return units;
  }

  /** The units of the volume that are reserved for this. */
  long reservedUnits() {
    return reservedUnits;
  }

  void reservedUnits(long units) {
    reservedUnits = units;
  }

  /** The metadata that is reserved for storing this. */
  Claim claim() {
    return claim;
  }

  void claim(Claim value) {
    claim = value;
  }

  /** Copies {@code length} bytes of {@code source} to {@code at}, and moves its position. */
  void write(int at, ByteBuffer source, int length) {
    int end = at + length;
    givePlaces(at, end);
    for (int from = at; from < end; ) {
      int count = contiguous(from, end);
      data.put(place(from), source, source.position(), count);
      source.position(source.position() + count);
      from += count;
    }
    add(at, end);
  }

  /**
   * The bytes of a range, as a buffer that others may read until the chunk is closed.
   *
   * @throws IllegalStateException for a range that {@link #arrange} would have to put in order
   */
  ByteBuffer slice(int from, int to) {
    if (contiguous(from, to) < to - from) {
      throw new IllegalStateException("pages out of order");
    }
    return data.slice(place(from), to - from);
  }

  /** Copies bytes out. */
  void read(int from, int length, ByteBuffer target) {
    int end = from + length;
    for (int at = from; at < end; ) {
      int count = contiguous(at, end);
      target.put(target.position(), data, place(at), count);
      target.position(target.position() + count);
      at += count;
    }
  }

  /** Puts the pages in order, where they are not, so that each range lies in one piece. */
  void arrange() {
    if (isArranged()) {
      return;
    }
    ByteBuffer ordered = pool.take(data.capacity());
    byte next = 0;
    for (int page = 0; page < places.length; page++) {
      if (places[page] > 0) {
        ordered.put(next * PAGE, data, (places[page] - 1) * PAGE, PAGE);
        places[page] = ++next;
      }
    }
    pool.give(data);
    data = ordered;
  }

  private boolean isArranged() {
    for (int range = 0; range < ranges(); range++) {
      if (contiguous(start(range), end(range)) < end(range) - start(range)) {
        return false;
      }
    }
    return true;
  }

  /** Where a byte lies in the buffer. */
  private int place(int at) {
    return (places[at / PAGE] - 1) * PAGE + at % PAGE;
  }

  /** How many of the bytes from one to another lie behind each other in the buffer. */
  private int contiguous(int from, int to) {
    int page = from / PAGE;
    int end = (page + 1) * PAGE;
    while (end < to && places[page + 1] == places[page] + 1) {
      page++;
      end += PAGE;
    }
    return Math.min(end, to) - from;
  }

  /** Gives the pages of some bytes a place, and the buffer room for it. */
  private void givePlaces(int from, int to) {
    int last = (to - 1) / PAGE;
    int more = 0;
    for (int page = from / PAGE; page <= last; page++) {
      more += places[page] == 0 ? 1 : 0;
    }
    grow((pages + more) * PAGE);
    for (int page = from / PAGE; page <= last; page++) {
      if (places[page] == 0) {
        places[page] = (byte) ++pages;
      }
    }
  }

  /** The range that holds {@code at}, or else the complement of the first that starts after it. */
  int find(int at) {
    int range = 0;
    while (range < ranges() && end(range) <= at) {
      range++;
    }
    return range < ranges() && start(range) <= at ? range : ~range;
  }

  /** Takes [from, to) out of what counts. */
  void remove(int from, int to) {
    int[] kept = new int[count + 2];
    int size = 0;
    for (int range = 0; range < ranges(); range++) {
      int start = start(range);
      int end = end(range);
      if (start < Math.min(end, from)) {
        kept[size++] = start;
        kept[size++] = Math.min(end, from);
      }
      if (Math.max(start, to) < end) {
        kept[size++] = Math.max(start, to);
        kept[size++] = end;
      }
    }
    bounds = kept;
    count = size;
  }

  /** Puts the ranges of an older chunk of the same window under this one's. */
  void mergeUnder(DirtyChunk older) {
    for (int range = 0; range < older.ranges(); range++) {
      int at = older.start(range);
      while (at < older.end(range)) {
        int mine = find(at);
        int end = mine >= 0 ? end(mine) : older.end(range);
        if (mine < 0) {
          if (~mine < ranges()) {
            end = Math.min(end, start(~mine));
          }
          copy(older, at, end);
        }
        at = end;
      }
    }
  }

  private void copy(DirtyChunk other, int from, int to) {
    for (int at = from; at < to; ) {
      int end = at + other.contiguous(at, to);
      write(at, other.slice(at, end), end - at);
      at = end;
    }
  }

  /** Puts what {@code under} holds of [from, to) into the gaps, which closes them. */
  void fill(int from, int to, ByteBuffer under) {
    int at = from;
    while (at < to) {
      int range = find(at);
      if (range >= 0) {
        at = end(range);
        continue;
      }
      int end = ~range < ranges() ? Math.min(to, start(~range)) : to;
      write(at, under.slice(at - from, end - at), end - at);
      at = end;
    }
  }

  /** Gives the buffer back. */
  void close() {
    if (data != null) {
      pool.give(data);
      data = null;
      pages = 0;
      Arrays.fill(places, (byte) 0);
    }
    count = 0;
  }

  private void add(int from, int to) {
    int first = 0;
    while (first < ranges() && end(first) < from) {
      first++;
    }
    int last = first;
    int start = from;
    int end = to;
    while (last < ranges() && start(last) <= to) {
      start = Math.min(start, start(last));
      end = Math.max(end, end(last));
      last++;
    }
    int[] merged =
        count - (last - first) * 2 + 2 > bounds.length ? new int[bounds.length * 2] : bounds;
    int tail = count - last * 2;
    if (merged != bounds) {
      System.arraycopy(bounds, 0, merged, 0, first * 2);
    }
    System.arraycopy(bounds, last * 2, merged, first * 2 + 2, tail);
    merged[first * 2] = start;
    merged[first * 2 + 1] = end;
    bounds = merged;
    count = first * 2 + 2 + tail;
  }

  private void grow(int size) {
    if (data != null && data.capacity() >= size) {
      return;
    }
    ByteBuffer larger = pool.take(size);
    if (data != null) {
      larger.put(0, data, 0, data.capacity());
      pool.give(data);
    }
    data = larger;
  }
}
