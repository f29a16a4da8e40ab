package org.razorfs.volume;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import org.razorfs.alloc.AllocationFault;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.volume.VolumeFixture.Action;

/** Space that runs out after so many requests, for as long as something is tried. */
final class ScarceSpace implements AllocationFault {
  /** Requests that pass before others are refused; negative while none is. */
  private long passing = -1;

  /** Tries something, and says whether that was done or refused for want of space. */
  boolean suffices(long requests, Action action) throws IOException {
    passing = requests;
    try {
      action.run();
      return true;
    } catch (FsException e) {
      assertEquals(Fault.NO_SPACE, e.fault(), e::toString);
      return false;
    } finally {
      passing = -1;
    }
  }

  @Override
  public void check(long ordinal) throws FsException {
    if (passing > 0) {
      passing--;
    } else if (passing == 0) {
      throw FsException.of(Fault.NO_SPACE, "injected");
    }
  }
}
