package org.razorfs.mount.devfuse;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.mount.MountRequest;
import org.razorfs.mount.devfuse.wire.Init;

/**
 * Makes the mount for users who may not: the set-user-id program fusermount3 does it, and hands the
 * device's descriptor over a socket.
 */
final class Fusermount {
  private static final String SOCKET = "_FUSE_COMMFD";

  // struct msghdr, iovec and cmsghdr of 64-bit Linux, one behind the other.
  private static final int MESSAGE = 56;
  private static final int IOVEC = MESSAGE;
  private static final int CONTROL = IOVEC + 16;
  private static final int CONTROL_LENGTH = 24;
  private static final int DATA = CONTROL + CONTROL_LENGTH;
  private static final int SOL_SOCKET = 1;
  private static final int SCM_RIGHTS = 1;
  private static final int MSG_CMSG_CLOEXEC = 0x4000_0000;
  private static final int EINTR = 4;

  private Fusermount() {}

  /** Mounts, and returns the device's descriptor. */
  static int mount(Syscalls system, MountRequest request) throws IOException {
    if (request.suid() || request.dev()) {
      throw new FsException(
          Fault.NOT_PERMITTED, "only root can mount with the options suid or dev; leave them away");
    }
    for (String program : List.of("fusermount3", "fusermount")) {
      List<String> command =
          List.of(program, "-o", options(request), "--", request.directory().toString());
      Map<String, String> environment = new HashMap<>(System.getenv());
      environment.put("LC_ALL", "C");
      try (Child child = Child.start(system, command, environment, SOCKET)) {
        if (child != null) {
          int descriptor = receive(system, child.socket());
          String said = awaitEnd(child, system, descriptor);
          if (descriptor < 0) {
            throw new FsException(
                Fault.IO_ERROR,
                request.directory()
                    + ": mount failed: "
                    + (said.isEmpty() ? program + " gave no descriptor" : said));
          }
          return descriptor;
        }
      }
    }
    throw new FsException(
        Fault.NOT_SUPPORTED,
        "only root can mount without fusermount3; install it (Debian: apt install fuse3)");
  }

  /** What the program said; the descriptor that it gave, or -1, is closed where this throws. */
  private static String awaitEnd(Child child, Syscalls system, int descriptor) {
    boolean done = false;
    try {
      String said = child.awaitEnd();
      done = true;
      return said;
    } finally {
      if (!done && descriptor >= 0) {
        system.calls().close(descriptor);
      }
    }
  }

  /** The options that fusermount takes; it adds those about the user itself. */
  static String options(MountRequest request) {
    List<String> options = new ArrayList<>();
    options.add("fsname=" + escaped(request.source()));
    options.add("subtype=" + escaped(request.subtype()));
    options.add("default_permissions");
    options.add("max_read=" + Init.MAX_DATA);
    if (request.readOnly()) {
      options.add("ro");
    }
    if (!request.exec()) {
      options.add("noexec");
    }
    if (request.noatime()) {
      options.add("noatime");
    }
    if (request.allowOther()) {
      options.add("allow_other");
    }
    return String.join(",", options);
  }

  private static String escaped(String value) {
    return value.replace("\\", "\\\\").replace(",", "\\,");
  }

  /** The descriptor that comes over the socket, or -1 when the other side closes it before. */
  private static int receive(Syscalls system, int socket) {
    ByteBuffer memory = system.allocate(DATA + 8);
    try {
      long start = Syscalls.address(memory);
      for (int i = 0; i < memory.capacity(); i++) {
        memory.put(i, (byte) 0);
      }
      memory.putLong(16, start + IOVEC).putLong(24, 1);
      memory.putLong(32, start + CONTROL).putLong(40, CONTROL_LENGTH);
      memory.putLong(IOVEC, start + DATA).putLong(IOVEC + 8, 1);
      long length;
      do {
        length = system.calls().recvmsg(socket, start, MSG_CMSG_CLOEXEC);
      } while (length < 0 && system.errno() == EINTR);
      boolean received =
          length > 0
              && memory.getLong(40) >= 16 + Integer.BYTES
              && memory.getInt(CONTROL + 8) == SOL_SOCKET
              && memory.getInt(CONTROL + 12) == SCM_RIGHTS;
      return received ? memory.getInt(CONTROL + 16) : -1;
    } finally {
      system.free(memory);
    }
  }
}
