package org.razorfs.wire;

import java.util.Arrays;

/** A growing little-endian output that encoders append to; not thread-safe. */
public final class ByteSink {
  private byte[] bytes;
  private int size;

  /** A sink with room for {@code capacity} bytes before it first grows. */
  public ByteSink(int capacity) {
    bytes = new byte[Math.max(16, capacity)];
  }

  /** Bytes written since the last {@link #clear()}. */
  public int size() {
    return size;
  }

  /** The backing array; valid to {@link #size()} and until the next append. */
  public byte[] array() {
    return bytes;
  }

  /** A copy of what was written. */
  public byte[] toBytes() {
    return Arrays.copyOf(bytes, size);
  }

  /** Forgets the content and keeps the room. */
  public ByteSink clear() {
    size = 0;
    return this;
  }

  public ByteSink u8(int value) {
    room(1);
    bytes[size++] = (byte) value;
    return this;
  }

  public ByteSink u16(int value) {
    room(2);
    Bytes.put16(bytes, size, value);
    size += 2;
    return this;
  }

  public ByteSink u32(int value) {
    room(4);
    Bytes.put32(bytes, size, value);
    size += 4;
    return this;
  }

  public ByteSink u64(long value) {
    room(8);
    Bytes.put64(bytes, size, value);
    size += 8;
    return this;
  }

  public ByteSink bytes(byte[] source) {
    return bytes(source, 0, source.length);
  }

  public ByteSink bytes(byte[] source, int from, int length) {
    room(length);
    System.arraycopy(source, from, bytes, size, length);
    size += length;
    return this;
  }

  /** Appends {@code count} zero bytes. */
  public ByteSink zeros(int count) {
    room(count);
    Arrays.fill(bytes, size, size + count, (byte) 0);
    size += count;
    return this;
  }

  private void room(int more) {
    if (bytes.length - size < more) {
      bytes = Arrays.copyOf(bytes, Math.max(Math.addExact(size, more), bytes.length * 2));
    }
  }
}
