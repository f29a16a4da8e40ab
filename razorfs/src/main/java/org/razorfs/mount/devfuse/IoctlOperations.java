package org.razorfs.mount.devfuse;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.mount.devfuse.wire.Reply;
import org.razorfs.mount.devfuse.wire.Request;
import org.razorfs.mount.devfuse.wire.Structs;
import org.razorfs.mount.handler.Errno;
import org.razorfs.mount.handler.ExtendedFlags;
import org.razorfs.mount.handler.FileSystemHandler;

/**
 * The ioctl(2) commands that file systems of Linux share. Who may stop a volume is checked by no
 * kernel.
 */
final class IoctlOperations {
  private static final int GETFLAGS = 0x80086601;
  private static final int SETFLAGS = 0x40086602;
  private static final int FSGETXATTR = 0x801c581f;
  private static final int FSSETXATTR = 0x401c5820;
  private static final int GETFSLABEL = 0x81009431;
  private static final int SETFSLABEL = 0x41009432;
  private static final int FITRIM = 0xc0185879;
  private static final int SHUTDOWN = 0x8004587d;

  /** Bytes of struct fuse_ioctl_in. */
  private static final int ARGUMENTS = 32;

  private static final int LABEL = 256;
  private static final int ROOT = 0;

  private final FileSystemHandler handler;
  private final int mounter;

  /**
   * @param mounter the user who may do to the volume as a whole what root may
   */
  IoctlOperations(FileSystemHandler handler, int mounter) {
    this.handler = handler;
    this.mounter = mounter;
  }

  void ioctl(Request request, Reply reply) throws IOException {
    switch (request.u32(12)) {
      case GETFLAGS -> {
        int flags = handler.getFlags(request.node());
        Structs.ioctl(reply, 0);
        reply.u32(flags);
      }
      case SETFLAGS -> setFlags(request, reply, request.u32(ARGUMENTS));
      // Which the kernel also asks for before it sets flags either way.
      case FSGETXATTR -> {
        byte[] flags = ExtendedFlags.encode(handler.getFlags(request.node()));
        Structs.ioctl(reply, 0);
        reply.bytes(flags);
      }
      case FSSETXATTR -> {
        byte[] flags = request.bytes(ARGUMENTS, ExtendedFlags.BYTES);
        setFlags(request, reply, ExtendedFlags.decode(flags));
      }
      case GETFSLABEL -> {
        byte[] label = handler.label().getBytes(StandardCharsets.UTF_8);
        Structs.ioctl(reply, 0);
        reply.bytes(Arrays.copyOf(label, LABEL));
      }
      case SETFSLABEL -> {
        requireMounter(request);
        handler.relabel(text(request.bytes(ARGUMENTS, LABEL)));
        Structs.ioctl(reply, 0);
      }
      case FITRIM -> {
        requireMounter(request);
        long from = request.u64(ARGUMENTS);
        // No length means all that follows, which is more than fits into 63 bits.
        long length = request.u64(ARGUMENTS + 8) & Long.MAX_VALUE;
        long minimum = request.u64(ARGUMENTS + 16);
        long trimmed = handler.trim(from, length, minimum);
        Structs.ioctl(reply, 0);
        reply.u64(from).u64(trimmed).u64(minimum);
      }
      case SHUTDOWN -> {
        requireMounter(request);
        // How to do it does not get here, as the command's number says that it only reads.
        handler.shutDown();
        Structs.ioctl(reply, 0);
      }
      default -> reply.fail(Errno.ENOTTY);
    }
  }

  private void setFlags(Request request, Reply reply, int flags) throws IOException {
    handler.setFlags(request.node(), flags, request.uid());
    Structs.ioctl(reply, 0);
    reply.outdates(request.node());
  }

  /** What a zero byte ends. */
  private static String text(byte[] padded) throws FsException {
    int end = 0;
    while (end < padded.length && padded[end] != 0) {
      end++;
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(padded, 0, end)).toString();
    } catch (CharacterCodingException e) {
      throw new FsException(Fault.INVALID_ARGUMENT, "a label that is not UTF-8", e);
    }
  }

  private void requireMounter(Request request) throws FsException {
    if (request.uid() != ROOT && request.uid() != mounter) {
      throw FsException.of(Fault.NOT_PERMITTED, "not root, and not who has mounted");
    }
  }
}
