package org.razorfs.mount.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class KernelTest {
  @Test
  void releasesAreComparedAsNumbers() {
    assertTrue(Kernel.isAtLeast("5.13.0-rc1", 5, 13));
    assertTrue(Kernel.isAtLeast("5.100.3", 5, 13));
    assertTrue(Kernel.isAtLeast("6.1.0-18-amd64", 5, 13));
    assertFalse(Kernel.isAtLeast("5.4.0-150-generic", 5, 13));
    assertFalse(Kernel.isAtLeast("4.19.0", 5, 4));
    assertFalse(Kernel.isAtLeast("unknown", 1, 0));
  }

  @Test
  void theHostsMemoryTellsHowManyInodesItCanHold() throws IOException {
    assertEquals(24_331_680, Kernel.memoryKib("MemTotal:       24331680 kB\nMemFree: 1 kB\n"));
    assertEquals(0, Kernel.memoryKib("MemFree: 1 kB\n"));
    assertTrue(Kernel.mostInodes() > 100_000);
  }
}
