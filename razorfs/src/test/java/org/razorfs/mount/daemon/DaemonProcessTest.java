package org.razorfs.mount.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class DaemonProcessTest {
  @Test
  void fewProcessorsAreLeftToClientsAndDaemon() {
    assertEquals(List.of("-XX:TieredStopAtLevel=1"), DaemonProcess.compilers(1));
    assertEquals(List.of("-XX:TieredStopAtLevel=1"), DaemonProcess.compilers(3));
    assertEquals(List.of(), DaemonProcess.compilers(4));
  }
}
