package org.razorfs.check;

/**
 * How to check an image.
 *
 * @param verifyData read and decompress every chunk of file data; most of the time that a check
 *     takes goes into this
 * @param maxFindings findings kept of each problem; the others are only counted
 * @param cacheBytes the limit of the cache of tree nodes, which are visited up to three times
 */
public record CheckOptions(boolean verifyData, int maxFindings, long cacheBytes) {
  private static final int MAX_FINDINGS = 100;
  private static final long CACHE_BYTES = 32L << 20;

  public CheckOptions {
    if (maxFindings < 1 || cacheBytes < 0) {
      throw new IllegalArgumentException(maxFindings + " findings, cache of " + cacheBytes);
    }
  }

  /** Everything, file data included. */
  public static CheckOptions full() {
    return new CheckOptions(true, MAX_FINDINGS, CACHE_BYTES);
  }

  /** Everything but the content of files. */
  public static CheckOptions metadataOnly() {
    return new CheckOptions(false, MAX_FINDINGS, CACHE_BYTES);
  }
}
