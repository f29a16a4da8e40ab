package org.razorfs.alloc;

import org.razorfs.layout.Geometry;

/**
 * Allocators over a {@link FakeTree}, with everything but the subject of a test left at a default.
 */
final class Setup {
  static final int UNIT = Geometry.UNIT;
  static final int SEGMENT = Geometry.SEGMENT;
  static final int SEGMENT_UNITS = Geometry.SEGMENT_UNITS;
  static final int NODE = 16 << 10;

  final FakeTree tree = new FakeTree();
  long volume;
  long start;
  int nodeSize = NODE;
  int maxSegments = 64;
  long holdBack;
  AllocationFault fault = AllocationFault.NONE;
  SpaceBacking backing = SpaceBacking.NONE;

  private Setup(long volume, long start) {
    this.volume = volume;
    this.start = start;
  }

  /** A volume with room for so many whole segments, as if journal and backup were elsewhere. */
  static Setup segments(long count) {
    return new Setup(count * SEGMENT, 0);
  }

  /** A volume whose first and last segments are partly outside. */
  static Setup volume(long size, long start) {
    return new Setup(size, start);
  }

  Setup holdBack(long units) {
    holdBack = units;
    return this;
  }

  Setup maxSegments(int count) {
    maxSegments = count;
    return this;
  }

  Setup nodeSize(int bytes) {
    nodeSize = bytes;
    return this;
  }

  Setup fault(AllocationFault hook) {
    fault = hook;
    return this;
  }

  Setup backing(SpaceBacking host) {
    backing = host;
    return this;
  }

  long end() {
    return start == 0 ? volume : volume - Geometry.SUPERBLOCK;
  }

  /** Free units according to the tree; only for volumes small enough to be counted. */
  long free() {
    long free = 0;
    for (long unit = start / UNIT; unit < end() / UNIT; unit++) {
      free += tree.isUsed(unit) ? 0 : 1;
    }
    return free;
  }

  Allocator open() {
    return open(free());
  }

  Allocator open(long freeUnits) {
    return open(tree, freeUnits);
  }

  Allocator open(SegmentSource source, long freeUnits) {
    return new Allocator(
        new AllocatorOptions(volume, start, end(), freeUnits, nodeSize, maxSegments, holdBack),
        source,
        fault,
        backing);
  }

  static RunList list(long address, int length) {
    RunList list = new RunList();
    list.add(address, length);
    return list;
  }

  static RunList none() {
    return new RunList();
  }
}
