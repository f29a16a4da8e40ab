package org.razorfs.journal;

import org.razorfs.layout.JournalRecord;

/**
 * What lies where a journal record is looked for.
 *
 * @param lsn the position
 * @param address its address in the image
 * @param validity the verdict
 * @param header what the record says; null for {@link Validity#BLANK}, {@link Validity#TORN} and
 *     {@link Validity#BROKEN}, where nothing it says can be trusted
 * @param problem why it is not valid, as the end of a sentence; empty for a valid record
 */
public record JournalPlace(
    long lsn, long address, Validity validity, JournalRecord header, String problem) {
  /** Verdicts about a place. */
  public enum Validity {
    /** A record of this position and epoch that keeps all rules. */
    VALID,
    /** Nothing that starts like a record. */
    BLANK,
    /** The header names this position and epoch, but the record is not whole. */
    TORN,
    /** It starts like a record, but is not whole, and its header names something else. */
    BROKEN,
    /** A whole record of this epoch that was written for another position: an old lap. */
    OTHER_LAP,
    /** A whole record of another epoch. */
    OTHER_EPOCH,
    /** A whole record of this position and epoch that no writer puts there. */
    WRONG;
  }

  /** Whether a record of this journal's present epoch lies here. */
  public boolean valid() {
    return validity == Validity.VALID;
  }

  /** The same place with a fault that shows only among its neighbours. */
  JournalPlace wrong(String newProblem) {
    return new JournalPlace(lsn, address, Validity.WRONG, header, newProblem);
  }

  @Override
  public String toString() {
    return "journal record at lsn "
        + lsn
        + " (byte "
        + address
        + "): "
        + (valid()
            ? "valid, and written when all before lsn " + header.durable() + " was durable"
            : problem);
  }
}
