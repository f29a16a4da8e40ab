package org.razorfs.layout;

import org.razorfs.fault.CorruptImageException;
import org.razorfs.wire.ByteSink;
import org.razorfs.wire.ByteSource;

/**
 * String, spec §5.6: a name stored once for all who use it.
 *
 * @param references directory entries and attributes that use it, at least 1
 * @param name 1 to 255 bytes
 */
public record StringRecord(int references, byte[] name) {
  /** Bytes in front of the name. */
  public static final int HEADER = 4;

  public byte[] toBytes() {
    return new ByteSink(HEADER + name.length).u32(references).bytes(name).toBytes();
  }

  public static StringRecord decode(ByteSource source) throws CorruptImageException {
    return new StringRecord(source.i32(), source.bytes(source.remaining()));
  }
}
