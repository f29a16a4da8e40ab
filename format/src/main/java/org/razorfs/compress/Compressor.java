package org.razorfs.compress;

import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Decides for each chunk whether and how it is compressed, and does it; thread-safe.
 *
 * <p>With one codec for everything each chunk is tried. With {@code auto} the file's magic bytes
 * and an even spread of a sample's bytes tell what is compressed already, and the {@link Effort}
 * chooses the codec. Either way, what does not become smaller by a sixteenth is stored as it is:
 * reading it is then free.
 */
public final class Compressor {
  /** Less than this many bytes never become smaller. */
  private static final int SMALLEST = 16;

  /** Chunks inside a file of a compressed kind are tried below so many bits per byte. */
  private static final double COMPRESSED_KIND_BITS = 6.5;

  /** Chunks after others that did not compress are tried below so many bits per byte. */
  private static final double AFTER_FAILURE_BITS = 7.2;

  private final ChunkCodec codec;
  private final CompressionPolicy policy;
  private final CompressionStatistics statistics;

  /** Compresses by one policy; codec and statistics may be shared with others. */
  public Compressor(ChunkCodec codec, CompressionPolicy policy, CompressionStatistics statistics) {
    this.codec = codec;
    this.policy = policy;
    this.statistics = statistics;
  }

  /** By what this decides. */
  public CompressionPolicy policy() {
    return policy;
  }

  /**
   * Compresses one chunk, or says that it is to be stored as it is.
   *
   * @param fileOffset where in its file the chunk begins; only at 0 are magic bytes looked for, so
   *     data that is not the beginning of one file goes by a negative number
   * @param source the chunk; its position and limit stay
   * @param target gets the compressed bytes, and its position moves past them; as much room as the
   *     source has bytes is always enough. With {@link Codec#NONE} the position stays, and what
   *     remains is undefined
   * @param hint the file's; learns from this chunk
   * @param effort how much time it is worth, for the policy {@code auto}; ignored by others
   */
  public Compressed compress(
      long fileOffset, ByteBuffer source, ByteBuffer target, StreamHint hint, Effort effort) {
    int length = source.remaining();
    double bits = ContentSniffer.entropy(source);
    ContentClass content = content(fileOffset, source, bits, hint);
    boolean auto = policy.mode() == CompressionPolicy.Mode.AUTO;
    if (length < SMALLEST || policy.mode() == CompressionPolicy.Mode.NONE) {
      return raw(length, content, false);
    }
    if (auto && content.compressed() && content != ContentClass.RANDOM) { // known by its magic
      if (fileOffset == 0 || bits >= COMPRESSED_KIND_BITS) {
        return raw(length, content, false);
      }
    } else if (auto && looksVain(bits, hint)) {
      return raw(length, ContentClass.RANDOM, false); // whatever the file holds elsewhere
    }
    Codec chosen = auto ? effort.codec() : policy.mode().codec();
    int level = auto ? effort.level() : level(chosen);
    int largest = length - Math.max(1, length / 16);
    ByteBuffer room = target.duplicate();
    room.limit(room.position() + Math.min(room.remaining(), largest));
    int size = codec.compress(chosen, level, source.duplicate(), room);
    if (size < 0) {
      hint.failed();
      return raw(length, content, true);
    }
    hint.succeeded();
    if (content == ContentClass.RANDOM) {
      content = ContentClass.BINARY; // the sample deceived
      hint.learn(content);
    }
    target.position(target.position() + size);
    Compressed result = new Compressed(chosen, level, size);
    statistics.record(content, length, result, true);
    return result;
  }

  /** Whether data stored with a codec was compressed in haste, and can be smaller given time. */
  public boolean wasInHaste(Codec stored) {
    return policy.mode() == CompressionPolicy.Mode.AUTO && stored == Effort.FASTEST.codec();
  }

  private int level(Codec chosen) {
    return policy.level() == 0 ? chosen.defaultLevel() : policy.level();
  }

  private static ContentClass content(
      long fileOffset, ByteBuffer source, double bits, StreamHint hint) {
    Optional<ContentClass> known = hint.content();
    if (known.isPresent() && fileOffset != 0) {
      return known.get();
    }
    ContentClass found =
        fileOffset == 0
            ? ContentSniffer.ofHead(source, bits)
            : ContentSniffer.ofSample(source, bits);
    hint.learn(found);
    return found;
  }

  /** Whether trying data of an unknown kind would most likely be in vain. */
  private static boolean looksVain(double bits, StreamHint hint) {
    if (hint.inIncompressibleRun()) {
      return bits >= AFTER_FAILURE_BITS && !hint.probe();
    }
    if (bits >= ContentSniffer.RANDOM_BITS) {
      hint.failed(); // as good as tried
      return true;
    }
    return false;
  }

  private Compressed raw(int length, ContentClass content, boolean tried) {
    Compressed result = new Compressed(Codec.NONE, 0, length);
    statistics.record(content, length, result, tried);
    return result;
  }
}
