package org.razorfs.compress;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.razorfs.fault.CorruptImageException;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;

/**
 * Compresses and decompresses chunks with any {@link Codec}, by any number of threads at once.
 *
 * <p>The libraries' states are expensive to make and not thread-safe; they are kept in a stack of
 * bounded height and each is used by one thread at a time. Direct buffers are worked on in place,
 * heap buffers are copied.
 */
public final class ChunkCodec implements AutoCloseable {
  private final ArrayDeque<CodecContext> idle = new ArrayDeque<>();
  private final int idleLimit;
  private boolean closed;

  /** Keeps as many states as there are processors, twice. */
  public ChunkCodec() {
    this(2 * Runtime.getRuntime().availableProcessors());
  }

  /**
   * Keeps up to so many states for later use.
   *
   * @param idleLimit how many; each takes up to a few MiB outside the Java heap, by level
   */
  public ChunkCodec(int idleLimit) {
    this.idleLimit = idleLimit;
  }

  /**
   * Compresses what remains of {@code source} into {@code target}.
   *
   * @param level within the codec's range; 0 for its default; ignored by codecs without levels
   * @return the compressed size in bytes, with both positions moved past what was used; or -1 when
   *     it does not fit into what remains of {@code target}, with both positions unmoved and the
   *     target's bytes undefined
   * @throws IllegalArgumentException for a level that the codec does not have
   * @throws IllegalStateException after {@link #close}
   */
  public int compress(Codec codec, int level, ByteBuffer source, ByteBuffer target) {
    int size;
    if (codec == Codec.NONE) {
      size = source.remaining() <= target.remaining() ? source.remaining() : -1;
      if (size >= 0) {
        target.duplicate().put(source.duplicate());
      }
    } else {
      int effective = effectiveLevel(codec, level);
      CodecContext context = take();
      boolean sound = false;
      try {
        size = context.compress(codec, effective, source, target);
        sound = true;
      } finally {
        give(context, sound);
      }
    }
    if (size >= 0) {
      source.position(source.limit());
      target.position(target.position() + size);
    }
    return size;
  }

  private static int effectiveLevel(Codec codec, int level) {
    if (!codec.hasLevels()) {
      return 0;
    }
    if (level == 0) {
      return codec.defaultLevel();
    }
    if (level < codec.lowestLevel() || level > codec.highestLevel()) {
      throw new IllegalArgumentException(
          String.format(
              "%s has no level %d, only %d to %d",
              codec.label(), level, codec.lowestLevel(), codec.highestLevel()));
    }
    return level;
  }

  /**
   * Decompresses what remains of {@code source} into {@code target} and moves both positions past
   * what was used. Writes at most {@code logicalLength} bytes whatever the source claims.
   *
   * @param logicalLength what it must give, exactly, in bytes; at most what remains of {@code
   *     target}
   * @throws CorruptImageException when the source is malformed or gives another length; the
   *     positions are then unmoved and the target's bytes undefined
   * @throws FsException {@code IO_ERROR} when the library lacks memory
   * @throws IllegalStateException after {@link #close}
   */
  public void decompress(Codec codec, ByteBuffer source, ByteBuffer target, int logicalLength)
      throws FsException {
    if (logicalLength < 0 || logicalLength > target.remaining()) {
      throw new IllegalArgumentException(
          "logical length " + logicalLength + ", but room for " + target.remaining());
    }
    if (codec == Codec.NONE) {
      if (source.remaining() != logicalLength) {
        throw new CorruptImageException(
            "uncompressed data", logicalLength + " bytes", source.remaining() + " bytes");
      }
      target.duplicate().put(source.duplicate());
    } else {
      CodecContext context = take();
      boolean sound = false;
      try {
        context.decompress(codec, source, target, logicalLength);
        sound = true;
      } catch (CorruptImageException e) {
        sound = true; // every library starts afresh with each chunk
        throw e;
      } finally {
        give(context, sound);
      }
    }
    source.position(source.limit());
    target.position(target.position() + logicalLength);
  }

  /**
   * Makes sure that a codec's native library can be loaded, so that its lack is an error of opening
   * a volume and not of some write hours later.
   *
   * @throws FsException {@code NOT_SUPPORTED} when it cannot
   */
  public void require(Codec codec) throws FsException {
    ByteBuffer target = ByteBuffer.allocateDirect(64);
    try {
      compress(codec, 0, ByteBuffer.allocateDirect(1), target);
    } catch (LinkageError e) {
      throw new FsException(
          Fault.NOT_SUPPORTED,
          codec.label()
              + " compression is not available here: "
              + e.getMessage()
              + "; is "
              + System.getProperty("java.io.tmpdir")
              + " full or mounted noexec?",
          e);
    }
  }

  private CodecContext take() {
    synchronized (idle) {
      if (closed) {
        throw new IllegalStateException("the codec is closed");
      }
      CodecContext context = idle.poll();
      if (context != null) {
        return context;
      }
    }
    return new CodecContext();
  }

  private void give(CodecContext context, boolean sound) {
    if (sound && context.worthKeeping()) {
      synchronized (idle) {
        if (!closed && idle.size() < idleLimit) {
          idle.push(context);
          return;
        }
      }
    }
    context.close();
  }

  /** How many states are kept at the moment. */
  int idleContexts() {
    synchronized (idle) {
      return idle.size();
    }
  }

  /** Frees the native memory; calls still under way end normally. */
  @Override
  public void close() {
    synchronized (idle) {
      closed = true;
      idle.forEach(CodecContext::close);
      idle.clear();
    }
  }
}
