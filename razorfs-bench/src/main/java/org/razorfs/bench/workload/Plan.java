package org.razorfs.bench.workload;

/**
 * How much of everything is done.
 *
 * @param name {@code full} or {@code quick}
 * @param emptyFiles that are created, looked at and removed
 * @param blockFileBytes the file in which blocks of 4 KiB are read and written
 * @param blockReads random reads, by each of two jobs
 * @param blockWrites random writes with one fsync at the end
 * @param syncWrites random writes with an fsync each
 * @param transactions of one row in SQLite
 * @param sourceFiles that are compiled
 * @param smallFiles that are written and fsynced one by one
 * @param mixedSeconds how long readers run beside a writer
 * @param generatedFiles of the tree that is made when none is given
 * @param generatedFileBytes the large file beside it
 */
public record Plan(
    String name,
    int emptyFiles,
    long blockFileBytes,
    int blockReads,
    int blockWrites,
    int syncWrites,
    int transactions,
    int sourceFiles,
    int smallFiles,
    double mixedSeconds,
    int generatedFiles,
    long generatedFileBytes) {

  /** The amounts of published figures. */
  public static Plan full() {
    return new Plan(
        "full",
        10_000,
        256L << 20,
        32_768,
        16_384,
        2_000,
        1_000,
        1_000,
        1_000,
        5,
        5_000,
        112_750_000);
  }

  /** A few seconds in all, to see that everything works. */
  public static Plan quick() {
    return new Plan("quick", 200, 2L << 20, 256, 128, 20, 20, 20, 20, 0.2, 120, 1_000_000);
  }
}
