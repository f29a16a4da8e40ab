package org.razorfs.alloc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.razorfs.alloc.Setup.SEGMENT;
import static org.razorfs.alloc.Setup.SEGMENT_UNITS;
import static org.razorfs.alloc.Setup.UNIT;
import static org.razorfs.alloc.Setup.none;

import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.razorfs.layout.Geometry;

/** Where allocations lie, and what becomes of them on full, fragmented, tiny and huge volumes. */
class SearchTest {
  @Test
  void whatIsAllocatedTogetherLiesTogether() throws IOException {
    Allocator allocator = Setup.segments(4).open();
    for (int i = 0; i < 100; i++) {
      assertEquals(i * 20480L, allocator.allocate(20000));
    }
    allocator.releaseNow(0, 20480);
    assertEquals(100 * 20480L, allocator.allocate(20000), "holes are left for later");
    assertEquals(101 * 20480L, allocator.position(AllocationStream.DATA));
    assertEquals(0, allocator.position(AllocationStream.NODE));
  }

  @Test
  void searchGoesAroundOnceAndFindsHolesBehindIt() throws IOException {
    Allocator allocator = Setup.segments(3).open();
    for (int i = 0; i < 3; i++) {
      assertEquals((long) i * SEGMENT, allocator.allocate(SEGMENT));
    }
    assertEquals(-1, allocator.allocate(UNIT));
    allocator.releaseNow(SEGMENT + 1024, UNIT);
    assertEquals(SEGMENT + 1024, allocator.allocate(UNIT));
    allocator.releaseNow(SEGMENT, UNIT);
    assertEquals(SEGMENT, allocator.allocate(UNIT), "before the cursor in its own segment");
  }

  @Test
  void startCanBeChosen() throws IOException {
    Allocator allocator = Setup.volume(3L * SEGMENT, 1 << 20).open();
    allocator.startAt(AllocationStream.DATA, SEGMENT + 8192);
    allocator.startAt(AllocationStream.NODE, 2L * SEGMENT);
    assertEquals(SEGMENT + 8192, allocator.allocate(UNIT));
    assertTrue(allocator.reserveNodes(1));
    assertEquals(2L * SEGMENT, allocator.takeNode(UNIT));
    allocator.startAt(AllocationStream.DATA, 0);
    assertEquals(1 << 20, allocator.allocate(UNIT), "nothing lies before the first unit");
    assertThrows(
        IllegalArgumentException.class, () -> allocator.startAt(AllocationStream.DATA, -1));
    assertThrows(
        IllegalArgumentException.class,
        () -> allocator.startAt(AllocationStream.DATA, 3L * SEGMENT - 4096));
  }

  @Test
  void everyOtherUnitUsedStillGivesEverySingleUnit() throws IOException {
    Setup setup = Setup.segments(3);
    for (long segment = 0; segment < 3; segment++) {
      long[] bits = new long[128];
      Arrays.fill(bits, 0x5555555555555555L);
      setup.tree.put(segment, bits);
    }
    Allocator allocator = setup.open();
    assertEquals(3 * SEGMENT_UNITS / 2, allocator.freeUnits());
    assertTrue(allocator.reserve(256));
    assertEquals(-1, allocator.allocate(128 << 10));
    assertEquals(-1, allocator.allocate(2 * UNIT));
    assertNull(allocator.allocateUpTo(128 << 10, 2 * UNIT));
    allocator.unreserve(256);
    RunList allocated = new RunList();
    for (int i = 0; i < 3 * SEGMENT_UNITS / 2; i++) {
      Run run = allocator.allocateUpTo(128 << 10, 1);
      assertEquals(UNIT, run.length());
      allocated.add(run.address(), run.length());
    }
    assertNull(allocator.allocateUpTo(UNIT, UNIT));
    setup.tree.apply(allocated, none());
    assertEquals(0, setup.free());
  }

  @Test
  void fragmentedSpaceGivesTheLongestRun() throws IOException {
    Setup setup = Setup.segments(4);
    setup.tree.use(0, 4L * SEGMENT);
    int[] lengths = {5, 9, 30, 17, 29};
    for (int i = 0; i < lengths.length; i++) {
      setup.tree.apply(none(), Setup.list((i * 3L) << 20, lengths[i] * UNIT));
    }
    Allocator allocator = setup.open();
    assertEquals(new Run(6L << 20, 30 * UNIT), allocator.allocateUpTo(64 * UNIT, 10 * UNIT));
    assertEquals(new Run(12L << 20, 29 * UNIT), allocator.allocateUpTo(64 * UNIT, 10 * UNIT));
    assertEquals(new Run(9L << 20, 10 * UNIT), allocator.allocateUpTo(10 * UNIT, 10 * UNIT));
    assertNull(allocator.allocateUpTo(14 * UNIT, 10 * UNIT));
    assertEquals(new Run(3L << 20, 9 * UNIT), allocator.allocateUpTo(14 * UNIT, 8 * UNIT));
  }

  @Test
  void searchForTheLongestRunIsBounded() throws IOException {
    Setup setup = Setup.segments(1000).maxSegments(10);
    long[] bits = new long[128];
    Arrays.fill(bits, ~0x0fL);
    for (long segment = 0; segment < 1000; segment++) {
      setup.tree.put(segment, bits);
    }
    long[] longer = bits.clone();
    longer[5] = 0;
    setup.tree.put(999, longer);
    Allocator allocator = setup.open(1000 * 512 + 60);
    assertEquals(4 * UNIT, allocator.allocateUpTo(8 * UNIT, UNIT).length());
    assertTrue(setup.tree.loads.get() <= 300, "it does not read the whole volume");
    assertEquals(64 * UNIT, allocator.allocateUpTo(64 * UNIT, 5 * UNIT).length());
  }

  @Test
  void longerThanASegmentIsNeverContiguous() throws IOException {
    Allocator allocator = Setup.segments(4).open();
    assertTrue(allocator.reserve(3 * SEGMENT_UNITS));
    assertEquals(-1, allocator.allocate(SEGMENT + 1));
    assertEquals(SEGMENT, allocator.allocateUpTo(3 * SEGMENT, UNIT).length());
    assertNull(allocator.allocateUpTo(3 * SEGMENT, SEGMENT + 1));
  }

  @Test
  void partialFirstAndLastSegmentsEndWhereTheyShould() throws IOException {
    for (long[] shape :
        new long[][] {
          {Geometry.MIN_VOLUME, 128 << 10},
          {SEGMENT, 64 << 10},
          {SEGMENT + 4096, 64 << 10},
          {2L * SEGMENT + 4096 + UNIT, SEGMENT},
          {3L * SEGMENT, SEGMENT - UNIT},
          {3L * SEGMENT + 8192, SEGMENT + UNIT},
        }) {
      Setup setup = Setup.volume(shape[0], shape[1]);
      Allocator allocator = setup.open();
      long expected = setup.start;
      for (long address = allocator.allocate(1); address >= 0; address = allocator.allocate(1)) {
        assertEquals(expected, address);
        expected += UNIT;
      }
      assertEquals(setup.end(), expected);
      assertEquals(0, allocator.freeUnits());
    }
  }

  @Test
  void hugeVolumeOpensWithoutReadingAndSearchesOnlyWhereItMust() throws IOException {
    Setup setup = Setup.volume(Geometry.MAX_VOLUME, 1 << 30).maxSegments(16);
    Allocator allocator = setup.open((Geometry.MAX_VOLUME - (1 << 30) - 4096) / UNIT);
    assertEquals(0, setup.tree.loads.get());
    assertEquals(1 << 30, allocator.allocate(128 << 10));
    long last = Geometry.MAX_VOLUME - 4096;
    allocator.startAt(AllocationStream.DATA, last - UNIT);
    assertEquals(last - UNIT, allocator.allocate(UNIT));
    assertEquals((1 << 30) + (128 << 10), allocator.allocate(128 << 10), "it went around");
    allocator.markUsed(1L << 45, 1 << 20);
    allocator.release(1L << 45, 1 << 20);
    assertTrue(allocator.reserveNodes(1000));
    assertTrue(setup.tree.loads.get() < 12);
  }

  @Test
  void smallPiecesAreTakenFromOneSegmentBeforeTheNext() throws IOException {
    Setup setup = Setup.segments(8);
    for (int at = 0; at < 8 * SEGMENT; at += 4096) {
      setup.tree.use(at, UNIT);
    }
    Allocator allocator = setup.open();
    for (int i = 0; i < SEGMENT / 4096; i++) {
      assertEquals(new Run(i * 4096L + UNIT, 7 * UNIT), allocator.allocateUpTo(128 << 10, UNIT));
    }
    assertEquals(1, allocator.pinnedSegments());
  }

  @Test
  void unitFreedBehindTheSearchIsFoundAfterAll() throws IOException {
    Setup setup = Setup.segments(3);
    setup.tree.use(0, SEGMENT);
    Allocator[] allocator = new Allocator[1];
    SegmentSource source =
        segment -> {
          if (segment == 0) {
            allocator[0].releaseNow(2L * SEGMENT, UNIT);
          }
          return setup.tree.load(segment);
        };
    allocator[0] = setup.open(source, 2 * SEGMENT_UNITS + 1);
    allocator[0].startAt(AllocationStream.DATA, SEGMENT);
    assertEquals(SEGMENT, allocator[0].allocate(SEGMENT));
    assertEquals(2L * SEGMENT, allocator[0].allocate(SEGMENT));
    allocator[0].startAt(AllocationStream.DATA, SEGMENT);
    assertEquals(2L * SEGMENT, allocator[0].allocate(UNIT));
  }

  @Test
  void runTakenByOthersBeforeItIsReachedIsReplacedByTheNextBest() throws IOException {
    Setup setup = Setup.segments(4);
    setup.tree.use(0, 4L * SEGMENT);
    setup.tree.apply(none(), Setup.list(SEGMENT, 5 * UNIT));
    setup.tree.apply(none(), Setup.list(2L * SEGMENT, 3 * UNIT));
    Allocator[] allocator = new Allocator[1];
    SegmentSource source =
        segment -> {
          if (segment == 3) {
            assertEquals(SEGMENT, allocator[0].allocate(4 * UNIT));
          }
          return setup.tree.load(segment);
        };
    allocator[0] = setup.open(source, 16);
    allocator[0].startAt(AllocationStream.DATA, SEGMENT);
    assertEquals(new Run(2L * SEGMENT, 3 * UNIT), allocator[0].allocateUpTo(8 * UNIT, 2 * UNIT));
  }

  @Test
  void freeingElsewhereMeanwhileDoesNotKeepAFailingSearchAlive() throws IOException {
    Setup setup = Setup.segments(12).maxSegments(1);
    setup.tree.use(0, 12L * SEGMENT);
    Allocator[] allocator = new Allocator[1];
    int[] loads = new int[1];
    SegmentSource source =
        segment -> {
          loads[0]++;
          long[] bits = setup.tree.load(segment);
          if (segment > 0) {
            // Freed and gone again while the search is elsewhere.
            allocator[0].releaseNow(0, UNIT);
            allocator[0].markUsed(0, UNIT);
          }
          return bits;
        };
    setup.tree.apply(none(), Setup.list(0, UNIT));
    allocator[0] = setup.open(source, 16);
    assertEquals(0, allocator[0].allocate(UNIT));
    assertEquals(-1, allocator[0].allocate(UNIT));
    assertEquals(12, loads[0], "what is known to be full is not read again");
  }
}
