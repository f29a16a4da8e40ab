package org.razorfs.volume;

/**
 * Who uses inodes beside those that {@link Volume#retain} them, and counts for itself because it
 * uses very many: a kernel that has looked them up.
 */
@FunctionalInterface
public interface InodeUsers {
  /** Nobody. */
  InodeUsers NONE = inode -> false;

  /**
   * Whether the inode is in use, so that it has to stay when it loses its last name. Whoever stops
   * using one tells {@link Volume#unused} afterwards.
   */
  boolean use(long inode);
}
