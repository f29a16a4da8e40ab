package org.razorfs.layout;

/**
 * Feature bits, spec §4.5. Version 1 defines none; three incompatible ones are reserved by name for
 * what the format leaves room for.
 */
public final class Features {
  /** Several roots that share nodes and chunks. Reserved. */
  public static final long SNAPSHOTS = 1;

  /** Chunks found by their content. Reserved. */
  public static final long DEDUP = 2;

  /** Chunks and values that are encrypted. Reserved. */
  public static final long ENCRYPTION = 4;

  /** The compat bits that this software knows. */
  public static final long KNOWN_COMPAT = 0;

  /** The ro_compat bits that this software knows. */
  public static final long KNOWN_RO_COMPAT = 0;

  /** The incompat bits that this software knows. */
  public static final long KNOWN_INCOMPAT = 0;

  private Features() {}

  /** Whether a volume with these bits may be read at all. */
  public static boolean canRead(Superblock.Identity identity) {
    return (identity.incompat() & ~KNOWN_INCOMPAT) == 0;
  }

  /** Whether a volume with these bits may be written. */
  public static boolean canWrite(Superblock.Identity identity) {
    return canRead(identity) && (identity.roCompat() & ~KNOWN_RO_COMPAT) == 0;
  }
}
