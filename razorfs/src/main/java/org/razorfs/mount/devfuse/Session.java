package org.razorfs.mount.devfuse;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.mount.MountLog;
import org.razorfs.mount.devfuse.wire.Init;
import org.razorfs.mount.devfuse.wire.Opcode;
import org.razorfs.mount.devfuse.wire.Reply;
import org.razorfs.mount.devfuse.wire.Request;
import org.razorfs.mount.handler.Errno;
import org.razorfs.mount.handler.FileSystemHandler;

/**
 * Answers requests, each with exactly one reply but for those that must have none: finds what a
 * request asks for, lets it be done, and turns whatever is thrown into an error number.
 *
 * <p>Some answers are refusals for good: ENOSYS makes the kernel never send that message again.
 */
final class Session {
  private final FileSystemHandler handler;
  private final MountLog log;
  private final MountTerms terms;
  private final NameOperations names;
  private final AttributeOperations attributes;
  private final FileOperations files;
  private final DirectoryOperations directories;
  private final IoctlOperations ioctls;
  private volatile Init init;
  private volatile String refusal = "INIT was refused";
  private volatile boolean uring;

  Session(FileSystemHandler handler, MountLog log, MountTerms terms) {
    this.handler = handler;
    this.log = log;
    this.terms = terms;
    names = new NameOperations(handler);
    attributes = new AttributeOperations(handler, terms.checksPermissions());
    files = new FileOperations(handler);
    directories = new DirectoryOperations(handler);
    ioctls = new IoctlOperations(handler, terms.mounter());
  }

  /** Requests can be taken through io_uring; to be said before INIT is answered. */
  void offerUring() {
    uring = true;
  }

  /** What was agreed on with the kernel, or null before. */
  Init init() {
    return init;
  }

  /** Why nothing could be agreed on. */
  String refusal() {
    return refusal;
  }

  /** Whether it is expected to take so long that nobody should have to wait behind it. */
  boolean isSlow(Opcode opcode, Request request) {
    return opcode.isSlow() && !(opcode.isCopy() && files.isQuickCopy(request));
  }

  /** Whether a change waits for the disk, as who opened the file or flags of what changes want. */
  boolean isSynchronous(Opcode opcode, Request request) {
    try {
      return switch (opcode) {
        case COPY_FILE_RANGE, COPY_FILE_RANGE_64 ->
            handler.isSynchronous(FileOperations.copyTarget(request));
        case RENAME, RENAME2 ->
            handler.isSynchronous(request.node())
                || handler.isSynchronous(NameOperations.newDirectory(request));
        case WRITE ->
            handler.isSynchronous(request.node()) || FileOperations.isSynchronousWrite(request);
        default -> handler.isSynchronous(request.node());
      };
    } catch (FsException e) {
      return false; // where it does not say, which is refused later
    }
  }

  /**
   * Answers a request, and sends the reply if there is to be one.
   *
   * @param answers where the reply goes
   */
  void serve(Request request, Reply reply, Device.Answers answers) throws IOException {
    if (answer(request, reply)) {
      ByteBuffer finished = reply.finish();
      ByteBuffer notice = reply.notice();
      if (notice != null) {
        answers.sendNotice(notice);
      }
      answers.send(finished);
    }
  }

  /**
   * Answers a request.
   *
   * @return whether there is a reply to send
   */
  boolean answer(Request request, Reply reply) {
    Opcode opcode = request.opcode();
    reply.begin(request.unique());
    try {
      if (opcode == null) {
        reply.fail(Errno.ENOSYS);
        return true;
      }
      request.require(opcode);
      if (init == null && opcode != Opcode.INIT) {
        throw FsException.of(Fault.IO_ERROR, opcode + " before INIT");
      }
      dispatch(opcode, request, reply);
    } catch (Throwable problem) {
      if (Errno.isRemarkable(problem)) {
        log.problem((opcode == null ? "" : opcode) + " inode " + request.node(), problem);
      }
      reply.fail(Errno.of(problem));
    }
    return opcode == null || opcode.isAnswered();
  }

  private void dispatch(Opcode opcode, Request request, Reply reply) throws IOException {
    switch (opcode) {
      case LOOKUP -> names.lookup(request, reply);
      case GETATTR -> attributes.getattr(request, reply);
      case READ -> files.read(request, reply);
      case WRITE -> files.write(request, reply);
      case FORGET -> names.forget(request);
      case BATCH_FORGET -> names.batchForget(request);
      case STATX -> attributes.statx(request, reply);
      case SETATTR -> attributes.setattr(request, reply);
      case READLINK -> names.readlink(request, reply);
      case SYMLINK -> names.symlink(request, reply);
      case MKNOD -> names.mknod(request, reply);
      case MKDIR -> names.mkdir(request, reply);
      case UNLINK -> names.unlink(request);
      case RMDIR -> names.rmdir(request);
      case RENAME -> names.rename(request);
      case RENAME2 -> names.rename2(request);
      case LINK -> names.link(request, reply);
      case CREATE -> names.create(request, reply);
      case TMPFILE -> names.tmpfile(request, reply);
      case ACCESS -> attributes.access(request, reply);
      case STATFS -> attributes.statfs(reply);
      case SETXATTR -> attributes.setxattr(request, reply, init.hasLongSetxattr());
      case GETXATTR -> attributes.getxattr(request, reply);
      case LISTXATTR -> attributes.listxattr(request, reply);
      case REMOVEXATTR -> attributes.removexattr(request);
      case READDIR -> directories.readdir(request, reply);
      case READDIRPLUS -> directories.readdirPlus(request, reply);
      case FSYNC -> files.fsync(request);
      case FSYNCDIR, SYNCFS -> directories.sync();
      case FALLOCATE -> files.fallocate(request);
      case LSEEK -> lseek(request, reply);
      case COPY_FILE_RANGE -> files.copyFileRange(request, reply, false);
      case COPY_FILE_RANGE_64 -> files.copyFileRange(request, reply, true);
      case IOCTL -> ioctls.ioctl(request, reply);
      case INIT -> initialize(request, reply);
      case OPEN -> open(reply, init.canDoWithoutOpen(), FileOperations.KEEP_CACHE);
      case OPENDIR -> open(reply, init.canDoWithoutOpendir(), DirectoryOperations.CACHE);
      case RELEASE, RELEASEDIR -> {} // nothing was opened that would have to be closed
      // On a block device umount(2) waits for this.
      case DESTROY -> handler.close();
      // There is nothing to flush at close, the kernel keeps locks by itself,
      // files have no block numbers, always can be read, and requests are not interrupted (a
      // thread that is interrupted in a file channel would close it).
      case FLUSH, GETLK, SETLK, SETLKW, BMAP, POLL, INTERRUPT, SETUPMAPPING, REMOVEMAPPING ->
          reply.fail(Errno.ENOSYS);
      case NOTIFY_REPLY -> {} // nothing is ever asked for
    }
  }

  private void lseek(Request request, Reply reply) throws IOException {
    if (init.hasWritebackCache()) {
      // The kernel asks without having sent what it gathered: what is no hole would seem to be one.
      reply.fail(Errno.ENOSYS);
    } else {
      files.lseek(request, reply);
    }
  }

  private void open(Reply reply, boolean never, int flags) {
    if (never) {
      // Without OPEN and RELEASE an open file is kept by the kernel's reference to its inode, each
      // WRITE says itself whether it is synchronous, and O_TRUNC comes as a SETATTR.
      reply.fail(Errno.ENOSYS);
    } else {
      org.razorfs.mount.devfuse.wire.Structs.open(reply, 0, flags);
    }
  }

  private void initialize(Request request, Reply reply) throws IOException {
    try {
      Init agreed = Init.negotiate(request, terms.writeback(), terms.checksPermissions(), uring);
      if (agreed == null) {
        Init.encodeStepDown(reply);
      } else {
        agreed.encode(reply, Syscalls.pageSize());
        init = agreed;
      }
    } catch (FsException e) {
      refusal = e.getMessage();
      reply.fail(Errno.EPROTO);
    }
  }
}
