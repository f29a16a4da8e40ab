package org.razorfs.journal;

import java.io.IOException;
import org.razorfs.device.BlockDevice;
import org.razorfs.fault.CorruptImageException;
import org.razorfs.journal.JournalPlace.Validity;
import org.razorfs.journal.JournalScan.Ending;
import org.razorfs.layout.JournalRecord;
import org.razorfs.layout.Operation;

/**
 * The reading side of the journal, spec §6.4: finds out after a crash which batches count and
 * whether the first that does not was torn or has been damaged. Not thread-safe.
 *
 * <p>Only what is before the first missing record counts. What comes after it decides about the
 * ending: batches that were written without a flush between them may survive in any choice, so a
 * later batch alone proves nothing. But a record that was written when the bad place had already
 * been durable does prove damage.
 */
public final class JournalScanner {
  private final JournalReader reader;
  private final JournalRing ring;
  private final long tail;

  private long durable;
  private long end;
  private long batches;
  private long records;
  private long transactions;
  private long incomplete;
  private long nextTransaction;
  private long nextSequence;
  private JournalPlace evidence;

  // Of the batch that is not closed yet.
  private long openRecords;
  private long openTransactions;
  private long openIncomplete;
  private long openNextTransaction;
  private long openId;
  private long openSize;

  /**
   * A scanner of the records of {@code epoch} from {@code tail} on, both as the superblock says.
   */
  public JournalScanner(BlockDevice device, JournalRing ring, long epoch, long tail) {
    this.reader = new JournalReader(device, ring, epoch);
    this.ring = ring;
    this.tail = tail;
  }

  /**
   * Reads the journal once, up to where it ends, and the rest of the ring when it does not end
   * after a whole lap.
   *
   * @throws CorruptImageException when {@code tail} cannot be one
   * @throws IOException when the device cannot be read
   */
  public JournalScan scan() throws IOException {
    JournalWalker walker = new JournalWalker(reader, tail);
    durable = tail;
    end = tail;
    JournalPlace place = walker.next();
    while (place != null && place.valid()) {
      if (!count(place.header(), walker)) {
        place = place.wrong("a transaction of more than " + Transaction.MAX_SIZE + " bytes");
        break;
      }
      place = walker.next();
    }
    if (place == null) {
      Ending ending = end == walker.position() ? Ending.CLEAN_END : Ending.TORN_TAIL;
      return result(ending, walker.position(), "the ring is full");
    }
    if (place.validity() == Validity.WRONG) {
      evidence = place;
      return result(Ending.CORRUPT, place.lsn(), place.problem());
    }
    boolean torn = place.lsn() != end || place.validity() == Validity.TORN;
    return result(searchBeyond(place.lsn(), walker.limit(), torn), place.lsn(), place.problem());
  }

  /**
   * What a scan finds in the journal of a volume that was closed, spec §7.4: nothing. Reads nothing
   * either, so that opening such a volume takes no time that grows with its journal.
   */
  public JournalScan nothing() {
    durable = tail;
    end = tail;
    return result(Ending.CLEAN_END, tail, "the volume was closed");
  }

  /** The transactions that {@code scan} found to count. */
  public TransactionReader transactions(JournalScan scan) throws CorruptImageException {
    return new TransactionReader(reader, scan.tail(), scan.end());
  }

  /** Counts a record of the open batch; false when it makes its transaction too large. */
  private boolean count(JournalRecord header, JournalWalker walker) {
    durable = Math.max(durable, header.durable());
    openRecords++;
    if (header.operation() == Operation.PAD.code()) {
      return true;
    }
    boolean commit = header.operation() == Operation.COMMIT.code();
    if (openSize > 0 && (commit || header.transaction() != openId)) {
      openIncomplete++;
      openSize = 0;
    }
    if (commit) {
      closeBatch(walker);
      return true;
    }
    openId = header.transaction();
    openSize += header.size();
    if (openSize > Transaction.MAX_SIZE) {
      return false;
    }
    openNextTransaction = Math.max(openNextTransaction, openId + 1);
    if (header.committed()) {
      openTransactions++;
      openSize = 0;
    }
    return true;
  }

  private void closeBatch(JournalWalker walker) {
    batches++;
    records += openRecords;
    transactions += openTransactions;
    incomplete += openIncomplete;
    nextTransaction = Math.max(nextTransaction, openNextTransaction);
    nextSequence = walker.nextSequence();
    end = walker.position();
    openRecords = 0;
    openTransactions = 0;
    openIncomplete = 0;
  }

  /**
   * Looks at every later place where a batch may start, whether a record of this journal lies there
   * and what it knows about {@code bad}.
   */
  private Ending searchBeyond(long bad, long limit, boolean torn) throws IOException {
    Ending ending = torn ? Ending.TORN_TAIL : Ending.CLEAN_END;
    // Batches do not overlap, so whole ones need no more than one ring of work. Claims that overlap
    // are forged; their sizes must not make this quadratic.
    long work = ring.length();
    long step = JournalRecord.BATCH_ALIGNMENT;
    for (long lsn = (bad & -step) + step; lsn < limit; lsn += step) {
      int size = reader.claimedSize(lsn);
      if (size < 0) {
        continue;
      }
      ending = Ending.TORN_TAIL;
      work -= size;
      JournalPlace place = reader.at(lsn);
      boolean knowsBetter = place.valid() && place.header().durable() > bad;
      if (knowsBetter || work < 0) {
        evidence = place;
        return Ending.CORRUPT;
      }
    }
    return ending;
  }

  private JournalScan result(Ending ending, long stoppedAt, String detail) {
    return new JournalScan(
        ending,
        tail,
        end,
        stoppedAt,
        durable,
        batches,
        records,
        transactions,
        incomplete,
        nextTransaction,
        nextSequence,
        evidence,
        detail);
  }
}
