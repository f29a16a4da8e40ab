package org.razorfs.alloc;

import java.io.IOException;

/** Where the allocator reads what the last checkpoint recorded of a segment. */
@FunctionalInterface
public interface SegmentSource {
  /**
   * The bitmap of a segment as the newest published checkpoint has it. Called by several threads
   * for different segments at once, never twice at a time for the same one; that segment's lock is
   * held meanwhile, so the implementation must not call the allocator.
   *
   * <p>A source may turn to a new checkpoint at any time before {@link Allocator#published} is
   * called for it, and must have done so by then.
   *
   * @param segment the segment's number: address divided by the segment size
   * @return one bit a unit, set where it is used, which the allocator then owns; null when the
   *     whole segment is free
   */
  long[] load(long segment) throws IOException;
}
