package org.razorfs.mount.handler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.razorfs.fault.CorruptImageException;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;

class ErrnoTest {
  @ParameterizedTest
  @EnumSource(Fault.class)
  void everyFaultHasANumber(Fault fault) {
    int errno = Errno.of(FsException.of(fault, "x"));
    assertTrue(errno > 0 && errno < 134, fault + " became " + errno);
  }

  @Test
  void whatNobodyExpectedIsAnInputOutputError() {
    assertEquals(Errno.EIO, Errno.of(new OutOfMemoryError()));
    assertEquals(Errno.EIO, Errno.of(new NullPointerException()));
    assertEquals(Errno.EIO, Errno.of(new IOException()));
    assertEquals(Errno.EIO, Errno.of(CorruptImageException.crc("node", 1, 2)));
  }

  @Test
  void ordinaryAnswersStayOutOfTheLog() {
    assertFalse(Errno.isRemarkable(FsException.of(Fault.NO_SUCH_ENTRY, "x")));
    assertFalse(Errno.isRemarkable(FsException.of(Fault.NO_SPACE, "x")));
    assertFalse(Errno.isRemarkable(new ClosedChannelException()));
    assertTrue(Errno.isRemarkable(CorruptImageException.crc("node", 1, 2)));
    assertTrue(Errno.isRemarkable(new StackOverflowError()));
  }
}
