package org.razorfs.volume;

import java.nio.ByteBuffer;
import org.razorfs.extent.BufferPool;
import org.razorfs.layout.Geometry;
import org.razorfs.tx.Claim;

/**
 * Bytes of one chunk-sized window of a file that wait to be stored: a buffer that grows with them,
 * and the ranges of it that count. Guarded by the inode's lock.
 */
final class DirtyChunk {
  private final BufferPool pool;
  private ByteBuffer data;

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
    grow(at + length);
    data.put(at, source, source.position(), length);
    source.position(source.position() + length);
    add(at, at + length);
  }

  /** The bytes of a range, as a buffer that others may read until the chunk is closed. */
  ByteBuffer slice(int from, int to) {
    return data.slice(from, to - from);
  }

  /** Copies bytes out. */
  void read(int from, int length, ByteBuffer target) {
    int at = target.position();
    target.put(at, data, from, length);
    target.position(at + length);
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
          write(at, older.slice(at, end), end - at);
        }
        at = end;
      }
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
