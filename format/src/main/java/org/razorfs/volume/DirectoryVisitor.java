package org.razorfs.volume;

/** Gets a directory's entries until it has enough. */
@FunctionalInterface
public interface DirectoryVisitor {
  /**
   * Takes one entry.
   *
   * @param name its bytes, not to be changed
   * @param inode what it refers to
   * @param type the file type, as {@link org.razorfs.layout.FileType#code}
   * @param cookie continues a listing after this entry; positive, and the same for as long as the
   *     entry exists
   * @return false to stop; the entry counts as not taken then
   */
  boolean entry(byte[] name, long inode, int type, long cookie);
}
