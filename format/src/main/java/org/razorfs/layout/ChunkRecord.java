package org.razorfs.layout;

import java.util.Arrays;
import org.razorfs.fault.CorruptImageException;
import org.razorfs.wire.ByteSink;
import org.razorfs.wire.ByteSource;

/**
 * Shared chunk, spec §5.7.
 *
 * @param references extents that point into it, at least 1
 * @param live the sum of their lengths
 * @param stored the chunk's stored bytes
 * @param owners where these extents were when they came to point here, as pairs (inode, offset); a
 *     hint for the compactor, which looks whether each still does
 */
public record ChunkRecord(int references, long live, int stored, long[] owners) {
  /** Bytes before the owners. */
  public static final int HEADER = 20;

  /** Bytes of one owner. */
  public static final int OWNER = 16;

  /** Owners that are kept; they fit into an item of the smallest node. */
  public static final int MAX_OWNERS = 128;

  /** These counts changed by {@code other}'s, with the owners of both as far as there is room. */
  public ChunkRecord plus(ChunkRecord other) {
    return new ChunkRecord(
        references + other.references, live + other.live, stored, with(other.owners));
  }

  private long[] with(long[] more) {
    int count = Math.min(more.length, Math.max(0, 2 * MAX_OWNERS - owners.length));
    if (count == 0) {
      return owners;
    }
    long[] all = Arrays.copyOf(owners, owners.length + count);
    System.arraycopy(more, 0, all, owners.length, count);
    return all;
  }

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
