package org.razorfs.mount.devfuse;

import java.io.IOException;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.mount.MountRequest;
import org.razorfs.mount.devfuse.wire.Init;

/** Makes the mount: by mount(2) as root, through fusermount3 as anybody else. */
final class Mounter {
  // Flags of mount(2).
  private static final long MS_RDONLY = 1;
  private static final long MS_NOSUID = 2;
  private static final long MS_NODEV = 4;
  private static final long MS_NOEXEC = 8;

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
                  Syscalls.string("fuse." + request.subtype()),
                  flags(request),
                  Syscalls.string(options(request, descriptor)));
      if (result != 0) {
        throw new FsException(
            Fault.IO_ERROR, request.directory() + ": mount failed, errno " + system.errno());
      }
      done = true;
    } finally {
      if (!done) {
        system.calls().close(descriptor);
      }
    }
    return descriptor;
  }

  private static long flags(MountRequest request) {
    return (request.readOnly() ? MS_RDONLY : 0)
        | (request.suid() ? 0 : MS_NOSUID)
        | (request.dev() ? 0 : MS_NODEV)
        | (request.exec() ? 0 : MS_NOEXEC);
  }

  private static String options(MountRequest request, int descriptor) {
    return "fd="
        + descriptor
        + ",rootmode=40000,user_id=0,group_id=0,default_permissions,max_read="
        + Init.MAX_DATA
        + (request.allowOther() ? ",allow_other" : "");
  }
}
