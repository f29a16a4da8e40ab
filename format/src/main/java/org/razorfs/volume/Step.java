package org.razorfs.volume;

/** What came of a step of compaction. */
enum Step {
  /** Something was rewritten. */
  DONE,
  /** There was nothing to gain, or a writer was faster. */
  NOTHING,
  /** There is no room to rewrite anything, or somebody else needs it. */
  NO_ROOM
}
