package org.razorfs.alloc;

import java.io.IOException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.layout.Geometry;

/** The free-space tree as a map of bitmaps, with a count of loads and a switch to let them fail. */
final class FakeTree implements SegmentSource {
  private final ConcurrentHashMap<Long, long[]> items = new ConcurrentHashMap<>();
  final AtomicInteger loads = new AtomicInteger();
  volatile boolean broken;

  @Override
  public long[] load(long segment) throws IOException {
    loads.incrementAndGet();
    if (broken) {
      throw new FsException(Fault.IO_ERROR, "segment " + segment + " cannot be read");
    }
    long[] bits = items.get(segment);
    return bits == null ? null : bits.clone();
  }

  /** What a checkpoint writes of an epoch: all it allocated, less all it released. */
  void apply(RunList allocated, RunList released) {
    set(allocated, true);
    set(released, false);
  }

  void use(long address, long length) {
    set(address, length, true);
  }

  boolean isUsed(long unit) {
    long[] bits = items.get(unit / Geometry.SEGMENT_UNITS);
    int at = (int) (unit % Geometry.SEGMENT_UNITS);
    return bits != null && (bits[at >>> 6] >>> at & 1) != 0;
  }

  void put(long segment, long[] bits) {
    items.put(segment, bits);
  }

  private void set(RunList runs, boolean used) {
    for (int i = 0; i < runs.size(); i++) {
      set(runs.address(i), runs.length(i), used);
    }
  }

  private void set(long address, long length, boolean used) {
    long end = (address + length) / Geometry.UNIT;
    for (long unit = address / Geometry.UNIT; unit < end; unit++) {
      long[] bits = items.computeIfAbsent(unit / Geometry.SEGMENT_UNITS, key -> new long[128]);
      int at = (int) (unit % Geometry.SEGMENT_UNITS);
      if (used) {
        bits[at >>> 6] |= 1L << at;
      } else {
        bits[at >>> 6] &= ~(1L << at);
      }
    }
  }
}
