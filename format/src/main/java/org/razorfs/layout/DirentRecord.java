package org.razorfs.layout;

import org.razorfs.fault.CorruptImageException;
import org.razorfs.wire.ByteSink;
import org.razorfs.wire.ByteSource;

/**
 * Directory entry, spec §5.4; its name is the string whose id is the key's {@code lo}.
 *
 * @param inode what the name refers to
 * @param type the inode's file type, {@link FileType#code}
 */
public record DirentRecord(long inode, int type) {
  /** The bytes of an encoded entry. */
  public static final int SIZE = 9;

  public void encode(ByteSink sink) {
    sink.u64(inode).u8(type);
  }

  public byte[] toBytes() {
    ByteSink sink = new ByteSink(SIZE);
    encode(sink);
    return sink.toBytes();
  }

  public static DirentRecord decode(ByteSource source) throws CorruptImageException {
    return new DirentRecord(source.i64(), source.u8());
  }
}
