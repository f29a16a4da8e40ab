package org.razorfs.compress;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import java.nio.ByteBuffer;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import org.razorfs.fault.CorruptImageException;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;

/**
 * What one thread at a time needs for compressing: the libraries' own states, made when first used,
 * and direct buffers for copying.
 *
 * <p>The libraries only ever see direct buffers. Given arrays they would hold the garbage collector
 * off for as long as a whole chunk takes, which every other thread would feel.
 */
final class CodecContext implements AutoCloseable {
  private static final int LARGEST_KEPT = 512 * 1024;

  private ZstdCompressCtx zstdCompress;
  private ZstdDecompressCtx zstdDecompress;
  private Deflater deflater;
  private int deflaterLevel;
  private Inflater inflater;
  private final ByteBuffer oneMore = ByteBuffer.allocateDirect(1);
  private ByteBuffer sourceCopy = ByteBuffer.allocateDirect(0);
  private ByteBuffer targetCopy = ByteBuffer.allocateDirect(0);

  /**
   * Compresses all of {@code source} to the beginning of what remains of {@code target}; moves no
   * position.
   *
   * @return the compressed size, or -1 when that is more than remains of {@code target}
   */
  int compress(Codec codec, int level, ByteBuffer source, ByteBuffer target) {
    ByteBuffer in = source.isDirect() ? source : copyOf(source);
    if (target.isDirect()) {
      return compressDirect(codec, level, in, target);
    }
    int worstCase = in.remaining() + in.remaining() / 128 + 1024; // whichever the codec
    targetCopy = room(targetCopy, Math.min(target.remaining(), worstCase));
    int size = compressDirect(codec, level, in, targetCopy);
    if (size > 0) {
      target.duplicate().put(targetCopy.limit(size));
    }
    return size;
  }

  private int compressDirect(Codec codec, int level, ByteBuffer source, ByteBuffer target) {
    return switch (codec) {
      case NONE -> throw new IllegalArgumentException("needs no context");
      case ZSTD -> compressZstd(level, source, target);
      case LZ4 -> compressLz4(source, target);
      case ZLIB -> compressZlib(level, source, target);
    };
  }

  private int compressZstd(int level, ByteBuffer source, ByteBuffer target) {
    if (zstdCompress == null) {
      zstdCompress = new ZstdCompressCtx();
      zstdCompress.setChecksum(false); // the chunk has its own
    }
    zstdCompress.setLevel(level);
    try {
      return zstdCompress.compressDirectByteBuffer(
          target,
          target.position(),
          target.remaining(),
          source,
          source.position(),
          source.remaining());
    } catch (ZstdException e) {
      if (e.getErrorCode() == Zstd.errDstSizeTooSmall()) {
        return -1;
      }
      throw e;
    }
  }

  private static int compressLz4(ByteBuffer source, ByteBuffer target) {
    try {
      return Lz4.FACTORY
          .fastCompressor()
          .compress(
              source,
              source.position(),
              source.remaining(),
              target,
              target.position(),
              target.remaining());
    } catch (LZ4Exception e) {
      return -1; // the only failure that its compressor knows
    }
  }

  private int compressZlib(int level, ByteBuffer source, ByteBuffer target) {
    if (deflater == null) {
      deflater = new Deflater(level);
      deflaterLevel = level;
    }
    if (deflaterLevel != level) {
      deflater.setLevel(level);
      deflaterLevel = level;
    }
    try {
      deflater.setInput(source.duplicate());
      deflater.finish();
      ByteBuffer out = target.duplicate();
      while (!deflater.finished() && out.hasRemaining()) {
        deflater.deflate(out);
      }
      return deflater.finished() ? out.position() - target.position() : -1;
    } finally {
      deflater.reset(); // also lets go of the source
    }
  }

  /**
   * Decompresses all of {@code source} to the beginning of what remains of {@code target}; moves no
   * position.
   *
   * @throws CorruptImageException unless that gives exactly {@code length} bytes
   */
  void decompress(Codec codec, ByteBuffer source, ByteBuffer target, int length)
      throws FsException {
    ByteBuffer in = source.isDirect() ? source : copyOf(source);
    if (target.isDirect()) {
      decompressDirect(codec, in, target, length);
      return;
    }
    targetCopy = room(targetCopy, length);
    decompressDirect(codec, in, targetCopy, length);
    target.duplicate().put(targetCopy.limit(length));
  }

  private void decompressDirect(Codec codec, ByteBuffer source, ByteBuffer target, int length)
      throws FsException {
    switch (codec) {
      case NONE -> throw new IllegalArgumentException("needs no context");
      case ZSTD -> decompressZstd(source, target, length);
      case LZ4 -> decompressLz4(source, target, length);
      case ZLIB -> decompressZlib(source, target, length);
    }
  }

  private void decompressZstd(ByteBuffer source, ByteBuffer target, int length) throws FsException {
    if (zstdDecompress == null) {
      zstdDecompress = new ZstdDecompressCtx();
    }
    int got;
    try {
      got =
          zstdDecompress.decompressDirectByteBuffer(
              target, target.position(), length, source, source.position(), source.remaining());
    } catch (ZstdException e) {
      if (e.getErrorCode() == Zstd.errMemoryAllocation()) {
        throw new FsException(Fault.IO_ERROR, "no memory for decompressing (zstd)", e);
      }
      throw malformed(Codec.ZSTD, length, e);
    }
    checkLength(Codec.ZSTD, length, got);
  }

  private static void decompressLz4(ByteBuffer source, ByteBuffer target, int length)
      throws FsException {
    int got;
    try {
      got =
          Lz4.FACTORY
              .safeDecompressor()
              .decompress(
                  source, source.position(), source.remaining(), target, target.position(), length);
    } catch (LZ4Exception | IndexOutOfBoundsException e) { // the latter: its Java twin
      throw malformed(Codec.LZ4, length, e);
    }
    checkLength(Codec.LZ4, length, got);
  }

  private void decompressZlib(ByteBuffer source, ByteBuffer target, int length) throws FsException {
    if (inflater == null) {
      inflater = new Inflater();
    }
    try {
      inflater.setInput(source.duplicate());
      ByteBuffer out = target.duplicate();
      out.limit(out.position() + length);
      while (out.hasRemaining() && inflater.inflate(out) > 0) {}
      // The trailer is only read when there is room for one more byte, which must not come.
      int got = length - out.remaining() + inflater.inflate(oneMore.clear());
      if (got == length && !inflater.finished()) {
        throw new CorruptImageException(
            where(Codec.ZLIB), "the end after " + length + " bytes", "a stream without its end");
      }
      checkLength(Codec.ZLIB, length, got);
      if (inflater.getRemaining() > 0) {
        throw new CorruptImageException(
            where(Codec.ZLIB), "nothing after the end", inflater.getRemaining() + " bytes");
      }
    } catch (DataFormatException e) {
      throw malformed(Codec.ZLIB, length, e);
    } finally {
      inflater.reset(); // also lets go of the source
    }
  }

  private static void checkLength(Codec codec, int expected, int actual)
      throws CorruptImageException {
    if (actual != expected) {
      throw new CorruptImageException(
          where(codec),
          expected + " bytes",
          actual > expected ? "more" : actual < 0 ? "an error" : actual + " bytes");
    }
  }

  private static CorruptImageException malformed(Codec codec, int length, Exception e) {
    return new CorruptImageException(
        where(codec), length + " bytes", "a malformed stream (" + e.getMessage() + ")", e);
  }

  private static String where(Codec codec) {
    return codec.label() + " data";
  }

  private ByteBuffer copyOf(ByteBuffer source) {
    sourceCopy = room(sourceCopy, source.remaining());
    return sourceCopy.put(source.duplicate()).flip();
  }

  /** The buffer, or a larger one, with exactly so much room. */
  private static ByteBuffer room(ByteBuffer buffer, int length) {
    ByteBuffer fitting = buffer;
    if (buffer.capacity() < length) {
      fitting = ByteBuffer.allocateDirect(Math.max(length, Math.min(2 * length, 128 * 1024)));
    }
    return fitting.clear().limit(length);
  }

  /** Whether this is small enough to be kept for the next user. */
  boolean worthKeeping() {
    return sourceCopy.capacity() <= LARGEST_KEPT && targetCopy.capacity() <= LARGEST_KEPT;
  }

  /** Frees the libraries' memory. */
  @Override
  public void close() {
    if (zstdCompress != null) {
      zstdCompress.close();
    }
    if (zstdDecompress != null) {
      zstdDecompress.close();
    }
    if (deflater != null) {
      deflater.end();
    }
    if (inflater != null) {
      inflater.end();
    }
  }

  /** Loads LZ4 when it is first needed. */
  private static final class Lz4 {
    static final LZ4Factory FACTORY = LZ4Factory.fastestInstance();
  }
}
