package org.razorfs.mount.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class DaemonProcessTest {
  @Test
  void fewProcessorsAreLeftToClientsAndDaemonWhereNoneHalts() {
    assertTrue(DaemonProcess.compilers(true, 1).contains("-XX:TieredStopAtLevel=1"));
    assertTrue(DaemonProcess.compilers(true, 3).contains("-XX:TieredStopAtLevel=1"));
    assertEquals(List.of(), DaemonProcess.compilers(true, 4));
    assertEquals(List.of(), DaemonProcess.compilers(false, 2));
  }
}
