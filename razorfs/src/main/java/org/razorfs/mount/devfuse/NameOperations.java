package org.razorfs.mount.devfuse;

import java.io.IOException;
import org.razorfs.fault.FsException;
import org.razorfs.layout.FileType;
import org.razorfs.mount.devfuse.wire.Reply;
import org.razorfs.mount.devfuse.wire.Request;
import org.razorfs.mount.devfuse.wire.Structs;
import org.razorfs.mount.devfuse.wire.Validity;
import org.razorfs.mount.handler.Created;
import org.razorfs.mount.handler.Errno;
import org.razorfs.mount.handler.FileSystemHandler;
import org.razorfs.volume.Attributes;
import org.razorfs.volume.Owner;

/** Requests about names. Each reply with a node gives the kernel one reference to it. */
final class NameOperations {
  private final FileSystemHandler handler;

  NameOperations(FileSystemHandler handler) {
    this.handler = handler;
  }

  void lookup(Request request, Reply reply) throws IOException {
    byte[] name = request.string(0);
    Attributes found;
    // Only for file handles: paths never get here with dots.
    if (isDots(name)) {
      found = name.length == 1 ? handler.handled(request.node()) : handler.parent(request.node());
    } else {
      found = handler.lookup(request.node(), name);
    }
    if (found == null) {
      Structs.noEntry(reply);
    } else {
      entry(reply, found);
    }
  }

  private static boolean isDots(byte[] name) {
    return name.length <= 2 && name.length > 0 && name[0] == '.' && name[name.length - 1] == '.';
  }

  static Validity validity(Attributes attributes) {
    return attributes.pending() ? Validity.SHORT : Validity.LONG;
  }

  private static void entry(Reply reply, Attributes attributes) {
    Structs.entry(reply, attributes, validity(attributes));
  }

  private static Owner caller(Request request) {
    return new Owner(request.uid(), request.gid());
  }

  void forget(Request request) throws IOException {
    forget(request.node(), request.u64(0));
  }

  void batchForget(Request request) throws IOException {
    int count = request.u32(0);
    for (int i = 0; i < count; i++) {
      forget(request.u64(8 + 16 * i), request.u64(16 + 16 * i));
    }
  }

  private void forget(long node, long count) throws IOException {
    handler.forget(node, count);
  }

  void readlink(Request request, Reply reply) throws IOException {
    reply.bytes(handler.readlink(request.node()));
  }

  void symlink(Request request, Reply reply) throws IOException {
    byte[] name = request.string(0);
    byte[] target = request.string(name.length + 1);
    entry(reply, handler.symlink(request.node(), name, target, caller(request)));
  }

  void mknod(Request request, Reply reply) throws IOException {
    int mode = request.u32(0);
    int type = (mode & FileType.MASK) == 0 ? FileType.REGULAR : 0;
    long device = request.u32(4) & 0xffff_ffffL;
    int umask = request.u32(8);
    byte[] name = request.string(16);
    entry(reply, handler.mknod(request.node(), name, mode | type, umask, device, caller(request)));
  }

  void mkdir(Request request, Reply reply) throws IOException {
    int mode = request.u32(0);
    int umask = request.u32(4);
    byte[] name = request.string(8);
    entry(reply, handler.mkdir(request.node(), name, mode, umask, caller(request)));
  }

  void unlink(Request request) throws IOException {
    handler.unlink(request.node(), request.string(0));
  }

  void rmdir(Request request) throws IOException {
    handler.rmdir(request.node(), request.string(0));
  }

  void rename(Request request) throws IOException {
    rename(request, 8, 0);
  }

  void rename2(Request request) throws IOException {
    rename(request, 16, request.u32(8));
  }

  /** The directory into which something is renamed. */
  static long newDirectory(Request request) throws FsException {
    return request.u64(0);
  }

  private void rename(Request request, int names, int flags) throws IOException {
    long newDirectory = newDirectory(request);
    byte[] name = request.string(names);
    byte[] newName = request.string(names + name.length + 1);
    handler.rename(request.node(), name, newDirectory, newName, flags, caller(request));
  }

  void link(Request request, Reply reply) throws IOException {
    entry(reply, handler.link(request.u64(0), request.node(), request.string(8)));
  }

  void create(Request request, Reply reply) {
    // MKNOD does the same, and without a RELEASE for every file later.
    reply.fail(Errno.ENOSYS);
  }

  void tmpfile(Request request, Reply reply) throws IOException {
    int flags = request.u32(0);
    int mode = request.u32(4);
    int umask = request.u32(8);
    Created made = handler.tmpfile(request.node(), mode, umask, flags, caller(request));
    handler.release(made.handle()); // the kernel's reference keeps it
    entry(reply, made.attributes());
    Structs.open(reply, 0, FileOperations.KEEP_CACHE);
  }
}
