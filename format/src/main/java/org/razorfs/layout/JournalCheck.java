package org.razorfs.layout;

import java.util.ArrayList;
import java.util.List;
import org.razorfs.fault.CorruptImageException;
import org.razorfs.wire.ByteSource;

/** Judges one sealed journal record and its payloads: INV-JRN-2 to INV-JRN-4, -7, -8 and -9. */
public final class JournalCheck {
  private JournalCheck() {}

  /**
   * Judges a header.
   *
   * @param lsn where the record was met
   * @param epoch the superblock's
   * @param ringLength the bytes of the ring
   */
  public static List<Violation> header(
      JournalRecord record, long lsn, long epoch, long ringLength) {
    Findings findings = new Findings("journal record at lsn " + lsn);
    findings.expect(record.lsn() == lsn, Invariant.JRN_2, "lsn " + lsn, record.lsn());
    findings.expect(record.epoch() == epoch, Invariant.JRN_2, "epoch " + epoch, record.epoch());
    long inRing = Long.remainderUnsigned(lsn, ringLength);
    long end = inRing + record.size();
    findings.expect(
        lsn % 8 == 0 && end <= ringLength,
        Invariant.JRN_3,
        "an aligned record that ends at " + ringLength + " at most",
        end);
    findings.expect(
        record.durable() >= 0 && record.durable() <= lsn,
        Invariant.JRN_7,
        "a durable lsn up to " + lsn,
        record.durable());
    try {
      filler(findings, record, Operation.of(record.operation(), "record"), end, ringLength);
    } catch (CorruptImageException e) {
      findings.decoding(Invariant.JRN_4, e);
    }
    return findings.list();
  }

  private static void filler(
      Findings findings, JournalRecord record, Operation operation, long end, long ringLength) {
    boolean isFiller = operation == Operation.COMMIT || operation == Operation.PAD;
    if (!isFiller) {
      findings.expect(
          record.transaction() > 0, Invariant.JRN_6, "a transaction", record.transaction());
      return;
    }
    findings.expect(
        record.transaction() == 0
            && record.inode() == 0
            && record.committed() == (operation == Operation.COMMIT),
        Invariant.JRN_9,
        "a " + operation + " of no transaction and inode",
        record);
    findings.expect(
        operation == Operation.PAD ? end == ringLength : end % JournalRecord.BATCH_ALIGNMENT == 0,
        Invariant.JRN_9,
        "a " + operation + " that ends where it must",
        end);
  }

  /** Judges one payload of a record that is neither COMMIT nor PAD: INV-JRN-8. */
  public static List<Violation> payload(
      byte[] bytes, int from, int length, long lsn, VolumeBounds bounds) {
    String location = "payload of the journal record at lsn " + lsn;
    List<Violation> found = new ArrayList<>();
    ByteSource source = new ByteSource(bytes, from, length, location);
    try {
      while (source.remaining() > 0) {
        found.addAll(MutationCheck.check(Mutation.decode(source), location, bounds));
      }
    } catch (CorruptImageException e) {
      found.add(new Violation(Invariant.JRN_8, location, e.expected(), e.actual()));
    }
    return found;
  }
}
