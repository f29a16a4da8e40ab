package org.razorfs.compress;

import java.util.Locale;

/** What kind of data a file holds, as far as compression and its statistics care. */
public enum ContentClass {
  /** Characters, in UTF-8 or a relative of ASCII: sources, logs, markup. */
  TEXT(false),
  /** Programs and libraries in machine or byte code. */
  EXECUTABLE(false),
  /** Anything else that does not look compressed. */
  BINARY(false),
  /** Compressed pictures. */
  IMAGE(true),
  /** Compressed sound and film. */
  MEDIA(true),
  /** Compressed archives and packages. */
  ARCHIVE(true),
  /** Other compressed or encrypted streams, known by their magic bytes. */
  COMPRESSED(true),
  /** Unknown data whose bytes are spread as evenly as in compressed or encrypted data. */
  RANDOM(true);

  private final boolean compressed;

  ContentClass(boolean compressed) {
    this.compressed = compressed;
  }

  /** Whether compressing it once more is a waste. */
  public boolean compressed() {
    return compressed;
  }

  /** The name in output, lower case. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
