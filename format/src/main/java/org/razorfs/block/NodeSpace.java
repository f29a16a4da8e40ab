package org.razorfs.block;

import java.io.IOException;

/** Where new nodes may lie: the view that {@link NodeWriter} has of the allocator. */
@FunctionalInterface
public interface NodeSpace {
  /**
   * The address of a free range that nothing on the device refers to.
   *
   * @param length bytes, a multiple of {@link org.razorfs.layout.Geometry#UNIT}
   * @return a byte offset in the image, a multiple of the unit. Addresses that follow one another
   *     make long writes
   * @throws IOException with fault NO_SPACE where there is no such range
   */
  long allocate(int length) throws IOException;
}
