package org.razorfs.volume;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.razorfs.extent.ExtentEditor;
import org.razorfs.layout.InodeRecord;
import org.razorfs.layout.Operation;
import org.razorfs.tx.Transaction;
import org.razorfs.tx.Transactions;

/**
 * The one transaction with which compaction puts what it has written in the place of what was
 * there; under the write locks of the files.
 */
final class Replacement {
  private final Transactions transactions;
  private final Transaction transaction;
  private final Map<InodeHandle, InodeRecord> records = new HashMap<>();

  /**
   * @param inode one of the files
   * @param reserved bytes for which room was reserved
   */
  Replacement(Transactions transactions, long inode, int reserved) {
    this.transactions = transactions;
    this.transaction = transactions.begin(Operation.COMPACT, inode);
    transaction.settles(DataRoom.worstClaim(reserved));
  }

  Transaction transaction() {
    return transaction;
  }

  /** The extents of a file up to an offset, to be edited. */
  ExtentEditor edit(InodeHandle file, long from, long to) throws IOException {
    return new ExtentEditor(transactions.metadata(), transaction, file.number(), from, to);
  }

  /** A file's extents are edited. */
  void finish(InodeHandle file, ExtentEditor extents) throws IOException {
    InodeRecord before = file.record();
    InodeRecord after = before.edit().units(before.units() + extents.finish()).done();
    transaction.touchInode(file.number(), before, after);
    records.put(file, after);
  }

  /**
   * Commits.
   *
   * @param givenBack run where that fails: the space of what was written is free again
   */
  void commit(Runnable givenBack) throws IOException {
    boolean done = false;
    try {
      transactions.commit(transaction);
      done = true;
    } finally {
      if (!done) {
        givenBack.run();
      }
    }
    records.forEach(InodeHandle::record);
  }
}
