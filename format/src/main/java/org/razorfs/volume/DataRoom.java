package org.razorfs.volume;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;
import org.razorfs.layout.Geometry;
import org.razorfs.tx.Claim;
import org.razorfs.tx.Transaction;
import org.razorfs.tx.Transactions;

/** Reservations of the space and the metadata that storing data can take at most. */
final class DataRoom {
  private final Transactions transactions;

  /** Units that files have been promised, which are among those that the allocator has reserved. */
  private final AtomicLong promised = new AtomicLong();

  /** Reserves what files were promised before the volume was opened. */
  DataRoom(Transactions transactions) throws IOException {
    this.transactions = transactions;
    long units = transactions.totals().reservedUnits();
    // Not even what is held back may be short of it, unless the count is wrong.
    if (transactions.allocator().reserve(units, true)) {
      promised.set(units);
    }
  }

  /** The units that {@code length} bytes can take, wherever they lie. */
  static long worstUnits(long length) {
    return Geometry.units(length) + 2 * (length / Geometry.MAX_CHUNK + 2);
  }

  /** The metadata that storing {@code length} bytes can take. */
  static Claim worstClaim(long length) {
    long windows = length / Geometry.MAX_CHUNK + 2;
    return new Claim(windows, windows, worstUnits(length));
  }

  /** Reserves what {@code length} bytes can take; false where there is not enough. */
  boolean tryReserve(long length) throws IOException {
    long units = worstUnits(length);
    if (!transactions.allocator().reserve(units)) {
      return false;
    }
    boolean done = false;
    try {
      done = transactions.expect(worstClaim(length));
      return done;
    } finally {
      if (!done) {
        transactions.allocator().unreserve(units);
      }
    }
  }

  /** Gives back what {@link #tryReserve} took for {@code length} bytes. */
  void unreserve(long length) {
    transactions.allocator().unreserve(worstUnits(length));
    transactions.expected(worstClaim(length));
  }

  /**
   * Lets the allocator know by how many units a transaction changes what is promised to files. An
   * extent of promised space that is split inside a unit counts one more.
   *
   * @param held units that the caller has reserved for this; what is not needed of them is given
   *     back when the transaction commits
   */
  void promise(Transaction transaction, long units, long held) throws IOException {
    long more = units - held;
    if (more > 0) {
      if (!transactions.allocator().reserve(more, true)) {
        throw transactions.host().noSpace("no space to promise");
      }
      boolean[] kept = {false};
      transaction.atCommit(() -> kept[0] = true);
      transaction.atEnd(
          () -> {
            if (!kept[0]) {
              transactions.allocator().unreserve(more);
            }
          });
    }
    if (units != 0 || held != 0) {
      transaction.atCommit(() -> settle(units, held));
    }
  }

  private void settle(long units, long held) {
    long unneeded = Math.max(0, held - Math.max(0, units));
    if (units < 0) {
      // Where the volume's count was too low (INV-SB-15) files have more than is reserved for them.
      long before = promised.getAndUpdate(now -> Math.max(0, now + units));
      unneeded += Math.min(before, -units);
    } else {
      promised.addAndGet(units);
    }
    transactions.allocator().unreserve(unneeded);
  }
}
