package org.razorfs.check;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.razorfs.journal.JournalPlace;
import org.razorfs.journal.JournalReader;
import org.razorfs.journal.JournalRing;
import org.razorfs.journal.JournalScan;
import org.razorfs.journal.JournalScanner;
import org.razorfs.journal.JournalWalker;
import org.razorfs.layout.Invariant;
import org.razorfs.layout.JournalCheck;
import org.razorfs.layout.JournalRecord;
import org.razorfs.layout.Operation;
import org.razorfs.layout.Superblock;
import org.razorfs.layout.Violation;
import org.razorfs.layout.VolumeBounds;

/**
 * Pass 2, spec §6. Checks that the journal ends as a crash or a close leaves it, and every record
 * that counts: its place among the others and each mutation of its payloads. Learns how many
 * transactions there are to replay. Needs the superblock; keeps one record at a time.
 */
final class JournalPass {
  private static final String NAME = "journal";

  private final Subject subject;
  private final Reporter reporter;
  private final VolumeBounds bounds;
  private long durable;
  private long transaction;
  private long open;

  JournalPass(Subject subject) {
    this.subject = subject;
    this.reporter = subject.reporter();
    this.bounds = VolumeBounds.ofJournal(subject.superblock());
  }

  /** What is in the journal, or null where it can't be read. */
  JournalScan run() {
    Superblock superblock = subject.superblock();
    Superblock.Identity identity = superblock.identity();
    JournalRing ring = new JournalRing(identity.journalStart(), identity.journalLength());
    subject.listener().progress(NAME, 0, ring.length());
    try {
      long epoch = superblock.journalEpoch();
      long tail = superblock.journalTail();
      JournalScan scan = new JournalScanner(subject.device(), ring, epoch, tail).scan();
      judge(scan, ring);
      if (scan.end() > tail) {
        JournalReader reader = new JournalReader(subject.device(), ring, epoch);
        records(reader, new JournalWalker(reader, tail), scan.end());
      }
      subject.listener().progress(NAME, ring.length(), ring.length());
      return scan;
    } catch (IOException e) {
      reporter.add(e, Invariant.JRN_1, "journal");
      return null;
    }
  }

  private void judge(JournalScan scan, JournalRing ring) throws IOException {
    Superblock superblock = subject.superblock();
    String location = "journal, lsn " + scan.stoppedAt();
    if (scan.ending() == JournalScan.Ending.CORRUPT) {
      List<Violation> broken = List.of();
      JournalPlace evidence = scan.evidence();
      boolean wrong = evidence.validity() == JournalPlace.Validity.WRONG;
      if (wrong) {
        broken =
            JournalCheck.header(
                evidence.header(), evidence.lsn(), superblock.journalEpoch(), ring.length());
        reporter.addAll(broken);
      }
      if (broken.isEmpty()) {
        Invariant rule =
            !wrong
                ? Invariant.JRN_1
                : isCommittedLegal(evidence) ? Invariant.JRN_5 : Invariant.JRN_4;
        reporter.add(rule, location, scan.detail() + "; " + evidence);
      }
    }
    if (scan.incomplete() > 0) {
      reporter.add(
          Invariant.JRN_6, "journal", scan.incomplete() + " transactions without a commit");
    }
    if (superblock.clean() && scan.transactions() > 0) {
      reporter.add(
          Invariant.JRN_10,
          "journal",
          "the volume was closed, but " + scan.transactions() + " transactions are to be replayed");
    }
  }

  /** What a decoded header does not show any more. */
  private boolean isCommittedLegal(JournalPlace place) throws IOException {
    ByteBuffer committed = ByteBuffer.allocate(1);
    subject.device().read(place.address() + JournalRecord.COMMITTED_AT, committed);
    return (committed.get(0) & ~1) == 0;
  }

  private void records(JournalReader reader, JournalWalker walker, long end) throws IOException {
    Superblock superblock = subject.superblock();
    transaction = superblock.nextTransaction() - 1;
    long tail = superblock.journalTail();
    boolean first = true;
    while (walker.position() < end) {
      JournalPlace place = walker.next();
      if (place == null || !place.valid()) {
        return; // the scan says so
      }
      JournalRecord record = place.header();
      String location = "journal record at lsn " + record.lsn();
      if (first && record.sequence() < superblock.nextSequence()) {
        reporter.add(
            Invariant.JRN_5,
            location,
            "expected a sequence from " + superblock.nextSequence() + ", got " + record.sequence());
      }
      first = false;
      if (record.durable() < durable) {
        reporter.add(
            Invariant.JRN_7, location, record.durable() + " after " + durable + " was durable");
      }
      durable = record.durable();
      if (record.operation() != Operation.COMMIT.code()
          && record.operation() != Operation.PAD.code()) {
        operation(reader, place, location);
      }
      subject.listener().progress(NAME, walker.position() - tail, end - tail);
    }
  }

  private void operation(JournalReader reader, JournalPlace place, String location)
      throws IOException {
    JournalRecord record = place.header();
    if (record.transaction() != open) {
      if (record.transaction() <= transaction) {
        reporter.add(
            Invariant.JRN_6,
            location,
            "expected a transaction above " + transaction + ", got " + record.transaction());
      }
      transaction = Math.max(transaction, record.transaction());
    }
    open = record.committed() ? 0 : record.transaction();
    payload(reader.undo(place), record.lsn());
    payload(reader.redo(place), record.lsn());
  }

  private void payload(byte[] bytes, long lsn) {
    reporter.addAll(JournalCheck.payload(bytes, 0, bytes.length, lsn, bounds));
  }
}
