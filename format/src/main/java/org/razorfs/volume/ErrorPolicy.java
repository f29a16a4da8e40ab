package org.razorfs.volume;

/** What the volume does after an I/O error or damage. */
public enum ErrorPolicy {
  /** Turns read-only. */
  REMOUNT_RO,

  /** Reports the error and goes on where that loses nothing. */
  CONTINUE,

  /** Shuts down at once, as after a crash. */
  ABORT
}
