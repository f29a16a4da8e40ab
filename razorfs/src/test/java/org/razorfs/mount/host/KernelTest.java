package org.razorfs.mount.host;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
}
