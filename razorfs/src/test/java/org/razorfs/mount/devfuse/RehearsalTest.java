package org.razorfs.mount.devfuse;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Clock;
import org.junit.jupiter.api.Test;
import org.razorfs.mount.MountLog;

class RehearsalTest {
  /** It fails when a request is answered otherwise than a kernel would want it. */
  @Test
  void everythingIsAnsweredAsItShouldBe() throws Exception {
    StringBuilder log = new StringBuilder();
    Rehearsal.run(new MountLog(log, Clock.systemUTC()));
    assertEquals("", log.toString());
  }
}
