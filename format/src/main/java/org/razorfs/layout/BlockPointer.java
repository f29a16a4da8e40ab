package org.razorfs.layout;

import org.razorfs.fault.CorruptImageException;
import org.razorfs.wire.ByteSink;
import org.razorfs.wire.ByteSource;

/**
 * Block pointer, spec §4.2: where a node lies and how it is recognised.
 *
 * @param address its byte offset in the image
 * @param birth the generation of the checkpoint that wrote it
 * @param length its stored bytes, a multiple of the unit
 * @param crc the CRC-32 at its end
 */
public record BlockPointer(long address, long birth, int length, int crc) {
  /** The bytes of an encoded pointer. */
  public static final int SIZE = 24;

  /** The pointer to nothing. */
  public static final BlockPointer NULL = new BlockPointer(0, 0, 0, 0);

  /** Whether this points at nothing. */
  public boolean isNull() {
    return address == 0;
  }

  public void encode(ByteSink sink) {
    sink.u64(address).u64(birth).u32(length).u32(crc);
  }

  public static BlockPointer decode(ByteSource source) throws CorruptImageException {
    return new BlockPointer(source.i64(), source.i64(), source.i32(), source.i32());
  }
}
