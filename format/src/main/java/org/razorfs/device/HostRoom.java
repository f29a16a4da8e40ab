package org.razorfs.device;

import java.io.IOException;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;

/**
 * Whether the host has space for an image: one in a file takes it only as it is written to, so that
 * the host can refuse what the volume has room for. That is no failure of the device. What was
 * refused is still in memory, and can be written once there is space.
 */
public final class HostRoom {
  private final BlockDevice device;
  private volatile FsException refusal;

  /** Of a device that has refused nothing so far. */
  public HostRoom(BlockDevice device) {
    this.device = device;
  }

  /** Has space set aside for a range; false, and noted, where the host has none. */
  public boolean allocate(long position, long length) throws IOException {
    try {
      device.allocate(position, length);
      return true;
    } catch (FsException e) {
      if (!e.fault().isWantOfSpace()) {
        throw e;
      }
      refused(e);
      return false;
    }
  }

  /** Takes note that a write was refused for want of space. */
  public void refused(FsException problem) {
    refusal = problem;
  }

  /** Takes note that the host has given space for data. */
  public void given() {
    if (refusal != null) {
      refusal = null;
    }
  }

  /** Whether the host refused space when it was last asked for some. */
  public boolean isRefusing() {
    return refusal != null;
  }

  /** What to throw where there is no room: the host's reason, or else the volume's. */
  public FsException noSpace(String ofVolume) {
    FsException host = refusal;
    return host == null
        ? FsException.of(Fault.NO_SPACE, ofVolume)
        : new FsException(host.fault(), host.getMessage(), host);
  }
}
