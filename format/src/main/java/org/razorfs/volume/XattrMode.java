package org.razorfs.volume;

/** Whether an attribute may or must exist when it is set. */
public enum XattrMode {
  /** Creates or replaces. */
  SET,

  /** Fails when it exists. */
  CREATE,

  /** Fails when it does not exist. */
  REPLACE
}
