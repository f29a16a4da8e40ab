package org.razorfs.mount.devfuse.wire;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The reply to one request, written in place into the buffer from which it is sent. */
public final class Reply {
  /** Bytes of struct fuse_out_header. */
  public static final int HEADER = 16;

  private static final int ERROR = 4;
  private static final int UNIQUE = 8;

  // struct fuse_notify_inval_inode_out behind a header without a request
  private static final int INVALIDATE_INODE = 2;
  private static final int NOTICE = HEADER + 24;
  private static final long ATTRIBUTES_ONLY = -1;

  private final ByteBuffer buffer;
  private boolean failed;
  private long outdated;

  /**
   * @param buffer from which replies are sent
   */
  public Reply(ByteBuffer buffer) {
    this.buffer = buffer.duplicate().order(ByteOrder.nativeOrder());
  }

  /** Starts the reply to a request: success without any data so far. */
  public void begin(long unique) {
    buffer.clear();
    buffer.putInt(ERROR, 0).putLong(UNIQUE, unique).position(HEADER);
    failed = false;
    outdated = 0;
  }

  /** Makes it the reply that the request failed, whatever has been written so far. */
  public void fail(int errno) {
    buffer.clear();
    buffer.putInt(ERROR, -errno).position(HEADER);
    failed = true;
    outdated = 0;
  }

  /**
   * What is done has changed attributes of this inode that the kernel would go on showing as it
   * knows them; it is to ask for them again.
   */
  public void outdates(long inode) {
    outdated = inode;
  }

  /** Completes it, and returns its bytes, from position to limit. */
  public ByteBuffer finish() {
    buffer.putInt(0, buffer.position());
    return buffer.flip();
  }

  /**
   * A notice of what is outdated, to be sent before the finished reply, behind which it lies in the
   * buffer; its bytes from position to limit, or null.
   */
  public ByteBuffer notice() {
    if (outdated == 0) {
      return null;
    }
    int start = buffer.limit();
    ByteBuffer notice = buffer.duplicate().order(ByteOrder.nativeOrder()).clear().position(start);
    notice.putInt(NOTICE).putInt(INVALIDATE_INODE).putLong(0);
    return notice.putLong(outdated).putLong(ATTRIBUTES_ONLY).putLong(0).flip().position(start);
  }

  /** Whether it says that the request failed. */
  public boolean hasFailed() {
    return failed;
  }

  /** How many bytes of data it can take yet. */
  public int room() {
    return buffer.remaining();
  }

  /** Bytes of data so far. */
  public int size() {
    return buffer.position() - HEADER;
  }

  /** Adds 16 bits. */
  public Reply u16(int value) {
    buffer.putShort((short) value);
    return this;
  }

  /** Adds 32 bits. */
  public Reply u32(int value) {
    buffer.putInt(value);
    return this;
  }

  /** Adds 64 bits. */
  public Reply u64(long value) {
    buffer.putLong(value);
    return this;
  }

  /** Adds bytes. */
  public Reply bytes(byte[] value) {
    buffer.put(value);
    return this;
  }

  /** Adds zero bytes. */
  public Reply zeros(int count) {
    for (int i = 0; i < count; i++) {
      buffer.put((byte) 0);
    }
    return this;
  }

  /** Adds zero bytes until the data is a multiple of 8 bytes long. */
  public Reply align() {
    return zeros(-size() & 7);
  }

  /** Where data can be put that comes in bulk, at most so many bytes; its position counts. */
  public ByteBuffer data(int most) {
    return buffer.limit(Math.min(buffer.capacity(), buffer.position() + most));
  }

  /** Takes data back, down to this size. */
  public void cut(int size) {
    buffer.position(HEADER + size);
  }

  /** 64 bits that are there already. */
  long getLong(int offset) {
    return buffer.getLong(HEADER + offset);
  }

  /** 32 bits that are there already. */
  int getInt(int offset) {
    return buffer.getInt(HEADER + offset);
  }

  /** A reply that writes over a part of this one, from {@code offset} on. */
  void rewrite(int offset) {
    buffer.position(HEADER + offset);
  }
}
