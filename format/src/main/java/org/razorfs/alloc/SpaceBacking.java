package org.razorfs.alloc;

import java.io.IOException;

/**
 * Sees to it that the host has the space of what is set aside in the volume, and is told where that
 * is free again.
 */
public interface SpaceBacking extends FreeRunVisitor {
  /** For volumes whose space is all there. */
  SpaceBacking NONE =
      new SpaceBacking() {
        @Override
        public boolean allocate(long position, long length) {
          return true;
        }

        @Override
        public void free(long address, long length) {}
      };

  /**
   * Has the host set aside the space of a range.
   *
   * @return false where it has none
   */
  boolean allocate(long position, long length) throws IOException;
}
