package org.razorfs.wire;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.zip.CRC32;

/**
 * Little-endian fields of a byte array, and its CRC-32: the only place that knows the byte order.
 */
public final class Bytes {
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private Bytes() {}

  /** The unsigned byte at {@code at}. */
  public static int u8(byte[] bytes, int at) {
    return bytes[at] & 0xff;
  }

  /** The unsigned 16-bit field at {@code at}. */
  public static int u16(byte[] bytes, int at) {
    return (short) SHORT.get(bytes, at) & 0xffff;
  }

  /** The 32-bit field at {@code at}, as the signed int with the same bits. */
  public static int i32(byte[] bytes, int at) {
    return (int) INT.get(bytes, at);
  }

  /** The unsigned 32-bit field at {@code at}. */
  public static long u32(byte[] bytes, int at) {
    return (int) INT.get(bytes, at) & 0xffff_ffffL;
  }

  /** The 64-bit field at {@code at}. */
  public static long i64(byte[] bytes, int at) {
    return (long) LONG.get(bytes, at);
  }

  /** Stores the low 16 bits of {@code value}. */
  public static void put16(byte[] bytes, int at, int value) {
    SHORT.set(bytes, at, (short) value);
  }

  /** Stores a 32-bit field. */
  public static void put32(byte[] bytes, int at, int value) {
    INT.set(bytes, at, value);
  }

  /** Stores a 64-bit field. */
  public static void put64(byte[] bytes, int at, long value) {
    LONG.set(bytes, at, value);
  }

  /** CRC-32 (ISO-HDLC, that of zip) of {@code length} bytes from {@code from}. */
  public static int crc32(byte[] bytes, int from, int length) {
    CRC32 crc = new CRC32();
    crc.update(bytes, from, length);
    return (int) crc.getValue();
  }
}
