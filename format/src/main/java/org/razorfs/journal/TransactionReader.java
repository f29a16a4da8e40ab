package org.razorfs.journal;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.razorfs.fault.CorruptImageException;
import org.razorfs.journal.Transaction.Part;
import org.razorfs.layout.JournalRecord;
import org.razorfs.layout.Operation;

/**
 * Hands out the committed transactions of a scanned journal one by one, oldest first; holds one in
 * memory at a time. Not thread-safe.
 */
public final class TransactionReader {
  private final JournalReader reader;
  private final JournalWalker walker;
  private final long end;
  private final List<Part> parts = new ArrayList<>();
  private JournalRecord firstOfOpen;

  TransactionReader(JournalReader reader, long tail, long end) throws CorruptImageException {
    this.reader = reader;
    this.walker = new JournalWalker(reader, tail);
    this.end = end;
  }

  /**
   * The next transaction, or null after the last.
   *
   * @throws IOException when the device cannot be read, or no longer holds what was scanned
   */
  public Transaction next() throws IOException {
    while (walker.position() < end) {
      JournalPlace place = walker.next();
      if (place == null || !place.valid()) {
        throw new CorruptImageException("journal", "the records that were scanned", "" + place);
      }
      Transaction complete = take(place);
      if (complete != null) {
        return complete;
      }
    }
    return null;
  }

  private Transaction take(JournalPlace place) throws IOException {
    JournalRecord header = place.header();
    if (header.operation() == Operation.PAD.code()) {
      return null;
    }
    // INV-JRN-6: the records of a transaction lie one after another in one batch.
    if (firstOfOpen != null && firstOfOpen.transaction() != header.transaction()) {
      drop();
    }
    if (header.operation() == Operation.COMMIT.code()) {
      drop();
      return null;
    }
    if (firstOfOpen == null) {
      firstOfOpen = header;
    }
    parts.add(new Part(reader.undo(place), reader.redo(place)));
    if (!header.committed()) {
      return null;
    }
    Transaction complete =
        new Transaction(
            firstOfOpen.transaction(),
            firstOfOpen.operation(),
            firstOfOpen.inode(),
            firstOfOpen.lsn(),
            walker.position(),
            List.copyOf(parts));
    drop();
    return complete;
  }

  private void drop() {
    firstOfOpen = null;
    parts.clear();
  }
}
