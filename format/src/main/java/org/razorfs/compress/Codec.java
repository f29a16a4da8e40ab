package org.razorfs.compress;

import java.util.Optional;

/** How the stored bytes of a chunk are compressed; the ids are part of the format. */
public enum Codec {
  /** As they are. */
  NONE(0, "none", 0, 0, 0),
  /** One Zstandard frame (RFC 8878), without checksum. */
  ZSTD(1, "zstd", 1, 3, 22),
  /** One LZ4 block, without frame or length. */
  LZ4(2, "lz4", 0, 0, 0),
  /** One zlib stream (RFC 1950). */
  ZLIB(3, "zlib", 1, 6, 9);

  private static final Codec[] BY_ID = values();

  private final int id;
  private final String label;
  private final int lowestLevel;
  private final int defaultLevel;
  private final int highestLevel;
  private final Optional<Codec> present = Optional.of(this);

  Codec(int id, String label, int lowestLevel, int defaultLevel, int highestLevel) {
    this.id = id;
    this.label = label;
    this.lowestLevel = lowestLevel;
    this.defaultLevel = defaultLevel;
    this.highestLevel = highestLevel;
  }

  /** The number that stands for this codec in the image. */
  public int id() {
    return id;
  }

  /** The name for options and output, lower case. */
  public String label() {
    return label;
  }

  /** Whether one can choose a level at all. */
  public boolean hasLevels() {
    return highestLevel > 0;
  }

  /** The level that is fastest; 0 for a codec without levels. */
  public int lowestLevel() {
    return lowestLevel;
  }

  /** The level used when none is asked for; 0 for a codec without levels. */
  public int defaultLevel() {
    return defaultLevel;
  }

  /** The level that compresses best; 0 for a codec without levels. */
  public int highestLevel() {
    return highestLevel;
  }

  /** The codec of an id read from an image; empty when there is none. */
  public static Optional<Codec> ofId(int id) {
    return id >= 0 && id < BY_ID.length ? BY_ID[id].present : Optional.empty();
  }
}
