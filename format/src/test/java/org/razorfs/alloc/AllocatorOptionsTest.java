package org.razorfs.alloc;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AllocatorOptionsTest {
  @ParameterizedTest
  @CsvSource({
    "true, 524288, 131072, 520192, 100, 16384, 1, 0",
    "true, 70368744177664, 0, 70368744177664, 137438953472, 4194304, 9, 9",
    "false, 0, 0, 512, 0, 512, 1, 0",
    "false, 70368744178176, 0, 512, 0, 512, 1, 0",
    "false, 4096, -512, 512, 0, 512, 1, 0",
    "false, 4096, 100, 512, 0, 512, 1, 0",
    "false, 4096, 512, 512, 0, 512, 1, 0",
    "false, 4096, 512, 4608, 0, 512, 1, 0",
    "false, 4096, 512, 1000, 0, 512, 1, 0",
    "false, 4096, 0, 4096, -1, 512, 1, 0",
    "false, 4096, 0, 4096, 9, 512, 1, 0",
    "false, 4096, 0, 4096, 8, 0, 1, 0",
    "false, 4096, 0, 4096, 8, 4194816, 1, 0",
    "false, 4096, 0, 4096, 8, 700, 1, 0",
    "false, 4096, 0, 4096, 8, 512, 0, 0",
    "false, 4096, 0, 4096, 8, 512, 1, -1",
  })
  void contradictionsAreRefused(
      boolean fine, long size, long start, long end, long free, int node, int segments, long back) {
    if (fine) {
      AllocatorOptions options =
          assertDoesNotThrow(
              () -> new AllocatorOptions(size, start, end, free, node, segments, back));
      assertEquals(size, options.volumeSize());
    } else {
      assertThrows(
          IllegalArgumentException.class,
          () -> new AllocatorOptions(size, start, end, free, node, segments, back));
    }
  }
}
