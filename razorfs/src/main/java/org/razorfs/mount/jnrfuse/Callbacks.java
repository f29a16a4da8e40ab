package org.razorfs.mount.jnrfuse;

import java.io.IOException;
import java.nio.ByteBuffer;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.layout.FileType;
import org.razorfs.mount.MountLog;
import org.razorfs.mount.handler.Created;
import org.razorfs.mount.handler.Errno;
import org.razorfs.mount.handler.ExtendedFlags;
import org.razorfs.mount.handler.FileSystemHandler;
import org.razorfs.mount.handler.Handle;
import org.razorfs.mount.jnrfuse.PathResolver.Place;
import org.razorfs.volume.AttributeChange;
import org.razorfs.volume.Attributes;
import org.razorfs.volume.Owner;

/**
 * The operations of libfuse's high-level API: paths to inodes, C structures to values, and the
 * handler does the rest. What each returns is what libfuse expects: 0 or a count, or a negative
 * error number.
 */
final class Callbacks {
  /** Adds an entry to a listing; not 0 when there is no room. */
  @FunctionalInterface
  interface Filler {
    int fill(ByteBuffer name, Pointer stat, long cookie);
  }

  /** Who made the call that this thread answers. */
  @FunctionalInterface
  interface Caller {
    Owner owner();
  }

  @FunctionalInterface
  private interface Operation {
    int run() throws IOException;
  }

  private static final int GETFLAGS = 0x80086601;
  private static final int SETFLAGS = 0x40086602;
  private static final int FSGETXATTR = 0x801c581f;
  private static final int FSSETXATTR = 0x401c5820;
  private static final int REMEMBERED_DIRECTORIES = 1 << 16;
  private static final int UNCHANGED = -1;
  private static final int ENOTTY = 25;

  private final FileSystemHandler handler;
  private final MountLog log;
  private final Caller caller;
  private final CStructs structs;
  private final PathResolver paths;
  private final HiddenFiles hidden;
  private final Aliases aliases = new Aliases();

  Callbacks(FileSystemHandler handler, MountLog log, Runtime runtime, Caller caller) {
    this.handler = handler;
    this.log = log;
    this.caller = caller;
    this.structs = new CStructs(runtime);
    this.paths = new PathResolver(handler, REMEMBERED_DIRECTORIES);
    this.hidden = new HiddenFiles(handler, paths, log);
  }

  /** Runs an operation and turns whatever it throws into a number. */
  private int answer(String what, String path, Operation operation) {
    try {
      hidden.settle();
      return operation.run();
    } catch (Throwable problem) {
      if (Errno.isRemarkable(problem)) {
        log.problem(what + (path == null ? "" : " " + path), problem);
      }
      // A path that leads nowhere any more does not exist; only handles can be stale.
      int errno = Errno.of(problem);
      return -(errno == Errno.ESTALE && path != null ? Errno.ENOENT : errno);
    }
  }

  /** As {@link #answer}, for what moves data by handle and so need not wait for names to settle. */
  private int transfer(String what, long handle, Operation operation) {
    try {
      return operation.run();
    } catch (Throwable problem) {
      if (Errno.isRemarkable(problem)) {
        log.problem(what + " inode " + Handle.inode(handle), problem);
      }
      return -Errno.of(problem);
    }
  }

  private long inode(String path) throws IOException {
    long inode = hidden.inode(path);
    return inode >= 0 ? inode : paths.inode(path);
  }

  int getattr(String path, Pointer stat) {
    return answer(
        "getattr",
        path,
        () -> {
          long inode = hidden.inode(path);
          structs.stat(stat, inode >= 0 ? hiddenAttributes(inode) : paths.attributes(path));
          return 0;
        });
  }

  /** libfuse takes one link off a hidden file that still has names; here it is off already. */
  private Attributes hiddenAttributes(long inode) throws IOException {
    Attributes a = handler.getattr(inode);
    if (a.nlink() == 0) {
      return a;
    }
    return new Attributes(
        a.inode(),
        a.generation(),
        a.mode(),
        a.nlink() + 1,
        a.uid(),
        a.gid(),
        a.rdev(),
        a.size(),
        a.blocks(),
        a.flags(),
        a.atime(),
        a.mtime(),
        a.ctime(),
        a.btime(),
        a.pending());
  }

  int fgetattr(Pointer stat, Pointer info) {
    return answer(
        "fgetattr",
        null,
        () -> {
          structs.stat(stat, handler.getattr(Handle.inode(CStructs.handle(info))));
          return 0;
        });
  }

  int readlink(String path, Pointer target, long size) {
    return answer(
        "readlink",
        path,
        () -> {
          byte[] link = handler.readlink(inode(path));
          int length = (int) Math.min(link.length, size - 1);
          target.put(0, link, 0, length);
          target.putByte(length, (byte) 0);
          return 0;
        });
  }

  int mknod(String path, long mode, long device) {
    return answer(
        "mknod",
        path,
        () -> {
          Place place = paths.place(path);
          int type = (mode & FileType.MASK) == 0 ? FileType.REGULAR : 0;
          return entered(
              handler.mknod(
                  place.directory(), place.name(), (int) mode | type, 0, device, caller.owner()));
        });
  }

  int mkdir(String path, long mode) {
    return answer(
        "mkdir",
        path,
        () -> {
          Place place = paths.place(path);
          return entered(
              handler.mkdir(
                  place.directory(), place.name(), (int) mode & 07777, 0, caller.owner()));
        });
  }

  int symlink(String target, String path) {
    return answer(
        "symlink",
        path,
        () -> {
          Place place = paths.place(path);
          return entered(
              handler.symlink(
                  place.directory(), place.name(), PathResolver.bytes(target), caller.owner()));
        });
  }

  int link(String from, String path) {
    return answer(
        "link",
        path,
        () -> {
          long inode = inode(from);
          Place place = paths.place(path);
          aliases.add(inode);
          return entered(handler.link(inode, place.directory(), place.name()));
        });
  }

  /**
   * The handler gives a reference with each new name, for kernels that count; this one does not.
   */
  private int entered(Attributes made) throws IOException {
    handler.forget(made.inode(), 1);
    return 0;
  }

  int unlink(String path) {
    return answer(
        "unlink",
        path,
        () -> {
          if (!hidden.unlink(path)) {
            Place place = paths.place(path);
            handler.unlink(place.directory(), place.name());
          }
          return 0;
        });
  }

  int rmdir(String path) {
    return answer(
        "rmdir",
        path,
        () -> {
          Place place = paths.place(path);
          handler.rmdir(place.directory(), place.name());
          paths.removed(path);
          return 0;
        });
  }

  int rename(String from, String to) {
    hidden.replaced(to);
    return answer(
        "rename",
        from,
        () -> {
          if (hidden.hide(from, to)) {
            return 0;
          }
          Place source = paths.place(from);
          Place target = paths.place(to);
          handler.rename(
              source.directory(),
              source.name(),
              target.directory(),
              target.name(),
              0,
              caller.owner());
          if (paths.isKnownDirectory(from) || paths.isKnownDirectory(to)) {
            paths.moved();
          }
          return 0;
        });
  }

  private int change(String what, String path, AttributeChange change) {
    return answer(
        what,
        path,
        () -> {
          handler.setattr(inode(path), change);
          return 0;
        });
  }

  int chmod(String path, long mode) {
    return change("chmod", path, new AttributeChange().mode((int) mode & 07777));
  }

  int chown(String path, long uid, long gid) {
    AttributeChange change = new AttributeChange();
    if ((int) uid != UNCHANGED) {
      change.uid((int) uid);
    }
    if ((int) gid != UNCHANGED) {
      change.gid((int) gid);
    }
    return change("chown", path, change);
  }

  int truncate(String path, long size) {
    return change("truncate", path, new AttributeChange().size(size));
  }

  int ftruncate(long size, Pointer info) {
    return answer(
        "ftruncate",
        null,
        () -> {
          handler.setattr(Handle.inode(CStructs.handle(info)), new AttributeChange().size(size));
          return 0;
        });
  }

  int utimens(String path, Pointer times) {
    AttributeChange change = new AttributeChange();
    if (CStructs.isNow(times, 0)) {
      change.atimeNow();
    } else if (!CStructs.isOmitted(times, 0)) {
      change.atime(CStructs.time(times, 0));
    }
    if (CStructs.isNow(times, 1)) {
      change.mtimeNow();
    } else if (!CStructs.isOmitted(times, 1)) {
      change.mtime(CStructs.time(times, 1));
    }
    return change("utimens", path, change);
  }

  int open(String path, Pointer info) {
    return answer(
        "open",
        path,
        () -> {
          long inode = inode(path);
          boolean unaliased = isUnaliased(inode); // before that there is nothing to take back
          long handle = handler.open(inode, CStructs.openFlags(info));
          hidden.opened(inode);
          CStructs.setHandle(info, handle);
          if (unaliased) {
            CStructs.keepCache(info);
          }
          return 0;
        });
  }

  /** Whether all that the kernel has cached of a file, it has cached under this one name. */
  private boolean isUnaliased(long inode) throws IOException {
    if (aliases.mayContain(inode)) {
      return false;
    }
    if (handler.getattr(inode).nlink() > 1) {
      aliases.add(inode);
      return false;
    }
    return true;
  }

  int create(String path, long mode, Pointer info) {
    return answer(
        "create",
        path,
        () -> {
          Place place = paths.place(path);
          Created created =
              handler.create(
                  place.directory(),
                  place.name(),
                  (int) mode,
                  0,
                  CStructs.openFlags(info),
                  caller.owner());
          hidden.opened(created.attributes().inode());
          CStructs.setHandle(info, created.handle());
          CStructs.keepCache(info);
          return entered(created.attributes());
        });
  }

  int read(Pointer buffer, long size, long offset, Pointer info) {
    long handle = CStructs.handle(info);
    return transfer(
        "read", handle, () -> handler.read(handle, offset, CStructs.buffer(buffer, size)));
  }

  int write(Pointer buffer, long size, long offset, Pointer info) {
    long handle = CStructs.handle(info);
    boolean gathered = CStructs.isGathered(info);
    return transfer(
        "write",
        handle,
        () -> {
          ByteBuffer data = CStructs.buffer(buffer, size);
          return gathered
              ? handler.writeGathered(handle, offset, data)
              : handler.write(handle, offset, data);
        });
  }

  int release(Pointer info) {
    long handle = CStructs.handle(info);
    return transfer(
        "release",
        handle,
        () -> {
          hidden.released(Handle.inode(handle));
          handler.release(handle);
          return 0;
        });
  }

  int fsync(int dataOnly, Pointer info) {
    return answer(
        "fsync",
        null,
        () -> {
          handler.fsync(CStructs.handle(info), dataOnly != 0);
          return 0;
        });
  }

  /** jnr-fuse passes no handle here; a directory is durable when everything is. */
  int fsyncdir() {
    return answer(
        "fsyncdir",
        null,
        () -> {
          handler.sync();
          return 0;
        });
  }

  int fallocate(int mode, long offset, long length, Pointer info) {
    return answer(
        "fallocate",
        null,
        () -> {
          handler.fallocate(CStructs.handle(info), mode, offset, length);
          return 0;
        });
  }

  int opendir(String path, Pointer info) {
    return answer(
        "opendir",
        path,
        () -> {
          CStructs.setHandle(info, handler.opendir(paths.inode(path)));
          return 0;
        });
  }

  int readdir(Filler filler, long offset, Pointer info) {
    return answer(
        "readdir",
        null,
        () -> {
          handler.readdir(
              CStructs.handle(info),
              offset,
              (name, inode, type, cookie) ->
                  filler.fill(structs.name(name), structs.entry(inode, type << 12), cookie) == 0);
          return 0;
        });
  }

  int releasedir(Pointer info) {
    long handle = CStructs.handle(info);
    return transfer(
        "releasedir",
        handle,
        () -> {
          handler.release(handle);
          return 0;
        });
  }

  int statfs(Pointer stat) {
    return answer(
        "statfs",
        null,
        () -> {
          structs.statvfs(stat, handler.statfs());
          return 0;
        });
  }

  int setxattr(String path, String name, Pointer value, long size, int flags) {
    return answer(
        "setxattr",
        path,
        () -> {
          handler.setxattr(
              inode(path), PathResolver.bytes(name), CStructs.bytes(value, size), flags, false);
          return 0;
        });
  }

  int getxattr(String path, String name, Pointer value, long size) {
    return answer(
        "getxattr",
        path,
        () -> give(handler.getxattr(inode(path), PathResolver.bytes(name)), value, size));
  }

  int listxattr(String path, Pointer list, long size) {
    return answer(
        "listxattr",
        path,
        () -> give(handler.listxattr(inode(path), caller.owner().uid()), list, size));
  }

  /** The length alone when no room is offered. */
  private static int give(byte[] bytes, Pointer target, long size) throws FsException {
    if (size > 0) {
      if (bytes.length > size) {
        throw FsException.of(Fault.RANGE, Fault.RANGE.meaning());
      }
      target.put(0, bytes, 0, bytes.length);
    }
    return bytes.length;
  }

  int removexattr(String path, String name) {
    return answer(
        "removexattr",
        path,
        () -> {
          handler.removexattr(inode(path), PathResolver.bytes(name));
          return 0;
        });
  }

  int ioctl(int command, Pointer info, Pointer data) {
    return answer(
        "ioctl",
        null,
        () -> {
          long inode = Handle.inode(CStructs.handle(info));
          switch (command) {
            case GETFLAGS -> data.putInt(0, handler.getFlags(inode));
            case SETFLAGS -> handler.setFlags(inode, data.getInt(0), caller.owner().uid());
            case FSGETXATTR ->
                data.put(0, ExtendedFlags.encode(handler.getFlags(inode)), 0, ExtendedFlags.BYTES);
            case FSSETXATTR ->
                handler.setFlags(
                    inode,
                    ExtendedFlags.decode(CStructs.bytes(data, ExtendedFlags.BYTES)),
                    caller.owner().uid());
            default -> {
              return -ENOTTY;
            }
          }
          return 0;
        });
  }

  /** The last call of a mount. */
  void destroy() {
    hidden.settle();
  }
}
