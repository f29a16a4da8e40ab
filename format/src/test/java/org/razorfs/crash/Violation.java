package org.razorfs.crash;

/**
 * A promise that a crash broke.
 *
 * @param workload the history
 * @param point where it crashed; a crash within the recovery adds another point
 * @param message what was wrong
 */
record Violation(String workload, String point, String message) {
  @Override
  public String toString() {
    return message.substring(0, Math.min(message.length(), 1500))
        + "\n    reproduce: -Drazorfs.crash.replay="
        + workload
        + "@"
        + point;
  }
}
