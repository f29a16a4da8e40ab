package org.razorfs.alloc;

import java.util.Arrays;
import org.razorfs.layout.Geometry;

/**
 * A list of ranges at eight bytes each, in which an epoch collects what it allocated or released;
 * not safe for use by several threads at once.
 */
public final class RunList {
  // Unit number above, count of units below: an unsigned 38 bit number (64 TiB) and 1..2^22 (2
  // GiB).
  private static final int COUNT_BITS = 23;
  private static final long COUNT_MASK = (1L << COUNT_BITS) - 1;
  private static final long MAX_COUNT = 1L << (COUNT_BITS - 1);

  private long[] packed = new long[8];
  private int size;
  private long units;

  /**
   * Appends a range; joins it to the last one where it continues that.
   *
   * @param address a multiple of the unit
   * @param length bytes, rounded up to whole units
   */
  public void add(long address, int length) {
    if (address < 0
        || address >= Geometry.MAX_VOLUME
        || address % Geometry.UNIT != 0
        || length <= 0) {
      throw new IllegalArgumentException("range " + address + "+" + length);
    }
    long unit = address / Geometry.UNIT;
    long count = Geometry.units(length);
    units += count;
    if (size > 0) {
      long last = packed[size - 1];
      if (unit(last) + count(last) == unit && count(last) + count <= MAX_COUNT) {
        packed[size - 1] = last + count;
        return;
      }
    }
    if (size == packed.length) {
      packed = Arrays.copyOf(packed, size * 2);
    }
    packed[size++] = unit << COUNT_BITS | count;
  }

  /** Appends every range of another list. */
  public void addAll(RunList other) {
    packed = Arrays.copyOf(packed, Math.max(packed.length, Math.addExact(size, other.size)));
    System.arraycopy(other.packed, 0, packed, size, other.size);
    size += other.size;
    units += other.units;
  }

  /** The number of ranges. */
  public int size() {
    return size;
  }

  public boolean isEmpty() {
    return size == 0;
  }

  /** The units of all ranges together. */
  public long units() {
    return units;
  }

  /** The byte offset at which the range with this index starts. */
  public long address(int index) {
    return unit(at(index)) * Geometry.UNIT;
  }

  /** The bytes of the range with this index, a multiple of the unit. */
  public long length(int index) {
    return count(at(index)) * Geometry.UNIT;
  }

  private long at(int index) {
    if (index >= size) {
      throw new IndexOutOfBoundsException(index + " of " + size);
    }
    return packed[index];
  }

  /** Calls back for every segment that a range touches, in ascending order, with its pieces. */
  void forEachSegment(SegmentVisitor visitor) {
    long[] sorted = Arrays.copyOf(packed, size);
    Arrays.sort(sorted);
    PieceList pieces = new PieceList();
    long current = -1;
    for (long range : sorted) {
      long end = unit(range) + count(range);
      for (long at = unit(range); at < end; ) {
        long segment = at / SegmentBitmap.UNITS;
        if (segment != current) {
          if (current >= 0) {
            visitor.visit(current, pieces);
          }
          pieces = new PieceList();
          current = segment;
        }
        int from = (int) (at % SegmentBitmap.UNITS);
        int count = (int) Math.min(SegmentBitmap.UNITS - from, end - at);
        pieces.add(from, count);
        at += count;
      }
    }
    if (current >= 0) {
      visitor.visit(current, pieces);
    }
  }

  private static long unit(long range) {
    return range >>> COUNT_BITS;
  }

  private static long count(long range) {
    return range & COUNT_MASK;
  }

  /** Receives the pieces of a list that lie in one segment. */
  @FunctionalInterface
  interface SegmentVisitor {
    void visit(long segment, PieceList pieces);
  }
}
