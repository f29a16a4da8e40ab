package org.razorfs.extent;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
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
  private long reserved;

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
    Map<Long, Tally> tallies = new HashMap<>();
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
      // Addresses have so many low bits in common that they would all collide.
      long key = chunk.address() / Geometry.UNIT;
      Tally tally = tallies.computeIfAbsent(key, a -> new Tally(chunk));
      if (old) {
        tally.referencesBefore++;
        tally.liveBefore += chunk.length();
      } else {
        tally.references++;
        tally.live += chunk.length();
      }
    }
  }

  /** Accounts for one chunk that was referred to before; returns the change of stored bytes. */
  private long settle(Tally tally) {
    ExtentRecord.Chunk chunk = tally.chunk;
    if (tally.referencesBefore == 0) {
      return 0;
    }
    if (chunk.shared()) {
      if (tally.references != tally.referencesBefore || tally.live != tally.liveBefore) {
        transaction.referChunk(
            chunk.address(),
            chunk.stored(),
            tally.references - tally.referencesBefore,
            tally.live - tally.liveBefore);
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

  private static long logical(ExtentRecord extent) {
    return extent instanceof ExtentRecord.Reserved ? 0 : extent.length();
  }

  private static long promised(ExtentRecord extent) {
    return extent instanceof ExtentRecord.Reserved ? units(extent) : 0;
  }
}
