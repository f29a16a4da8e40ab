package org.razorfs.mount.devfuse;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.mount.devfuse.wire.Init;
import org.razorfs.mount.devfuse.wire.Reply;
import org.razorfs.mount.devfuse.wire.Request;
import org.razorfs.mount.devfuse.wire.Structs;
import org.razorfs.mount.handler.FileSystemHandler;
import org.razorfs.mount.handler.Handle;

/**
 * Requests about the content of files. Data goes from the request's memory into the volume and from
 * the volume into the reply's. Files are known by their inodes, never by handles.
 */
final class FileOperations {
  /** FOPEN_KEEP_CACHE, FOPEN_NOFLUSH: what the kernel has of the file stays true. */
  static final int KEEP_CACHE = 1 << 1 | 1 << 5;

  private static final int FSYNC_DATA_ONLY = 1;
  private static final int WRITE_CACHE = 1;
  private static final int WRITE_KILL_SUIDGID = 1 << 2;

  /** Bytes that one call copies; the caller comes again for the rest, and can be stopped then. */
  private static final long MAX_COPY = 64L << 20;

  private final FileSystemHandler handler;

  FileOperations(FileSystemHandler handler) {
    this.handler = handler;
  }

  /** How many bytes a READ asks for; 0 where it does not say, which is refused later. */
  static int readSize(Request request) {
    try {
      return request.u32(16);
    } catch (FsException e) {
      return 0;
    }
  }

  /** Whether a WRITE waits for the disk, as who opened the file wants it. */
  static boolean isSynchronousWrite(Request request) throws FsException {
    return Handle.isSynchronous(Handle.of(request.node(), request.u32(32)));
  }

  /** The file that a copy changes. */
  static long copyTarget(Request request) throws FsException {
    return request.u64(16);
  }

  /**
   * Whether a copy has no more to do than other changes; false where it fails, which is told later.
   */
  boolean isQuickCopy(Request request) {
    try {
      return handler.isQuickToCopy(request.node(), request.u64(40));
    } catch (IOException e) {
      return false;
    }
  }

  void read(Request request, Reply reply) throws IOException {
    long offset = request.u64(8);
    int size = readSize(request);
    if (size < 0 || size > Init.MAX_DATA) {
      throw FsException.of(Fault.INVALID_ARGUMENT, "reading " + size + " bytes");
    }
    int openFlags = request.u32(32);
    handler.read(Handle.of(request.node(), openFlags), offset, reply.data(size));
  }

  void write(Request request, Reply reply) throws IOException {
    long offset = request.u64(8);
    int size = request.u32(16);
    int writeFlags = request.u32(20);
    int openFlags = request.u32(32);
    ByteBuffer data = request.data(40, size);
    handler.dropPrivileges(request.node(), (writeFlags & WRITE_KILL_SUIDGID) != 0);
    long handle = Handle.of(request.node(), openFlags);
    Structs.written(
        reply,
        (writeFlags & WRITE_CACHE) != 0
            ? handler.writeGathered(handle, offset, data)
            : handler.write(handle, offset, data));
  }

  void fsync(Request request) throws IOException {
    handler.fsync(request.node(), (request.u32(8) & FSYNC_DATA_ONLY) != 0);
  }

  void fallocate(Request request) throws IOException {
    handler.dropPrivileges(request.node(), false);
    handler.fallocate(request.node(), request.u32(24), request.u64(8), request.u64(16));
  }

  void lseek(Request request, Reply reply) throws IOException {
    reply.u64(handler.lseek(request.node(), request.u64(8), request.u32(16)));
  }

  /**
   * Copies within the volume.
   *
   * @param wide whether the reply has 64 bits
   */
  void copyFileRange(Request request, Reply reply, boolean wide) throws IOException {
    long length = request.u64(40);
    if (length < 0 || request.u64(48) != 0) {
      throw FsException.of(Fault.INVALID_ARGUMENT, "copy_file_range");
    }
    long target = copyTarget(request);
    handler.dropPrivileges(target, true);
    long copied =
        handler.copyFileRange(
            request.node(), request.u64(8), target, request.u64(32), Math.min(length, MAX_COPY));
    if (wide) {
      reply.u64(copied);
    } else {
      Structs.written(reply, (int) copied);
    }
  }
}
