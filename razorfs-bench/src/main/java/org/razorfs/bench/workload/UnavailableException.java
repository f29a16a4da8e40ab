package org.razorfs.bench.workload;

import java.io.IOException;

/** A workload cannot be measured on this machine, whatever the file system. */
public final class UnavailableException extends IOException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message why, and what to do about it
   */
  public UnavailableException(String message) {
    super(message);
  }
}
