package org.razorfs.mount.devfuse;

/** Notices when requests come one after the other, by looks at their number every millisecond. */
final class Pace {
  /** Requests since the last look that may be one after the other. */
  private static final int BRISK = 2;

  /** Such looks in a row that make it certain. */
  private static final int BRISK_LOOKS = 4;

  /** Other looks in a row that make a pause. */
  private static final int SLACK_LOOKS = 20;

  private final Runnable brisk;
  private final Runnable slack;
  private long before;
  private int looks;
  private boolean isBrisk;

  /**
   * @param brisk run when requests begin to come one after the other
   * @param slack run when they no longer do
   */
  Pace(Runnable brisk, Runnable slack) {
    this.brisk = brisk;
    this.slack = slack;
  }

  /**
   * Looks.
   *
   * @param taken requests so far
   */
  void look(long taken) {
    boolean many = taken - before >= BRISK;
    before = taken;
    looks = many == isBrisk ? 0 : looks + 1;
    if (looks >= (isBrisk ? SLACK_LOOKS : BRISK_LOOKS)) {
      turn();
    }
  }

  /** Takes what comes from now on as after a pause. */
  void rest() {
    if (isBrisk) {
      turn();
    }
  }

  private void turn() {
    isBrisk = !isBrisk;
    looks = 0;
    (isBrisk ? brisk : slack).run();
  }
}
