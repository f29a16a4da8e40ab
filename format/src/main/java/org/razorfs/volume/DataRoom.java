package org.razorfs.volume;

import java.io.IOException;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.layout.Geometry;
import org.razorfs.tx.Claim;
import org.razorfs.tx.Transaction;
import org.razorfs.tx.Transactions;

/** Reservations of the space and the metadata that storing data can take at most. */
final class DataRoom {
  private final Transactions transactions;

  DataRoom(Transactions transactions) {
    this.transactions = transactions;
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
   */
  void promise(Transaction transaction, long units) throws IOException {
    if (units < 0) {
      transaction.atCommit(() -> transactions.allocator().unreserve(-units));
    } else if (units > 0) {
      if (!transactions.allocator().reserve(units, true)) {
        throw FsException.of(Fault.NO_SPACE, "no space to promise");
      }
      boolean[] kept = {false};
      transaction.atCommit(() -> kept[0] = true);
      transaction.atEnd(
          () -> {
            if (!kept[0]) {
              transactions.allocator().unreserve(units);
            }
          });
    }
  }
}
