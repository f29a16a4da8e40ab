package org.razorfs.alloc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.razorfs.alloc.Setup.SEGMENT;
import static org.razorfs.alloc.Setup.SEGMENT_UNITS;
import static org.razorfs.alloc.Setup.UNIT;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;

class ReservationTest {
  @Test
  void noMoreIsPromisedThanIsFree() throws IOException {
    Allocator allocator = Setup.segments(1).open();
    assertTrue(allocator.reserve(SEGMENT_UNITS - 1));
    assertFalse(allocator.reserve(2));
    assertTrue(allocator.reserve(1));
    assertFalse(allocator.reserve(1));
    assertTrue(allocator.reserve(0));
    assertEquals(0, allocator.availableUnits());
    assertEquals(SEGMENT_UNITS, allocator.freeUnits());
    assertEquals(SEGMENT_UNITS, allocator.reservedUnits());
    allocator.unreserve(SEGMENT_UNITS);
    assertEquals(SEGMENT_UNITS, allocator.availableUnits());
  }

  @Test
  void allocationCountsTwiceUntilItsReservationEnds() throws IOException {
    Allocator allocator = Setup.segments(1).open();
    assertTrue(allocator.reserve(100));
    assertEquals(0, allocator.allocate(60 * UNIT));
    assertEquals(SEGMENT_UNITS - 60, allocator.freeUnits());
    assertEquals(SEGMENT_UNITS - 160, allocator.availableUnits());
    allocator.unreserve(100);
    assertEquals(SEGMENT_UNITS - 60, allocator.availableUnits());
    assertEquals(0, allocator.reservedUnits());
  }

  @Test
  void whatIsReservedIsNotAllocatedByOthers() throws IOException {
    Allocator allocator = Setup.segments(1).open();
    assertTrue(allocator.reserve(100));
    assertTrue(allocator.reserve(SEGMENT_UNITS - 100));
    allocator.unreserve(SEGMENT_UNITS - 100);
    assertEquals(-1, allocator.allocate(SEGMENT - 99 * UNIT), "more than is not reserved");
    assertEquals(SEGMENT - 100 * UNIT, allocator.allocateUpTo(SEGMENT, UNIT).length());
    assertEquals(-1, allocator.allocate(101 * UNIT));
    assertNotNull(allocator.allocateUpTo(100 * UNIT, 100 * UNIT), "the reserved ones");
  }

  @Test
  void unreservingWhatWasNotReservedIsAnError() throws IOException {
    Allocator allocator = Setup.segments(1).open();
    assertTrue(allocator.reserve(5));
    assertThrows(IllegalStateException.class, () -> allocator.unreserve(6));
    assertThrows(IllegalStateException.class, () -> allocator.unreserve(-1));
    assertThrows(IllegalArgumentException.class, () -> allocator.reserve(-1));
    assertEquals(5, allocator.reservedUnits());
  }

  @Test
  void onlyUrgentRequestsDipIntoWhatIsHeldBack() throws IOException {
    Allocator allocator = Setup.segments(1).holdBack(96).open();
    assertEquals(SEGMENT_UNITS - 96, allocator.availableUnits());
    assertFalse(allocator.reserve(SEGMENT_UNITS - 95));
    assertTrue(allocator.reserve(SEGMENT_UNITS - 96));
    assertFalse(allocator.reserve(1));
    assertFalse(allocator.reserveNodes(1));
    assertTrue(allocator.reserveNodes(1, true));
    assertTrue(allocator.reserve(64, true));
    assertFalse(allocator.reserve(1, true));
    assertFalse(allocator.reserveNodes(2, true));
    assertEquals(0, allocator.availableUnits());
    assertEquals(SEGMENT_UNITS, allocator.freeUnits());
  }

  @Test
  void unlinkWorksOnAFullVolume() throws IOException {
    Setup setup = Setup.segments(1).holdBack(64);
    Allocator allocator = setup.open();
    RunList allocated = new RunList();
    while (allocator.reserve(1)) {
      allocated.add(allocator.allocate(UNIT), UNIT);
      allocator.unreserve(1);
    }
    assertEquals(-1, allocator.allocate(UNIT));
    assertEquals(64, allocator.freeUnits());

    assertTrue(allocator.reserveNodes(2, true));
    allocator.release(0, 1000 * UNIT);
    for (int node = 0; node < 2; node++) {
      long address = allocator.takeNode(Setup.NODE);
      assertTrue(address >= 0);
      allocated.add(address, Setup.NODE);
    }
    RunList released = Setup.list(0, 1000 * UNIT);
    setup.tree.apply(allocated, released);
    allocator.published(allocated, released, FreeRunVisitor.IGNORE);
    assertEquals(1000 - 64, allocator.availableUnits());
    assertEquals(0, allocator.allocate(UNIT));
  }

  @Test
  void superblockThatPromisesTooMuchEndsInARefusalNotInALoop() throws IOException {
    Setup setup = Setup.segments(2);
    setup.tree.use(0, 2L * SEGMENT - UNIT);
    Allocator allocator = setup.open(5000);
    assertTrue(allocator.reserve(5000));
    assertEquals(-1, allocator.allocate(2 * UNIT));
    assertEquals(2 * SEGMENT - UNIT, allocator.allocate(UNIT));
    assertNull(allocator.allocateUpTo(UNIT, UNIT));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
  void lengthMustBePositive(int length) {
    Allocator allocator = Setup.segments(1).open();
    assertThrows(IllegalArgumentException.class, () -> allocator.allocate(length));
    assertThrows(IllegalArgumentException.class, () -> allocator.allocateUpTo(4096, length));
    assertThrows(IllegalArgumentException.class, () -> allocator.allocateUpTo(511, 512));
    assertEquals(SEGMENT_UNITS, allocator.freeUnits());
  }

  @Test
  void lengthIsRoundedUpToUnits() throws IOException {
    Allocator allocator = Setup.segments(1).open();
    assertEquals(0, allocator.allocate(1));
    assertEquals(UNIT, allocator.allocate(UNIT + 1));
    assertEquals(3 * UNIT, allocator.allocate(UNIT));
    allocator.releaseNow(UNIT, UNIT + 1);
    assertEquals(SEGMENT_UNITS - 2, allocator.freeUnits());
  }

  @Test
  void everyRequestCanBeMadeToFailAndChangesNothing() throws IOException {
    List<Long> ordinals = new ArrayList<>();
    boolean[] fail = new boolean[1];
    AllocationFault fault =
        ordinal -> {
          ordinals.add(ordinal);
          if (fail[0]) {
            throw FsException.of(Fault.NO_SPACE, "request " + ordinal);
          }
        };
    Allocator allocator = Setup.segments(1).fault(fault).open();
    assertTrue(allocator.reserve(10));
    assertEquals(0, allocator.allocate(UNIT));
    assertNotNull(allocator.allocateUpTo(UNIT, UNIT));
    assertTrue(allocator.reserveNodes(1));
    assertTrue(allocator.takeNode(UNIT) > 0);
    fail[0] = true;
    assertNoSpace(() -> allocator.reserve(1));
    assertNoSpace(() -> allocator.allocate(UNIT));
    assertNoSpace(() -> allocator.allocateUpTo(UNIT, UNIT));
    assertNoSpace(() -> allocator.reserveNodes(0));
    assertEquals(List.of(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L), ordinals);
    assertEquals(10, allocator.reservedUnits());
    assertEquals(SEGMENT_UNITS - 3, allocator.freeUnits());
  }

  private static void assertNoSpace(org.junit.jupiter.api.function.Executable request) {
    assertEquals(Fault.NO_SPACE, assertThrows(FsException.class, request).fault());
  }
}
