package org.razorfs.alloc;

import org.razorfs.fault.FsException;

/** A hook by which a test lets the k-th request for space fail. */
@FunctionalInterface
public interface AllocationFault {
  /** Lets every request pass. */
  AllocationFault NONE = ordinal -> {};

  /**
   * Called before anything changes, by every {@code reserve}, {@code reserveNodes}, {@code
   * allocate} and {@code allocateUpTo}. Not by {@code takeNode}, whose space is in the pool
   * already.
   *
   * @param ordinal 0 for the first request of this allocator, then one more each time
   * @throws FsException to let the request fail, usually {@code NO_SPACE}
   */
  void check(long ordinal) throws FsException;
}
