package org.razorfs.mount.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class DaemonProcessTest {
  @Test
  void fewProcessorsAreLeftToClientsAndDaemon() {
    assertTrue(DaemonProcess.compilers(1).contains("-XX:TieredStopAtLevel=1"));
    assertTrue(DaemonProcess.compilers(3).contains("-XX:TieredStopAtLevel=1"));
    assertEquals(List.of(), DaemonProcess.compilers(4));
  }
}
