package org.razorfs.mount.devfuse.wire;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Test support: a request, built field by field. */
public final class Message {
  private static final int MOST = 1 << 16;

  private final ByteBuffer buffer = ByteBuffer.allocate(MOST).order(ByteOrder.nativeOrder());

  /**
   * @param code the operation's number
   */
  public Message(int code, long unique, long node) {
    buffer.putInt(0).putInt(code).putLong(unique).putLong(node);
    buffer.putInt(1000).putInt(100).putInt(7).putInt(0);
  }

  /** A request about a node. */
  public static Message of(Opcode opcode, long node) {
    return new Message(opcode.code(), 1, node);
  }

  /** Adds 32 bits. */
  public Message u32(int value) {
    buffer.putInt(value);
    return this;
  }

  /** Adds 64 bits. */
  public Message u64(long value) {
    buffer.putLong(value);
    return this;
  }

  /** Adds a string and the zero byte behind it. */
  public Message string(String text) {
    buffer.put(text.getBytes(StandardCharsets.UTF_8)).put((byte) 0);
    return this;
  }

  /** Adds bytes. */
  public Message bytes(byte[] bytes) {
    buffer.put(bytes);
    return this;
  }

  /** The whole request. */
  public byte[] build() {
    buffer.putInt(0, buffer.position());
    byte[] bytes = new byte[buffer.position()];
    buffer.get(0, bytes);
    return bytes;
  }

  /** INIT of a kernel that offers everything. */
  public static byte[] init(int major, int minor) {
    boolean extended = minor >= 36;
    int flags = extended ? -1 : ~(1 << 30);
    Message message = of(Opcode.INIT, 0).u32(major).u32(minor).u32(0x20000).u32(flags);
    if (extended) {
      message.u32(-1).bytes(new byte[44]);
    }
    return message.build();
  }
}
