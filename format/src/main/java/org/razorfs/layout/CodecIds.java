package org.razorfs.layout;

/** The codec numbers of chunk extents (spec §5.5) and of a superblock's policy (§4.1). */
public final class CodecIds {
  /** Stored as it is. */
  public static final int NONE = 0;

  /** One Zstandard frame. */
  public static final int ZSTD = 1;

  /** One LZ4 block. */
  public static final int LZ4 = 2;

  /** One zlib stream. */
  public static final int ZLIB = 3;

  /** Only as a policy: the writer chooses by content. */
  public static final int AUTO = 255;

  private static final int ZSTD_LEVELS = 22;
  private static final int ZLIB_LEVELS = 9;

  private CodecIds() {}

  /** Whether a chunk can have this codec. */
  public static boolean isCodec(int id) {
    return id >= NONE && id <= ZLIB;
  }

  /** Whether a superblock can have this policy, with level 0 for the codec's default. */
  public static boolean isPolicy(int id, int level) {
    return switch (id) {
      case NONE, LZ4, AUTO -> level == 0;
      case ZSTD -> level >= 0 && level <= ZSTD_LEVELS;
      case ZLIB -> level >= 0 && level <= ZLIB_LEVELS;
      default -> false;
    };
  }
}
