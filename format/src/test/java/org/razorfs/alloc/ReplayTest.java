package org.razorfs.alloc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.razorfs.alloc.Setup.SEGMENT;
import static org.razorfs.alloc.Setup.UNIT;
import static org.razorfs.alloc.Setup.list;
import static org.razorfs.alloc.Setup.none;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.razorfs.fault.CorruptImageException;

class ReplayTest {
  @Test
  void replayedAllocationsAreBusyAndPinnedUntilPublished() throws IOException {
    Setup setup = Setup.segments(3).maxSegments(1);
    Allocator allocator = setup.open();
    long before = allocator.freeUnits();
    allocator.markUsed(SEGMENT - 4096, 8192 - 100);
    allocator.markUsed(0, 512);
    assertEquals(before - 17, allocator.freeUnits());
    assertEquals(2, allocator.pinnedSegments());
    assertEquals(512, allocator.allocate(SEGMENT - 4096 - 512));
    assertEquals(SEGMENT + 4096, allocator.allocate(UNIT));
    RunList all = list(0, SEGMENT + 4096 + UNIT);
    setup.tree.apply(all, none());
    allocator.published(all, none(), FreeRunVisitor.IGNORE);
    assertEquals(0, allocator.pinnedSegments());
    assertEquals(setup.free(), allocator.freeUnits());
  }

  @Test
  void allocationOfBusyUnitsIsDamage() throws IOException {
    Setup setup = Setup.segments(2);
    setup.tree.use(SEGMENT, UNIT);
    Allocator allocator = setup.open();
    allocator.markUsed(4096, 4096);
    for (long address : new long[] {4096, 4096 - 512, 4096 * 2 - 512, SEGMENT - 512}) {
      long free = allocator.freeUnits();
      CorruptImageException damage =
          assertThrows(CorruptImageException.class, () -> allocator.markUsed(address, 1024));
      assertEquals("free units", damage.expected());
      assertEquals(free - (address == SEGMENT - 512 ? 1 : 0), allocator.freeUnits());
    }
  }

  @Test
  void allocationOfUnitsReleasedInTheSameEpochIsDamage() throws IOException {
    Setup setup = Setup.segments(1);
    setup.tree.use(0, 4096);
    Allocator allocator = setup.open();
    allocator.release(0, 4096);
    assertThrows(CorruptImageException.class, () -> allocator.markUsed(0, 4096));
  }

  @ParameterizedTest
  @CsvSource({
    "130560, 512", // before the first
    "131072, 0",
    "131072, -5",
    "131100, 512",
    "520192, 512", // the backup superblock
    "519680, 513",
    "131072, 2147483647",
    "-512, 512",
    "9223372036854775296, 512",
  })
  void rangesOutsideAreDamage(long address, int length) {
    Allocator allocator = Setup.volume(512 << 10, 128 << 10).open();
    CorruptImageException damage =
        assertThrows(CorruptImageException.class, () -> allocator.markUsed(address, length));
    assertEquals("whole units within 131072..520192", damage.expected());
    assertThrows(CorruptImageException.class, () -> allocator.release(address, length));
  }

  @Test
  void firstAndLastUnitCanBeUsed() throws IOException {
    Allocator allocator = Setup.volume(512 << 10, 128 << 10).open();
    allocator.markUsed(128 << 10, 1);
    allocator.markUsed(520192 - 512, 512);
    assertEquals((520192 - 131072) / 512 - 2, allocator.freeUnits());
  }
}
