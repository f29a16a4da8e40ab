package org.razorfs.compress;

/** How much time a chunk is worth when the policy is {@code auto}. */
public enum Effort {
  /** As fast as memory: LZ4, for a writer that compression would hold up. */
  FASTEST(Codec.LZ4, 0),
  /** Zstandard 1: logs and streams. */
  FAST(Codec.ZSTD, 1),
  /** Zstandard 3. */
  NORMAL(Codec.ZSTD, 3),
  /** Zstandard 9: cold data, rewritten in the background. */
  HIGH(Codec.ZSTD, 9);

  private final Codec codec;
  private final int level;

  Effort(Codec codec, int level) {
    this.codec = codec;
    this.level = level;
  }

  Codec codec() {
    return codec;
  }

  int level() {
    return level;
  }
}
