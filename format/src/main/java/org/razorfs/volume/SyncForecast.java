package org.razorfs.volume;

/**
 * Foresees the fsync of a file that is written in a rhythm, as logs and databases are: so many
 * writes, an fsync, as many writes, an fsync.
 */
final class SyncForecast {
  /** Rounds of the same length before the next is foreseen. */
  private static final int ENOUGH = 3;

  /** Writes since the last fsync. */
  private int writes;

  /** Writes of the last round. */
  private int round;

  /** Rounds of that length in a row. */
  private int rounds;

  /** Notes a write; true when an fsync is what comes next. */
  synchronized boolean written() {
    if (writes < Integer.MAX_VALUE) {
      writes++;
    }
    return rounds >= ENOUGH && writes == round;
  }

  /** Notes an fsync. */
  synchronized void synced() {
    if (writes == 0) {
      return; // Of another process, or to be sure.
    }
    if (writes != round) {
      round = writes;
      rounds = 0;
    }
    if (rounds < ENOUGH) {
      rounds++;
    }
    writes = 0;
  }
}
