package org.razorfs.compress;

import java.util.Locale;
import java.util.Optional;

/**
 * What the user wants of compression: to choose by content, or one codec for everything.
 *
 * @param mode by content, or which codec
 * @param level the codec's level; 0 for its default, and always 0 for modes without levels
 */
public record CompressionPolicy(Mode mode, int level) {

  /** The choices; the ids are stored in the superblock. */
  public enum Mode {
    /** Nothing is compressed. */
    NONE(0, Codec.NONE),
    /** Everything with Zstandard. */
    ZSTD(1, Codec.ZSTD),
    /** Everything with LZ4. */
    LZ4(2, Codec.LZ4),
    /** Everything with zlib. */
    ZLIB(3, Codec.ZLIB),
    /** What compresses with Zstandard, the rest not at all; see {@link Compressor}. */
    AUTO(255, Codec.ZSTD);

    private final int id;
    private final Codec codec;

    Mode(int id, Codec codec) {
      this.id = id;
      this.codec = codec;
    }

    /** The number that stands for this mode in the image; that of the codec, if it is but one. */
    public int id() {
      return id;
    }

    /** The codec for everything; for {@link #AUTO} the one most used. */
    public Codec codec() {
      return codec;
    }

    private boolean takesLevel() {
      return this != AUTO && codec.hasLevels();
    }
  }

  /** By content. */
  public static final CompressionPolicy AUTO = new CompressionPolicy(Mode.AUTO, 0);

  /** Not at all. */
  public static final CompressionPolicy NONE = new CompressionPolicy(Mode.NONE, 0);

  /** Checks that the mode has such a level. */
  public CompressionPolicy {
    if (level != 0 && !mode.takesLevel()) {
      throw new IllegalArgumentException("compression '" + name(mode) + "' takes no level");
    }
    if (level != 0 && (level < mode.codec().lowestLevel() || level > mode.codec().highestLevel())) {
      throw new IllegalArgumentException(badLevel(mode, Integer.toString(level)));
    }
  }

  /**
   * Parses {@code auto}, {@code zstd[:level]}, {@code lz4}, {@code zlib[:level]} or {@code none},
   * in any case.
   *
   * @throws IllegalArgumentException with a message for the user
   */
  public static CompressionPolicy parse(String text) {
    int colon = text.indexOf(':');
    String name = (colon < 0 ? text : text.substring(0, colon)).toLowerCase(Locale.ROOT);
    for (Mode mode : Mode.values()) {
      if (name(mode).equals(name)) {
        return new CompressionPolicy(
            mode, colon < 0 ? 0 : parseLevel(mode, text.substring(colon + 1)));
      }
    }
    throw new IllegalArgumentException(
        "unknown compression '" + text + "'; use auto, zstd[:1-22], lz4, zlib[:1-9] or none");
  }

  private static int parseLevel(Mode mode, String text) {
    if (!mode.takesLevel()) {
      throw new IllegalArgumentException("compression '" + name(mode) + "' takes no level");
    }
    try {
      int level = Integer.parseInt(text);
      if (level != 0) { // which inside means the default
        return level;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw new IllegalArgumentException(badLevel(mode, text));
  }

  private static String badLevel(Mode mode, String level) {
    return String.format(
        "compression level '%s' for %s is not a number from %d to %d",
        level, name(mode), mode.codec().lowestLevel(), mode.codec().highestLevel());
  }

  private static String name(Mode mode) {
    return mode.name().toLowerCase(Locale.ROOT);
  }

  /** The policy stored as these two numbers; empty when they mean nothing. */
  public static Optional<CompressionPolicy> ofIds(int modeId, int level) {
    for (Mode mode : Mode.values()) {
      if (mode.id() == modeId) {
        try {
          return Optional.of(new CompressionPolicy(mode, level));
        } catch (IllegalArgumentException e) {
          return Optional.empty();
        }
      }
    }
    return Optional.empty();
  }

  /** As {@link #parse} reads it. */
  @Override
  public String toString() {
    return level == 0 ? name(mode) : name(mode) + ":" + level;
  }
}
