package org.razorfs.extent;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.razorfs.layout.ExtentRecord;
import org.razorfs.layout.Geometry;
import org.razorfs.tx.Metadata;
import org.razorfs.tx.Transaction;

/**
 * Changes extents of an inode within a transaction, and keeps the books: references to shared
 * chunks, freed space, totals and the inode's units. It edits a copy of what was loaded; {@link
 * #finish} puts the difference into the transaction. The caller holds the inode's write lock. Not
 * thread-safe.
 */
public final class ExtentEditor {
  private final Metadata metadata;
  private final Transaction transaction;
  private final long inode;
  private final TreeMap<Long, ExtentRecord> before = new TreeMap<>();
  private final TreeMap<Long, ExtentRecord> now = new TreeMap<>();
  private final Map<Long, Loan> loans = new HashMap<>();
  private long reserved;

  /** An extent of another inode whose chunk this one comes to refer to, and from where. */
  private record Loan(long lender, long offset, ExtentRecord.Chunk extent, List<Long> borrowers) {}

  /** How often, and with how many bytes, a chunk is referred to in what was loaded. */
  private static final class Tally {
    final ExtentRecord.Chunk chunk;
    int referencesBefore;
    int references;
    long liveBefore;
    long live;

    Tally(ExtentRecord.Chunk chunk) {
      this.chunk = chunk;
    }
  }

  /** An editor of nothing, before {@link #load}. */
  public ExtentEditor(Metadata metadata, Transaction transaction, long inode) {
    this.metadata = metadata;
    this.transaction = transaction;
    this.inode = inode;
  }

  /** An editor of what overlaps [from, to). */
  public ExtentEditor(Metadata metadata, Transaction transaction, long inode, long from, long to)
      throws IOException {
    this(metadata, transaction, inode);
    load(from, to);
  }

  /**
   * Takes what overlaps [from, to) into what is edited. All that is going to change has to be
   * loaded before the first change.
   */
  public void load(long from, long to) throws IOException {
    metadata.extents(
        inode,
        from,
        (offset, extent) -> {
          if (offset >= to) {
            return false;
          }
          before.put(offset, extent);
          now.put(offset, extent);
          return true;
        });
  }

  /** The units that an extent counts for: those that its bytes would fill uncompressed. */
  public static long units(ExtentRecord extent) {
    return Geometry.units(extent.length());
  }

  /** Takes [from, to) out; what reaches over its ends stays. */
  public void clear(long from, long to) {
    Long at = now.floorKey(from);
    if (at == null || at + now.get(at).length() <= from) {
      at = now.higherKey(from);
    }
    while (at != null && at < to) {
      ExtentRecord whole = now.remove(at);
      long end = at + whole.length();
      if (at < from) {
        now.put(at, whole.slice(0, from - at));
      }
      if (end > to) {
        now.put(to, whole.slice(to - at, end - to));
      }
      at = now.higherKey(at);
    }
  }

  /**
   * Puts an extent where there is none. A chunk that is new or newly shared is the caller's
   * business: its space, its references and its stored bytes are not counted here.
   */
  public void add(long offset, ExtentRecord extent) {
    now.put(offset, extent);
  }

  /**
   * Puts a part of a chunk that an extent of another inode refers to where there is none, and
   * counts the reference. A chunk that was that extent's alone becomes shared. The caller holds the
   * write lock of that inode too.
   *
   * @param from where the other inode's extent starts
   */
  public void borrow(
      long offset, ExtentRecord.Chunk part, long lender, long from, ExtentRecord.Chunk extent) {
    now.put(offset, part.shared(true));
    loans
        .computeIfAbsent(key(extent), key -> new Loan(lender, from, extent, new ArrayList<>(1)))
        .borrowers
        .add(offset);
  }

  /** The extents as edited, by offset; not to be changed. */
  public Map<Long, ExtentRecord> extents() {
    return now;
  }

  /** By how many units the space promised to the file grew; known after {@link #finish}. */
  public long reservedUnits() {
    return reserved;
  }

  /** Puts the changes into the transaction, and returns by how many units the inode grew. */
  public long finish() {
    Map<Long, Tally> tallies = new LinkedHashMap<>();
    before.values().forEach(extent -> count(tallies, extent, true));
    now.values().forEach(extent -> count(tallies, extent, false));
    long stored = 0;
    for (Tally tally : tallies.values()) {
      stored += settle(tally);
    }
    long units = 0;
    long logical = 0;
    for (Map.Entry<Long, ExtentRecord> entry : before.entrySet()) {
      ExtentRecord old = entry.getValue();
      ExtentRecord current = now.get(entry.getKey());
      if (current == null) {
        transaction.removeExtent(inode, entry.getKey(), old);
      } else if (current != old && !current.equals(old)) {
        transaction.replaceExtent(inode, entry.getKey(), old, current);
      }
      units -= units(old);
      logical -= logical(old);
      reserved -= promised(old);
    }
    for (Map.Entry<Long, ExtentRecord> entry : now.entrySet()) {
      ExtentRecord current = entry.getValue();
      if (!before.containsKey(entry.getKey())) {
        transaction.addExtent(inode, entry.getKey(), current);
      }
      units += units(current);
      logical += logical(current);
      reserved += promised(current);
    }
    transaction.totals(reserved, logical, stored);
    return units;
  }

  private static void count(Map<Long, Tally> tallies, ExtentRecord extent, boolean old) {
    if (extent instanceof ExtentRecord.Chunk chunk) {
      Tally tally = tallies.computeIfAbsent(key(chunk), a -> new Tally(chunk));
      if (old) {
        tally.referencesBefore++;
        tally.liveBefore += chunk.length();
      } else {
        tally.references++;
        tally.live += chunk.length();
      }
    }
  }

  /** Addresses have so many low bits in common that they would all collide. */
  private static long key(ExtentRecord.Chunk chunk) {
    return chunk.address() / Geometry.UNIT;
  }

  /**
   * Accounts for one chunk that was referred to before, or is borrowed; returns the change of
   * stored bytes.
   */
  private long settle(Tally tally) {
    ExtentRecord.Chunk chunk = tally.chunk;
    Loan loan = loans.get(key(chunk));
    if (loan != null && !loan.extent.shared()) {
      share(tally, loan);
      return 0;
    }
    if (tally.referencesBefore == 0 && loan == null) {
      return 0;
    }
    if (chunk.shared()) {
      int change = tally.references - tally.referencesBefore;
      if (change != 0 || tally.live != tally.liveBefore) {
        transaction.shareChunk(
            chunk.address(),
            chunk.stored(),
            change,
            tally.live - tally.liveBefore,
            change > 0 && loan != null ? owners(loan) : new long[0]);
      }
      return 0;
    }
    if (tally.references == 0) {
      transaction.release(chunk.address(), (int) Geometry.roundUp(chunk.stored()));
      return -chunk.stored();
    }
    if (tally.references > 1) {
      transaction.referChunk(chunk.address(), chunk.stored(), tally.references, tally.live);
      now.replaceAll(
          (offset, extent) ->
              extent instanceof ExtentRecord.Chunk piece && piece.address() == chunk.address()
                  ? piece.shared(true)
                  : extent);
    }
    return 0;
  }

  /** Has the chunk counted from now on, which nobody but the lender referred to (INV-EXT-11). */
  private void share(Tally tally, Loan loan) {
    ExtentRecord.Chunk extent = loan.extent;
    transaction.replaceExtent(loan.lender, loan.offset, extent, extent.shared(true));
    long[] borrowers = owners(loan);
    long[] owners = new long[2 + borrowers.length];
    owners[0] = loan.lender;
    owners[1] = loan.offset;
    System.arraycopy(borrowers, 0, owners, 2, borrowers.length);
    transaction.shareChunk(
        extent.address(),
        extent.stored(),
        1 + tally.references,
        extent.length() + tally.live,
        owners);
  }

  private long[] owners(Loan loan) {
    return loan.borrowers.stream().flatMapToLong(at -> LongStream.of(inode, at)).toArray();
  }

  private static long logical(ExtentRecord extent) {
    return extent instanceof ExtentRecord.Reserved ? 0 : extent.length();
  }

  private static long promised(ExtentRecord extent) {
    return extent instanceof ExtentRecord.Reserved ? units(extent) : 0;
  }
}
