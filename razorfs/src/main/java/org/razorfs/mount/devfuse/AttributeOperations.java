package org.razorfs.mount.devfuse;

import java.io.IOException;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.layout.FileType;
import org.razorfs.layout.Timestamp;
import org.razorfs.mount.devfuse.wire.Reply;
import org.razorfs.mount.devfuse.wire.Request;
import org.razorfs.mount.devfuse.wire.Structs;
import org.razorfs.mount.handler.Errno;
import org.razorfs.mount.handler.FileSystemHandler;
import org.razorfs.volume.AttributeChange;
import org.razorfs.volume.Attributes;

/** Requests about attributes, plain and extended. */
final class AttributeOperations {
  // fuse_setattr_in.valid
  private static final int MODE = 1;
  private static final int UID = 1 << 1;
  private static final int GID = 1 << 2;
  private static final int SIZE = 1 << 3;
  private static final int ATIME = 1 << 4;
  private static final int MTIME = 1 << 5;
  private static final int ATIME_NOW = 1 << 7;
  private static final int MTIME_NOW = 1 << 8;
  private static final int CTIME = 1 << 10;
  private static final int KILL_SUIDGID = 1 << 11;

  private static final int ANY_BUT_CTIME =
      MODE | UID | GID | SIZE | ATIME | MTIME | ATIME_NOW | MTIME_NOW;

  /** fuse_setxattr_in.setxattr_flags: an ACL was set by somebody outside of the file's group. */
  private static final int ACL_KILL_SGID = 1;

  private static final int NANOS_PER_SECOND = 1_000_000_000;

  /** fuse_access_in.mask */
  private static final int X_OK = 1;

  private static final int ANY_EXECUTE = 0111;

  private final FileSystemHandler handler;
  private final boolean kernelChecks;

  /**
   * @param kernelChecks whether the kernel checks permissions
   */
  AttributeOperations(FileSystemHandler handler, boolean kernelChecks) {
    this.handler = handler;
    this.kernelChecks = kernelChecks;
  }

  void getattr(Request request, Reply reply) throws IOException {
    Attributes attributes = handler.getattr(request.node());
    Structs.attributes(reply, attributes, NameOperations.validity(attributes));
  }

  void statx(Request request, Reply reply) throws IOException {
    Attributes attributes = handler.getattr(request.node());
    Structs.statx(reply, attributes, NameOperations.validity(attributes));
  }

  /** Of access(2) by the superuser, who may everything but run what nobody may. */
  void access(Request request, Reply reply) throws IOException {
    if (kernelChecks) {
      reply.fail(Errno.ENOSYS);
    } else if ((request.u32(0) & X_OK) != 0) {
      int mode = handler.getattr(request.node()).mode();
      if ((mode & FileType.MASK) == FileType.REGULAR && (mode & ANY_EXECUTE) == 0) {
        throw FsException.of(Fault.ACCESS_DENIED, "nobody may run it");
      }
    }
  }

  void setattr(Request request, Reply reply) throws IOException {
    int valid = request.u32(0);
    AttributeChange change = new AttributeChange();
    if ((valid & MODE) != 0) {
      change.mode(request.u32(68) & 07777);
    }
    if ((valid & UID) != 0) {
      change.uid(request.u32(76));
    }
    if ((valid & GID) != 0) {
      change.gid(request.u32(80));
    }
    if ((valid & SIZE) != 0) {
      change.size(request.u64(16));
    }
    if ((valid & ATIME_NOW) != 0) {
      change.atimeNow();
    } else if ((valid & ATIME) != 0) {
      change.atime(time(request, 32, 56));
    }
    if ((valid & MTIME_NOW) != 0) {
      change.mtimeNow();
    } else if ((valid & MTIME) != 0) {
      change.mtime(time(request, 40, 60));
    }
    if ((valid & CTIME) != 0) {
      change.ctime(time(request, 48, 64));
    }
    // Nothing at all is what a chown(2) to nobody else comes as, or a fallocate(2) by another user.
    boolean nothing = (valid & ANY_BUT_CTIME) == 0;
    if (nothing || (valid & KILL_SUIDGID) != 0) {
      change.dropPrivileges();
    }
    if (nothing || (valid & (SIZE | UID | GID)) != 0) {
      handler.dropPrivileges(request.node(), false);
    }
    Attributes attributes = handler.setattr(request.node(), change);
    Structs.attributes(reply, attributes, NameOperations.validity(attributes));
  }

  private static Timestamp time(Request request, int seconds, int nanos) throws FsException {
    int fraction = request.u32(nanos);
    if (fraction < 0 || fraction >= NANOS_PER_SECOND) {
      throw FsException.of(Fault.INVALID_ARGUMENT, fraction + " nanoseconds");
    }
    return new Timestamp(request.u64(seconds), fraction);
  }

  void statfs(Reply reply) {
    Structs.statfs(reply, handler.statfs());
  }

  void getxattr(Request request, Reply reply) throws IOException {
    sized(request, reply, handler.getxattr(request.node(), request.string(8)));
  }

  void listxattr(Request request, Reply reply) throws IOException {
    sized(request, reply, handler.listxattr(request.node(), request.uid()));
  }

  /** Either the bytes, or for a buffer of size 0 how many they are. */
  private static void sized(Request request, Reply reply, byte[] value) throws IOException {
    int size = request.u32(0);
    if (size == 0) {
      Structs.wantedSize(reply, value.length);
    } else if (Integer.compareUnsigned(value.length, size) > 0) {
      throw FsException.of(Fault.RANGE, "a buffer of " + size + " bytes");
    } else {
      reply.bytes(value);
    }
  }

  void setxattr(Request request, Reply reply, boolean extended) throws IOException {
    int size = request.u32(0);
    int flags = request.u32(4);
    int header = extended ? 16 : 8;
    boolean clearsSetGroupId = extended && (request.u32(8) & ACL_KILL_SGID) != 0;
    byte[] name = request.string(header);
    byte[] value = request.bytes(header + name.length + 1, size);
    boolean permissions = handler.setxattr(request.node(), name, value, flags, clearsSetGroupId);
    if (permissions && !kernelChecks) {
      // The kernel knows of that only where it enforces lists.
      reply.outdates(request.node());
    }
  }

  void removexattr(Request request) throws IOException {
    handler.removexattr(request.node(), request.string(0));
  }
}
