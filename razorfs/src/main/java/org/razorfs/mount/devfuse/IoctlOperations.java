package org.razorfs.mount.devfuse;

import java.io.IOException;
import org.razorfs.mount.devfuse.wire.Reply;
import org.razorfs.mount.devfuse.wire.Request;
import org.razorfs.mount.devfuse.wire.Structs;
import org.razorfs.mount.handler.Errno;
import org.razorfs.mount.handler.FileSystemHandler;

/** The ioctl(2) commands that every file system of Linux has. */
final class IoctlOperations {
  private static final int GETFLAGS = 0x80086601;
  private static final int SETFLAGS = 0x40086602;

  /** Bytes of struct fuse_ioctl_in. */
  private static final int ARGUMENTS = 32;

  private final FileSystemHandler handler;

  IoctlOperations(FileSystemHandler handler) {
    this.handler = handler;
  }

  void ioctl(Request request, Reply reply) throws IOException {
    switch (request.u32(12)) {
      case GETFLAGS -> {
        int flags = handler.getFlags(request.node());
        Structs.ioctl(reply, 0);
        reply.u32(flags);
      }
      case SETFLAGS -> {
        handler.setFlags(request.node(), request.u32(ARGUMENTS));
        Structs.ioctl(reply, 0);
      }
      default -> reply.fail(Errno.ENOTTY);
    }
  }
}
