package org.razorfs.layout;

import org.razorfs.fault.CorruptImageException;
import org.razorfs.wire.ByteSink;
import org.razorfs.wire.ByteSource;

/** Extent record, spec §5.5: what a range of a file, from the key's offset on, holds. */
public sealed interface ExtentRecord {
  /** Bytes of the file that this covers, at least 1. */
  long length();

  /** Whether this can be at an offset of a file (INV-EXT-6). */
  default boolean isLegalAt(long offset) {
    return offset >= 0 && length() <= Long.MAX_VALUE - offset;
  }

  void encode(ByteSink sink);

  default byte[] toBytes() {
    ByteSink sink = new ByteSink(48);
    encode(sink);
    return sink.toBytes();
  }

  /** The part of this that starts {@code skip} bytes in and covers {@code length} bytes. */
  ExtentRecord slice(long skip, long length);

  /**
   * A range of a compressed chunk.
   *
   * @param codec how the stored bytes are compressed, a codec id
   * @param shared whether the CHUNKS tree counts the references to the chunk
   * @param length bytes of the file
   * @param address where the chunk lies
   * @param stored its stored bytes
   * @param logical its bytes when decompressed
   * @param skip where in these the range starts
   * @param crc the CRC-32 of the stored bytes
   * @param birth the generation in which the chunk was written
   */
  record Chunk(
      int codec,
      boolean shared,
      long length,
      long address,
      int stored,
      int logical,
      int skip,
      int crc,
      long birth)
      implements ExtentRecord {
    @Override
    public void encode(ByteSink sink) {
      sink.u8(CHUNK).u8(codec).u16(shared ? SHARED : 0).u32((int) length).u64(address);
      sink.u32(stored).u32(logical).u32(skip).u32(crc).u64(birth);
    }

    @Override
    public Chunk slice(long from, long bytes) {
      return new Chunk(
          codec, shared, bytes, address, stored, logical, skip + (int) from, crc, birth);
    }

    /** The same range, counted in the CHUNKS tree or not. */
    public Chunk shared(boolean value) {
      return new Chunk(codec, value, length, address, stored, logical, skip, crc, birth);
    }

    /** Whether {@code other} is a range of the same chunk. */
    public boolean sameChunk(Chunk other) {
      return address == other.address && birth == other.birth;
    }
  }

  /**
   * Bytes held in the tree itself, not compressed.
   *
   * @param bytes the content, never changed after construction
   */
  record Inline(byte[] bytes) implements ExtentRecord {
    @Override
    public long length() {
      return bytes.length;
    }

    @Override
    public void encode(ByteSink sink) {
      sink.u8(INLINE).u8(0).u16(0).u32(bytes.length).bytes(bytes);
    }

    @Override
    public Inline slice(long from, long length) {
      return new Inline(
          java.util.Arrays.copyOfRange(bytes, (int) from, Math.toIntExact(from + length)));
    }
  }

  /**
   * Space that fallocate promised; reads as zeros.
   *
   * @param length bytes of the file
   */
  record Reserved(long length) implements ExtentRecord {
    @Override
    public void encode(ByteSink sink) {
      sink.u8(RESERVED).u8(0).u16(0).u32(0).u64(length);
    }

    @Override
    public Reserved slice(long from, long bytes) {
      return new Reserved(bytes);
    }
  }

  int CHUNK = 1;
  int INLINE = 2;
  int RESERVED = 3;

  /** The flag of a chunk that the CHUNKS tree counts. */
  int SHARED = 1;

  /** Bytes of an inline extent's value before its content. */
  int INLINE_HEADER = 8;

  /** Decodes a value and checks what the record alone can tell (INV-EXT-1, INV-EXT-2). */
  static ExtentRecord decode(ByteSource source) throws CorruptImageException {
    int kind = source.u8();
    int codec = source.u8();
    int flags = source.u16();
    long length = source.u32();
    return switch (kind) {
      case CHUNK -> {
        Chunk chunk =
            new Chunk(
                codec,
                (flags & SHARED) != 0,
                length,
                source.i64(),
                source.i32(),
                source.i32(),
                source.i32(),
                source.i32(),
                source.i64());
        check(isWithinChunk(chunk), source, "a chunk extent within its chunk", chunk);
        yield chunk;
      }
      case INLINE -> {
        check(
            length > 0 && length == source.remaining(), source, "inline bytes to the end", length);
        yield new Inline(source.bytes((int) length));
      }
      case RESERVED -> {
        long reserved = source.i64();
        check(reserved > 0, source, "a positive reserved length", reserved);
        yield new Reserved(reserved);
      }
      default -> throw new CorruptImageException(source.location(), "extent kind 1..3", "" + kind);
    };
  }

  private static boolean isWithinChunk(Chunk chunk) {
    return chunk.logical > 0
        && chunk.logical <= Geometry.MAX_CHUNK
        && chunk.stored > 0
        && chunk.stored <= chunk.logical
        && chunk.skip >= 0
        && chunk.length > 0
        && chunk.length <= chunk.logical - chunk.skip
        && chunk.address > 0
        && chunk.address % Geometry.UNIT == 0;
  }

  private static void check(boolean holds, ByteSource source, String expected, Object actual)
      throws CorruptImageException {
    if (!holds) {
      throw new CorruptImageException(source.location(), expected, String.valueOf(actual));
    }
  }
}
