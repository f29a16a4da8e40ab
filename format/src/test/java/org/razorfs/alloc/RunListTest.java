package org.razorfs.alloc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.razorfs.alloc.Setup.SEGMENT;
import static org.razorfs.alloc.Setup.SEGMENT_UNITS;
import static org.razorfs.alloc.Setup.UNIT;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.razorfs.layout.Geometry;

class RunListTest {
  @Test
  void rangesThatContinueTheLastAreJoined() {
    RunList list = new RunList();
    assertTrue(list.isEmpty());
    list.add(1024, 1);
    list.add(1536, 513);
    list.add(512, 512);
    assertFalse(list.isEmpty());
    assertEquals(2, list.size());
    assertEquals(1024, list.address(0));
    assertEquals(1536, list.length(0));
    assertEquals(512, list.address(1));
    assertEquals(4, list.units());
    assertThrows(IndexOutOfBoundsException.class, () -> list.address(2));
  }

  @Test
  void holdsTheLongestRangeAtTheHighestAddress() {
    RunList list = new RunList();
    long address = Geometry.MAX_VOLUME - (1L << 31);
    list.add(address, Integer.MAX_VALUE);
    list.add(address - UNIT, UNIT);
    assertEquals(address, list.address(0));
    assertEquals(1L << 31, list.length(0));
    assertEquals(2, list.size());
  }

  @Test
  void joinedRangesDoNotOverflow() {
    RunList list = new RunList();
    for (long i = 0; i < 4; i++) {
      list.add(i << 30, 1 << 30);
    }
    assertEquals(2, list.size());
    assertEquals(1L << 31, list.length(1));
    assertEquals(1L << 31, list.address(1));
    assertEquals(1L << 23, list.units());
  }

  @Test
  void growsAndTakesOverAnotherList() {
    RunList list = new RunList();
    RunList other = new RunList();
    for (int i = 0; i < 100; i++) {
      list.add(i * 4096L, UNIT);
      other.add(1 << 30 | i * 4096L, 2 * UNIT);
    }
    list.addAll(other);
    list.addAll(new RunList());
    assertEquals(200, list.size());
    assertEquals(300, list.units());
    assertEquals(1 << 30 | 99 * 4096L, list.address(199));
  }

  @Test
  void splitsByAscendingSegments() {
    RunList list = new RunList();
    list.add(3L * SEGMENT, UNIT);
    list.add(SEGMENT - 2 * UNIT, 2 * SEGMENT + 3 * UNIT);
    list.add(0, UNIT);
    List<String> seen = new ArrayList<>();
    list.forEachSegment(
        (segment, pieces) -> {
          for (int i = 0; i < pieces.size(); i++) {
            seen.add(segment + ":" + pieces.from(i) + "+" + pieces.count(i));
          }
          assertTrue(pieces.units() > 0);
        });
    assertEquals(
        List.of(
            "0:0+1",
            "0:" + (SEGMENT_UNITS - 2) + "+2",
            "1:0+" + SEGMENT_UNITS,
            "2:0+" + SEGMENT_UNITS,
            "3:0+1",
            "3:0+1"),
        seen);
    new RunList().forEachSegment((segment, pieces) -> seen.clear());
    assertFalse(seen.isEmpty());
  }

  @ParameterizedTest
  @CsvSource({"-512, 512", "100, 512", "0, 0", "0, -1", "70368744177664, 512"})
  void refusesWhatIsNoRange(long address, int length) {
    assertThrows(IllegalArgumentException.class, () -> new RunList().add(address, length));
  }
}
