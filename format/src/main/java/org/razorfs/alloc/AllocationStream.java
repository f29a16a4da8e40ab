package org.razorfs.alloc;

/** A sequence of allocations that should lie together; each continues where its last one ended. */
public enum AllocationStream {
  /** Chunks of file data. */
  DATA,
  /** Runs for the node pool. */
  NODE
}
