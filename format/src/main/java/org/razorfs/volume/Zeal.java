package org.razorfs.volume;

/** How much compaction takes on. */
enum Zeal {
  /**
   * What pays for itself soon: the space or the extents that go are worth more than the writing.
   */
  MODEST(4, 50),
  /** Whatever gets smaller, for somebody who asked for it. */
  THOROUGH(1, 75);

  private final int extents;
  private final int livePercent;

  Zeal(int extents, int livePercent) {
    this.extents = extents;
    this.livePercent = livePercent;
  }

  /** Whether so many extents fewer in a window are worth rewriting it. */
  boolean saves(int fewer) {
    return fewer >= extents;
  }

  /** Whether chunks with so few bytes in use are worth rewriting. */
  boolean isDead(long live, long logical) {
    return live * 100 <= logical * livePercent;
  }

  /** The extents of a window that is worth a look. */
  int leastExtents() {
    return extents + 1;
  }
}
