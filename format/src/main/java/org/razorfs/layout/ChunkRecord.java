package org.razorfs.layout;

import org.razorfs.fault.CorruptImageException;
import org.razorfs.wire.ByteSink;
import org.razorfs.wire.ByteSource;

/**
 * Shared chunk, spec §5.7.
 *
 * @param references extents that point into it, at least 1
 * @param live the sum of their lengths
 * @param stored the chunk's stored bytes
 * @param owners where these extents were when the chunk was written, as pairs (inode, offset); a
 *     hint for the compactor, which looks whether each still points here
 */
public record ChunkRecord(int references, long live, int stored, long[] owners) {
  /** Bytes before the owners. */
  public static final int HEADER = 20;

  /** Bytes of one owner. */
  public static final int OWNER = 16;

  public byte[] toBytes() {
    ByteSink sink = new ByteSink(HEADER + owners.length * 8);
    sink.u32(references).u64(live).u32(stored).u32(owners.length / 2);
    for (long word : owners) {
      sink.u64(word);
    }
    return sink.toBytes();
  }

  public static ChunkRecord decode(ByteSource source) throws CorruptImageException {
    int references = source.i32();
    long live = source.i64();
    int stored = source.i32();
    long count = source.u32();
    if (count * OWNER != source.remaining()) {
      throw new CorruptImageException(
          source.location(), count + " owners", source.remaining() + " bytes");
    }
    long[] owners = new long[(int) count * 2];
    for (int i = 0; i < owners.length; i++) {
      owners[i] = source.i64();
    }
    return new ChunkRecord(references, live, stored, owners);
  }
}
