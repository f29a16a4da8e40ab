package org.razorfs.mount.devfuse;

import java.io.IOException;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.mount.MountRequest;
import org.razorfs.mount.TransportUnavailableException;
import org.razorfs.mount.devfuse.wire.Init;

/**
 * Makes the mount: by mount(2) as root, through fusermount3 as anybody else.
 *
 * <p>A block device is mounted as {@code fuseblk}: the kernel then keeps others from using it,
 * sends syncfs(2), and lets umount(2) wait until everything is written.
 */
final class Mounter {
  /** The least that a block device is written in. */
  private static final int BLOCK = 4096;

  // Error numbers of Linux.
  private static final int EPERM = 1;
  private static final int EBUSY = 16;
  private static final int ENODEV = 19;
  private static final int EINVAL = 22;

  private Mounter() {}

  /** Mounts, and returns the device's descriptor. */
  static int mount(Syscalls system, MountRequest request) throws IOException {
    if (system.calls().geteuid() != 0) {
      return Fusermount.mount(system, request);
    }
    int descriptor = FuseDevice.openDescriptor(system);
    boolean done = false;
    try {
      int result =
          system
              .calls()
              .mount(
                  Syscalls.string(request.source()),
                  Syscalls.string(request.directory().toString()),
                  Syscalls.string(
                      (request.blockDevice() ? "fuseblk." : "fuse.") + request.subtype()),
                  request.flags() | request.atimeFlag(),
                  Syscalls.string(options(request, descriptor)));
      if (result != 0) {
        throw failure(request, system.errno());
      }
      done = true;
    } finally {
      if (!done) {
        system.calls().close(descriptor);
      }
    }
    return descriptor;
  }

  static FsException failure(MountRequest request, int errno) {
    return errno == EINVAL
        ? new TransportUnavailableException(
            "mount(2) does not take what it asks for (EINVAL); the kernel's log may tell more"
                + " (dmesg)")
        : new FsException(Fault.IO_ERROR, request.directory() + ": mount failed, " + reason(errno));
  }

  private static String reason(int errno) {
    return switch (errno) {
      case EPERM -> "which is not permitted here; a container needs CAP_SYS_ADMIN";
      case EBUSY -> "as it is in use; unmount what is there, or choose another directory";
      case ENODEV -> "as this kernel has no FUSE; load the module fuse";
      default -> "errno " + errno + "; the kernel's log may tell more (dmesg)";
    };
  }

  private static String options(MountRequest request, int descriptor) {
    return "fd="
        + descriptor
        + ",rootmode=40000,user_id=0,group_id=0,max_read="
        + Init.MAX_DATA
        + (request.blockDevice() ? ",blksize=" + BLOCK : "")
        + (request.checksPermissions() ? ",default_permissions" : "")
        + (request.allowOther() ? ",allow_other" : "");
  }
}
