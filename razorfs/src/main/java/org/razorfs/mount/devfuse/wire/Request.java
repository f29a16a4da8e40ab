package org.razorfs.mount.devfuse.wire;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;

/**
 * A request of the kernel, read in place from the buffer into which it was received. Offsets count
 * from the first byte of the arguments. Whatever the bytes are, reading stays within them: what is
 * not there is an {@code INVALID_ARGUMENT}.
 */
public final class Request {
  /** Bytes of struct fuse_in_header. */
  public static final int HEADER = 40;

  private static final int OPCODE = 4;
  private static final int UNIQUE = 8;
  private static final int NODE = 16;
  private static final int UID = 24;
  private static final int GID = 28;
  private static final int PID = 32;
  private static final int EXTENSIONS = 36;

  private final ByteBuffer buffer;
  private final ByteBuffer view;
  private int start;
  private int end;

  /**
   * @param buffer where requests are received; its position and limit do not matter
   */
  public Request(ByteBuffer buffer) {
    this.buffer = buffer.duplicate().order(ByteOrder.nativeOrder()).clear();
    this.view = buffer.duplicate().order(ByteOrder.nativeOrder());
  }

  /**
   * Takes what has been received as the request.
   *
   * @param length bytes received
   * @return false when that cannot be a request, not even one to refuse
   */
  public boolean received(int length) {
    return received(0, length);
  }

  /**
   * Takes what has been received as the request.
   *
   * @param offset of its first byte in the buffer
   * @param length bytes received
   * @return false when that cannot be a request, not even one to refuse
   */
  public boolean received(int offset, int length) {
    start = offset;
    end = start + HEADER;
    if (length < HEADER || buffer.getInt(start) != length) {
      return false;
    }
    // Extensions follow the arguments; none is negotiated.
    int extensions = (buffer.getShort(start + EXTENSIONS) & 0xffff) * 8;
    if (extensions > length - HEADER) {
      return false;
    }
    end = start + length - extensions;
    return true;
  }

  /** A copy of all bytes that were received, so many. */
  public byte[] message(int length) {
    byte[] message = new byte[length];
    buffer.get(start, message);
    return message;
  }

  /** What is asked for, or null. */
  public Opcode opcode() {
    return Opcode.of(code());
  }

  /** The number of what is asked for. */
  public int code() {
    return buffer.getInt(start + OPCODE);
  }

  /** By which the reply is recognised. */
  public long unique() {
    return buffer.getLong(start + UNIQUE);
  }

  /** The inode that it is about. */
  public long node() {
    return buffer.getLong(start + NODE);
  }

  /** Who asks. */
  public int uid() {
    return buffer.getInt(start + UID);
  }

  /** The group of who asks. */
  public int gid() {
    return buffer.getInt(start + GID);
  }

  /** The process that asks; 0 for the kernel itself. */
  public int pid() {
    return buffer.getInt(start + PID);
  }

  /** Bytes of arguments. */
  public int size() {
    return end - start - HEADER;
  }

  /** Passes when there are as many arguments as the operation has at least. */
  public void require(Opcode opcode) throws FsException {
    at(0, opcode.least());
  }

  /** 32 bits. */
  public int u32(int offset) throws FsException {
    return buffer.getInt(at(offset, Integer.BYTES));
  }

  /** 64 bits. */
  public long u64(int offset) throws FsException {
    return buffer.getLong(at(offset, Long.BYTES));
  }

  /** A string that a zero byte ends, without it. */
  public byte[] string(int offset) throws FsException {
    int from = at(offset, 1);
    int to = from;
    while (buffer.get(to) != 0) {
      if (++to == end) {
        throw malformed("a string without end");
      }
    }
    byte[] string = new byte[to - from];
    buffer.get(from, string);
    return string;
  }

  /** A copy of bytes. */
  public byte[] bytes(int offset, int length) throws FsException {
    int from = at(offset, length);
    byte[] bytes = new byte[length];
    buffer.get(from, bytes);
    return bytes;
  }

  /** Bytes in place, until the next call or request. */
  public ByteBuffer data(int offset, int length) throws FsException {
    int from = at(offset, length);
    return view.clear().limit(from + length).position(from);
  }

  private int at(int offset, int length) throws FsException {
    if (offset < 0 || length < 0 || offset > size() - length) {
      throw malformed("arguments of " + size() + " bytes where there must be more");
    }
    return start + HEADER + offset;
  }

  private FsException malformed(String what) {
    return FsException.of(Fault.INVALID_ARGUMENT, "FUSE request " + code() + " with " + what);
  }
}
