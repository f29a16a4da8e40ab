package org.razorfs.alloc;

import java.io.IOException;

/** Sees to it that the host has the space of what is set aside in the volume. */
@FunctionalInterface
public interface SpaceBacking {
  /** For volumes whose space is all there. */
  SpaceBacking NONE = (position, length) -> true;

  /**
   * Has the host set aside the space of a range.
   *
   * @return false where it has none
   */
  boolean allocate(long position, long length) throws IOException;
}
