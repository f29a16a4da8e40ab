package org.razorfs.alloc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.razorfs.alloc.Setup.SEGMENT;
import static org.razorfs.alloc.Setup.SEGMENT_UNITS;
import static org.razorfs.alloc.Setup.UNIT;
import static org.razorfs.alloc.Setup.none;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.razorfs.fault.CorruptImageException;

class EvictionTest {
  @Test
  void pinnedSegmentsStayBeyondTheLimitAndGoWhenPublished() throws IOException {
    Setup setup = Setup.segments(200).maxSegments(3);
    Allocator allocator = setup.open();
    RunList allocated = new RunList();
    for (int i = 0; i < 200; i++) {
      assertEquals((long) i * SEGMENT, allocator.allocate(SEGMENT - UNIT));
      allocated.add((long) i * SEGMENT, SEGMENT - UNIT);
    }
    assertEquals(200, allocator.loadedSegments());
    assertEquals(200, allocator.pinnedSegments());
    setup.tree.apply(allocated, none());
    allocator.published(allocated, none(), FreeRunVisitor.IGNORE);
    assertEquals(3, allocator.loadedSegments());
    assertEquals(0, allocator.pinnedSegments());
    assertEquals(200, setup.tree.loads.get(), "each was read once");

    RunList rest = new RunList();
    for (int i = 0; i < 200; i++) {
      rest.add(allocator.allocate(UNIT), UNIT);
    }
    setup.tree.apply(rest, none());
    allocator.published(rest, none(), FreeRunVisitor.IGNORE);
    assertEquals(0, allocator.freeUnits());
    int loads = setup.tree.loads.get();
    assertEquals(-1, Setup.segments(1).open(0).allocate(UNIT));
    assertTrue(allocator.reserve(0));
    assertEquals(-1, allocator.allocate(UNIT));
    assertEquals(loads, setup.tree.loads.get(), "known to be full without reading them again");
  }

  @Test
  void searchOfManySegmentsKeepsNoMoreThanTheLimit() throws IOException {
    Setup setup = Setup.segments(300).maxSegments(4);
    setup.tree.use(0, 299L * SEGMENT + SEGMENT - UNIT);
    Allocator allocator = setup.open(1);
    assertEquals(300L * SEGMENT - UNIT, allocator.allocate(UNIT));
    assertTrue(allocator.loadedSegments() <= 5);
    assertEquals(300, setup.tree.loads.get());
  }

  @Test
  void segmentsUsedAgainOutliveThoseSeenOnce() throws IOException {
    Setup setup = Setup.segments(20).maxSegments(4);
    setup.tree.use(0, 20L * SEGMENT);
    Allocator allocator = setup.open(0);
    for (int i = 0; i < 20; i++) {
      // Segment 0 is looked at between any two others; releaseNow leaves it as it was.
      allocator.release((long) i * SEGMENT, UNIT);
      RunList one = Setup.list((long) i * SEGMENT, UNIT);
      setup.tree.apply(none(), one);
      allocator.published(none(), one, FreeRunVisitor.IGNORE);
      allocator.startAt(AllocationStream.DATA, 0);
      assertEquals(0, allocator.allocate(UNIT));
      allocator.releaseNow(0, UNIT);
    }
    assertEquals(20, setup.tree.loads.get(), "segment 0 was never read again");
    assertTrue(allocator.loadedSegments() <= 4);
  }

  @Test
  void evictedSegmentComesBackAsItWas() throws IOException {
    Setup setup = Setup.segments(50).maxSegments(1);
    Allocator allocator = setup.open();
    RunList allocated = new RunList();
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < 50; i++) {
        allocator.startAt(AllocationStream.DATA, (long) i * SEGMENT);
        long address = allocator.allocate(4096);
        assertEquals((long) i * SEGMENT + round * 4096L, address);
        allocated.add(address, 4096);
        setup.tree.apply(allocated, none());
        allocator.published(allocated, none(), FreeRunVisitor.IGNORE);
        allocated = new RunList();
        assertEquals(1, allocator.loadedSegments());
      }
    }
    assertEquals(150, setup.tree.loads.get());
  }

  @Test
  void segmentThatComesBackDifferentIsDamage() throws IOException {
    Setup setup = Setup.segments(2).maxSegments(1);
    Allocator allocator = setup.open();
    assertEquals(0, allocator.allocate(SEGMENT - UNIT));
    RunList allocated = Setup.list(0, SEGMENT - UNIT);
    // The checkpoint forgets to write what was allocated.
    allocator.published(allocated, none(), FreeRunVisitor.IGNORE);
    assertEquals(SEGMENT, allocator.allocate(SEGMENT));
    CorruptImageException damage =
        assertThrows(CorruptImageException.class, () -> allocator.allocate(UNIT));
    assertEquals("free space of segment 0", damage.location());
    assertEquals("1 free units as before", damage.expected());
    assertEquals("8192", damage.actual());
  }

  @Test
  void readErrorChangesNothingAndPasses() throws IOException {
    Setup setup = Setup.segments(2);
    Allocator allocator = setup.open();
    setup.tree.broken = true;
    assertTrue(allocator.reserve(8));
    assertThrows(IOException.class, () -> allocator.allocate(4096));
    assertThrows(IOException.class, () -> allocator.markUsed(4096, 4096));
    assertEquals(0, allocator.loadedSegments());
    assertEquals(0, allocator.pinnedSegments());
    assertEquals(2 * SEGMENT_UNITS, allocator.freeUnits());
    setup.tree.broken = false;
    assertEquals(0, allocator.allocate(4096));
  }

  @Test
  void bitmapOfWrongLengthIsDamage() {
    Setup setup = Setup.segments(1);
    setup.tree.put(0, new long[127]);
    Allocator allocator = setup.open(10);
    CorruptImageException damage =
        assertThrows(CorruptImageException.class, () -> allocator.allocate(512));
    assertEquals("free space of segment 0", damage.location());
  }
}
