package org.razorfs.mount.host;

import java.io.IOException;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.mount.MountRequest;

/** Changes the flags of a mount that is there, by mount(2) as root. */
public final class Remounter {
  private static final long MS_REMOUNT = 32;
  private static final int EPERM = 1;
  private static final int EBUSY = 16;

  private final LibC libc;

  /** With the C library. */
  public Remounter(LibC libc) {
    this.libc = libc;
  }

  /**
   * Lets the mount have the request's flags.
   *
   * @throws FsException {@code BUSY} when files are open for writing and it is to be read-only
   */
  public void remount(MountRequest request) throws IOException {
    byte[] directory = LibC.path(request.directory());
    byte[] nothing = {0};
    if (libc.calls().mount(nothing, directory, nothing, MS_REMOUNT | request.flags(), nothing)
        != 0) {
      int errno = libc.errno();
      String why =
          switch (errno) {
            case EPERM -> "only root can remount; run as root";
            case EBUSY -> "files are open for writing; close them first (fuser -vm finds them)";
            default -> "remount failed, errno " + errno + "; unmount it, and mount it anew";
          };
      throw FsException.of(
          errno == EBUSY ? Fault.BUSY : Fault.IO_ERROR, request.directory() + ": " + why);
    }
  }
}
