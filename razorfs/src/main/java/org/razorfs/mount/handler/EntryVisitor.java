package org.razorfs.mount.handler;

import org.razorfs.volume.Attributes;

/** Gets a directory's entries with their attributes until it has enough. */
@FunctionalInterface
public interface EntryVisitor {
  /**
   * Takes one entry. For each one taken but {@code .} and {@code ..} the caller owes one {@link
   * FileSystemHandler#forget}.
   *
   * @param name its bytes
   * @param attributes of what it refers to
   * @param cookie continues after this entry
   * @return false to stop; the entry counts as not taken then
   */
  boolean entry(byte[] name, Attributes attributes, long cookie);
}
