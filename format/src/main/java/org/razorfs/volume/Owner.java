package org.razorfs.volume;

/**
 * The owner of a new inode; in a setgid directory the group is the directory's.
 *
 * @param uid the user
 * @param gid the group
 */
public record Owner(int uid, int gid) {
  /** The superuser and its group. */
  public static final Owner ROOT = new Owner(0, 0);
}
