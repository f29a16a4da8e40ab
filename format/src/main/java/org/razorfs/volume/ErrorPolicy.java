package org.razorfs.volume;

/**
 * What the volume does when storing has failed, so that it can't be changed any more. Damage met
 * while reading is an error of that call alone under every policy.
 */
public enum ErrorPolicy {
  /** Can be read on, and not be changed. */
  REMOUNT_RO,

  /** Refuses everything from then on, as after a crash. */
  ABORT
}
