package org.razorfs.tx;

/**
 * What data that waits to be stored will need of the trees then, reserved when it is taken in; or
 * what the rest of a change will need that goes in several transactions.
 *
 * @param windows chunk-sized windows of files that have any
 * @param ranges ranges of bytes in them, each of which becomes an extent or more
 * @param units units that they can take; where free space lies in pieces, each can become an extent
 * @param promises extents of promised space
 */
public record Claim(long windows, long ranges, long units, long promises) {
  /** Nothing. */
  public static final Claim NONE = new Claim(0, 0, 0);

  /** A claim for data alone. */
  public Claim(long windows, long ranges, long units) {
    this(windows, ranges, units, 0);
  }

  /** A claim for extents of promised space alone. */
  public static Claim ofPromises(long promises) {
    return new Claim(0, 0, 0, promises);
  }

  /** The inode, and the leaves at both ends of the window's extents. */
  private static final int INODE_PLACES = 3;

  /** An extent's item in a leaf. */
  private static final int EXTENT_BYTES = 64;

  /** What a small file takes where it goes into the tree as a whole. */
  private static final int INLINE_BYTES = 192;

  /** This and {@code other} together. */
  public Claim plus(Claim other) {
    return new Claim(
        windows + other.windows,
        ranges + other.ranges,
        units + other.units,
        promises + other.promises);
  }

  /** What of this is not in {@code other}. */
  public Claim minus(Claim other) {
    return new Claim(
        windows - other.windows,
        ranges - other.ranges,
        units - other.units,
        promises - other.promises);
  }

  /** Whether nothing is claimed. */
  public boolean isNone() {
    return (windows | ranges | units | promises) == 0;
  }

  /** A range can split what it replaces at both ends, which then become shared chunks. */
  Footprint footprint() {
    return Footprint.builder()
        .inodes(
            windows * INODE_PLACES + promises,
            windows + 2 * ranges + promises,
            windows * INLINE_BYTES + (2 * ranges + units + promises) * EXTENT_BYTES)
        .chunks(windows + 2 * ranges, windows + 2 * ranges, windows * 160 + ranges * 96)
        .runs(windows + 2 * ranges)
        .build();
  }
}
