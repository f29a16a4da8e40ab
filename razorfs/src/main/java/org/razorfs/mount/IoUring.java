package org.razorfs.mount;

/** Whether requests are to be taken through io_uring, which FUSE can since Linux 6.14. */
public enum IoUring {
  /** Where the kernel offers it. */
  AUTO,
  /** Or else there shall be no mount; root turns the kernel's offer on while it mounts. */
  ON,
  /** In no case. */
  OFF
}
