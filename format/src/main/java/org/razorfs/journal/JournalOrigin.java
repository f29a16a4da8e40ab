package org.razorfs.journal;

/**
 * From where a journal is continued: what the superblock says, advanced by what a scan found.
 *
 * @param epoch what every record will carry; no record in the ring at or after {@code lsn} may
 *     carry it already
 * @param lsn the position of the next batch, a multiple of 512; everything before it may be
 *     overwritten
 * @param transaction the next transaction's id
 * @param sequence the next record's sequence
 */
public record JournalOrigin(long epoch, long lsn, long transaction, long sequence) {
  /** Refuses a position at which no batch can start. */
  public JournalOrigin {
    if (lsn < 0 || lsn > JournalRing.MAX_LSN || !JournalRing.isBatchStart(lsn)) {
      throw new IllegalArgumentException("no batch starts at lsn " + lsn);
    }
  }
}
