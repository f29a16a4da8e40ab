package org.razorfs.volume;

/** What a rename does when the new name exists. */
public enum RenameMode {
  /** Replaces what has the new name, as rename(2). */
  REPLACE,

  /** Refuses when the new name exists. */
  NO_REPLACE,

  /** Exchanges the two names; both must exist. */
  EXCHANGE,

  /** Replaces, and leaves a whiteout (character device 0/0) under the old name. */
  WHITEOUT
}
