package org.razorfs.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class FaultTest {

  @Test
  void everyFaultHasItsOwnMeaning() {
    assertEquals(
        Fault.values().length,
        Arrays.stream(Fault.values()).map(Fault::meaning).collect(Collectors.toSet()).size());
    assertTrue(Arrays.stream(Fault.values()).noneMatch(fault -> fault.meaning().isBlank()));
  }

  @Test
  void expectedFaultsCostNoStackTrace() {
    FsException expected = FsException.of(Fault.NO_SUCH_ENTRY, "no 'x' here");
    assertEquals(0, expected.getStackTrace().length);
    assertEquals(Fault.NO_SUCH_ENTRY, expected.fault());
    assertEquals("no 'x' here", expected.getMessage());
  }

  @Test
  void unexpectedFaultsSayWhereTheyCameFrom() {
    IOException cause = new IOException("below");
    FsException fault = new FsException(Fault.IO_ERROR, "above", cause);
    assertTrue(fault.getStackTrace().length > 0);
    assertSame(cause, fault.getCause());
  }

  @Test
  void damageNamesPlaceExpectationAndFinding() {
    CorruptImageException damage =
        new CorruptImageException("block 812, node header", "magic 4e4f", "0000");
    assertEquals(Fault.CORRUPT, damage.fault());
    assertEquals("block 812, node header: expected magic 4e4f, got 0000", damage.getMessage());
    assertEquals("block 812, node header", damage.location());
    assertEquals("magic 4e4f", damage.expected());
    assertEquals("0000", damage.actual());
    assertFalse(damage.getStackTrace().length == 0);
  }

  @Test
  void sumsAreShownWholeAndUnsigned() {
    assertEquals(
        "page 3: expected crc 0000000a, got ffffffff",
        CorruptImageException.crc("page 3", 10, -1).getMessage());
  }

  @Test
  void layersAboveAddTheirPlaceOutside() {
    CorruptImageException inner = new CorruptImageException("zstd data", "10 bytes", "9 bytes");
    CorruptImageException outer = inner.within("inode 5, chunk at 1024");
    assertEquals(
        "inode 5, chunk at 1024, zstd data: expected 10 bytes, got 9 bytes", outer.getMessage());
    assertSame(inner, outer.getCause());
  }
}
