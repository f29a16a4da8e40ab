package org.razorfs.bench.result;

/**
 * Something that was not measured.
 *
 * @param workload its name, or null when nothing was measured on the file system
 * @param target the file system's name
 * @param reason why, and what to do about it
 * @param failed whether it was tried and went wrong
 */
public record Skipped(String workload, String target, String reason, boolean failed) {
  /** On one line. */
  @Override
  public String toString() {
    String what = workload == null ? target : target + ", " + workload;
    return what + (failed ? ": failed: " : ": not measured: ") + reason;
  }
}
