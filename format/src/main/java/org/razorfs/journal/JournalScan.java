package org.razorfs.journal;

import org.razorfs.fault.CorruptImageException;

/**
 * What a scan of the journal found.
 *
 * @param ending how the journal ends
 * @param tail where the scan began
 * @param end everything before it counts, nothing after it does; where a batch starts
 * @param stoppedAt where the first record was missing or bad; {@code end} or later
 * @param durable everything before it was on stable storage at some time, so replay need not doubt
 *     the data that it describes; {@code tail} or later
 * @param batches batches that count
 * @param records valid records in them, with PAD and COMMIT
 * @param transactions transactions in them that apply
 * @param incomplete transactions in them that do not, because they end without a commit
 * @param nextTransaction one more than the highest transaction id in them, or 0
 * @param nextSequence one more than the sequence of their last record, or 0
 * @param evidence for {@link Ending#CORRUPT} the record that proves it, otherwise null
 * @param detail why the scan stopped, a line for people
 */
public record JournalScan(
    Ending ending,
    long tail,
    long end,
    long stoppedAt,
    long durable,
    long batches,
    long records,
    long transactions,
    long incomplete,
    long nextTransaction,
    long nextSequence,
    JournalPlace evidence,
    String detail) {
  /** How a journal can end. */
  public enum Ending {
    /** After a batch, with nothing of this epoch beyond. */
    CLEAN_END,
    /** In something that a crash left half written; it was never acknowledged. */
    TORN_TAIL,
    /** In a record that had been durable, as a later one proves, or that no writer makes. */
    CORRUPT
  }

  /**
   * Refuses a journal that is corrupt.
   *
   * @throws CorruptImageException when it is
   */
  public void requireSound() throws CorruptImageException {
    if (ending == Ending.CORRUPT) {
      throw new CorruptImageException(
          "journal, lsn " + stoppedAt,
          "a valid record",
          "none: "
              + detail
              + "; "
              + evidence
              + "; run razorfsck, or open it read-only to see what is before");
    }
  }

  /**
   * From where to write on under a new epoch.
   *
   * @param newEpoch one that no record in the ring carries
   * @param superTransaction the superblock's next transaction id
   * @param superSequence the superblock's next sequence
   */
  public JournalOrigin origin(long newEpoch, long superTransaction, long superSequence) {
    return new JournalOrigin(
        newEpoch,
        end,
        Math.max(superTransaction, nextTransaction),
        Math.max(superSequence, nextSequence));
  }
}
