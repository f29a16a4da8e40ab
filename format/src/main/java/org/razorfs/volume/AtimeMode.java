package org.razorfs.volume;

/** When reading changes a file's access time. */
public enum AtimeMode {
  /** When it is older than the last change or than a day. */
  RELATIME,

  /** Never. */
  NOATIME,

  /** At each read. */
  STRICTATIME
}
