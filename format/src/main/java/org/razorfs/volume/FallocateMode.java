package org.razorfs.volume;

/** What fallocate does with a range. */
public enum FallocateMode {
  /** Promises space and extends the file over the range. */
  ALLOCATE,

  /** Promises space and leaves the size. */
  KEEP_SIZE,

  /** Takes the data out; the size stays. */
  PUNCH_HOLE,

  /** Takes the data out, promises space, extends the file. */
  ZERO_RANGE,

  /** The same without extending the file. */
  ZERO_RANGE_KEEP_SIZE
}
