package org.razorfs.volume;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.razorfs.compress.Effort;
import org.razorfs.compress.StreamHint;
import org.razorfs.extent.BufferPool;
import org.razorfs.extent.ChunkStore;
import org.razorfs.extent.ExtentEditor;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.layout.ChunkRecord;
import org.razorfs.layout.ExtentRecord;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.InodeRecord;
import org.razorfs.tx.Transaction;
import org.razorfs.tx.Transactions;

/**
 * Merges the many extents of a window of a file into as few as can be: all of them where that pays,
 * or those that synchronous writes have left inline. Compresses again what was written in haste.
 * What it writes goes to fresh space, without a lock; the file's lock is held to look at its
 * extents, and to put the new ones in their place if they are still the same.
 */
final class WindowMerger {
  /** What an extent costs in the tree. */
  private static final int EXTENT_BYTES = 68;

  private static final long MAX_COST = 64 << 10;

  /** A window full of inline extents of 128 bytes. */
  private static final long MAX_INLINE_COST = 512 << 10;

  private final Transactions transactions;
  private final ChunkStore chunks;
  private final BufferPool pool;
  private final DataRoom room;
  private final CompactionGate gate;
  private final CompactionTally tally;
  private final long maxCost;
  private final long maxInlineCost;

  /**
   * @param journalLength bytes of the ring, of which one transaction takes only a part
   */
  WindowMerger(
      Transactions transactions,
      ChunkStore chunks,
      BufferPool pool,
      DataRoom room,
      CompactionGate gate,
      CompactionTally tally,
      long journalLength) {
    this.transactions = transactions;
    this.chunks = chunks;
    this.pool = pool;
    this.room = room;
    this.gate = gate;
    this.tally = tally;
    this.maxCost = Math.min(MAX_COST, journalLength / 8);
    this.maxInlineCost = Math.min(MAX_INLINE_COST, journalLength / 8);
  }

  /** An extent and where it starts in the file. */
  private record Located(long offset, ExtentRecord extent) {}

  /** Extents that follow each other without a gap, and the chunks that are to take their place. */
  private record Piece(List<Located> extents, List<ExtentRecord.Chunk> chunks) {
    Piece() {
      this(new ArrayList<>(), new ArrayList<>(1));
    }

    long from() {
      return extents.get(0).offset;
    }

    long to() {
      Located last = extents.get(extents.size() - 1);
      return last.offset + last.extent.length();
    }

    int length() {
      return (int) (to() - from());
    }

    /** Whether it is as it should be: inline because it is short, or all of its own chunk. */
    boolean isSound() {
      if (length() <= StoreLimits.INLINE_FILE) {
        return true;
      }
      return extents.size() == 1
          && (!(extents.get(0).extent instanceof ExtentRecord.Chunk chunk)
              || (!chunk.shared() && chunk.length() == chunk.logical()));
    }
  }

  /** How a chunk is referred to within the window. */
  private static final class Use {
    final ExtentRecord.Chunk chunk;
    int references;
    long live;

    /** Whether there are no other references. */
    boolean whole;

    Use(ExtentRecord.Chunk chunk) {
      this.chunk = chunk;
    }

    void add(ExtentRecord.Chunk part) {
      references++;
      live += part.length();
    }
  }

  /**
   * What to merge.
   *
   * @param whole the chunks that nobody needs afterwards
   * @param thrifty whether it is done for the space that it saves
   */
  private record Plan(List<Piece> pieces, List<Use> whole, boolean thrifty) {
    long from() {
      return pieces.get(0).from();
    }

    long to() {
      return pieces.get(pieces.size() - 1).to();
    }

    /** Units of the chunks that nobody needs afterwards. */
    long freed() {
      return whole.stream().mapToLong(use -> Geometry.units(use.chunk.stored())).sum();
    }

    int extents() {
      return pieces.stream().mapToInt(piece -> piece.extents.size()).sum();
    }

    int bytes() {
      return pieces.stream().mapToInt(Piece::length).sum();
    }

    /** What it takes now, in the data area and in the tree. */
    long cost() {
      long inline = 0;
      for (Piece piece : pieces) {
        for (Located located : piece.extents) {
          inline += located.extent instanceof ExtentRecord.Inline i ? i.length() : 0;
        }
      }
      return freed() * Geometry.UNIT + inline + (long) extents() * EXTENT_BYTES;
    }

    List<ExtentRecord.Chunk> chunks() {
      return pieces.stream().flatMap(piece -> piece.chunks.stream()).toList();
    }
  }

  /** Merges one window, if that is worth it; the caller holds a pin. */
  Step merge(InodeHandle file, long window, Zeal zeal) throws IOException {
    Plan plan = plan(file, window, zeal);
    return plan == null ? Step.NOTHING : carryOut(file, plan);
  }

  /**
   * Makes chunks of what lies inline in a window, except for bits that belong there; the caller
   * holds a pin.
   */
  Step mergeInline(InodeHandle file, long window) throws IOException {
    List<Piece> pieces = look(file, window, true);
    pieces.removeIf(piece -> piece.length() <= StoreLimits.INLINE_FILE);
    return pieces.isEmpty() ? Step.NOTHING : carryOut(file, new Plan(pieces, List.of(), false));
  }

  private Step carryOut(InodeHandle file, Plan plan) throws IOException {
    if (!gate.tryBegin()) {
      return Step.NO_ROOM;
    }
    // Each piece can take a unit more than its bytes would together.
    int length = Geometry.MAX_CHUNK + plan.pieces.size() * Geometry.UNIT;
    try {
      if (!room.tryReserve(length)) {
        return Step.NO_ROOM;
      }
      try {
        return rewrite(file, plan, length);
      } catch (FsException e) {
        if (e.fault().isWantOfSpace()) {
          return Step.NO_ROOM;
        }
        throw e;
      } finally {
        room.unreserve(length);
      }
    } finally {
      gate.end();
    }
  }

  private Plan plan(InodeHandle file, long window, Zeal zeal) throws IOException {
    List<Piece> pieces = look(file, window, false);
    pieces.removeIf(piece -> piece.isSound() && !wasWrittenInHaste(piece));
    Map<Long, Use> uses = new HashMap<>();
    for (Piece piece : pieces) {
      for (Located located : piece.extents) {
        if (located.extent instanceof ExtentRecord.Chunk chunk) {
          uses.computeIfAbsent(chunk.address(), a -> new Use(chunk)).add(chunk);
        }
      }
    }
    List<Use> whole = new ArrayList<>();
    long live = 0;
    long logical = 0;
    for (Use use : uses.values()) {
      use.whole = isAllOf(use);
      if (use.whole) {
        whole.add(use);
        live += use.live;
        logical += use.chunk.logical();
      }
    }
    // A part of a chunk that others need stays, unless it comes with more.
    pieces.removeIf(
        piece ->
            piece.extents.size() == 1
                && piece.extents.get(0).extent instanceof ExtentRecord.Chunk chunk
                && !uses.get(chunk.address()).whole);
    if (pieces.isEmpty()) {
      return null;
    }
    Plan plan = new Plan(pieces, whole, true);
    boolean worthIt =
        zeal.saves(plan.extents() - pieces.size())
            || (logical > 0 && zeal.isDead(live, logical))
            || pieces.stream().anyMatch(this::wasWrittenInHaste);
    return worthIt ? plan : null;
  }

  private boolean wasWrittenInHaste(Piece piece) {
    return piece.extents.stream().anyMatch(located -> chunks.wasWrittenInHaste(located.extent));
  }

  private boolean isAllOf(Use use) throws IOException {
    if (!use.chunk.shared()) {
      return true;
    }
    ChunkRecord record = transactions.metadata().chunk(use.chunk.address());
    return record != null && record.references() == use.references;
  }

  /** The extents of a window, as many as one transaction can replace. */
  private List<Piece> look(InodeHandle file, long window, boolean onlyInline) throws IOException {
    List<Piece> pieces = new ArrayList<>();
    file.lock().readLock().lock();
    try {
      InodeRecord record = file.record();
      long start = FileData.start(window);
      if (record == null || start >= record.size()) {
        return pieces;
      }
      // What a truncation has left beyond the size is not worth anything.
      long end = start + Math.min(record.size() - start, Geometry.MAX_CHUNK);
      long[] cost = {0};
      transactions
          .metadata()
          .extents(
              file.number(),
              start,
              (offset, extent) -> {
                if (offset >= end) {
                  return false;
                }
                boolean whole = offset >= start && extent.length() <= end - offset;
                boolean inline = extent instanceof ExtentRecord.Inline;
                if (!whole || extent instanceof ExtentRecord.Reserved || (onlyInline && !inline)) {
                  return true;
                }
                cost[0] += StoreLimits.cost(extent);
                if (cost[0] > (onlyInline ? maxInlineCost : maxCost)) {
                  return false;
                }
                Piece last = pieces.isEmpty() ? null : pieces.get(pieces.size() - 1);
                if (last == null || last.to() != offset) {
                  last = new Piece();
                  pieces.add(last);
                }
                last.extents.add(new Located(offset, extent));
                return true;
              });
    } finally {
      file.lock().readLock().unlock();
    }
    return pieces;
  }

  private Step rewrite(InodeHandle file, Plan plan, int reserved) throws IOException {
    boolean kept = false;
    try {
      for (Piece piece : plan.pieces) {
        write(piece, plan.thrifty ? Effort.HIGH : Effort.NORMAL);
      }
      List<ExtentRecord.Chunk> written = plan.chunks();
      long units = written.stream().mapToLong(chunk -> Geometry.units(chunk.stored())).sum();
      long cost = units * Geometry.UNIT + (long) written.size() * EXTENT_BYTES;
      if (!plan.thrifty || cost < plan.cost()) {
        kept = replace(file, plan, reserved);
      }
      if (!kept) {
        return Step.NOTHING;
      }
      if (plan.thrifty) {
        long freed = (plan.freed() - units) * Geometry.UNIT;
        tally.merged(plan.extents(), written.size(), plan.bytes(), freed);
      }
      return Step.DONE;
    } catch (FsException e) {
      if (e.fault() == Fault.CORRUPT) {
        return Step.NOTHING; // Replaced while it was read, or damaged: then a reader is told.
      }
      throw e;
    } finally {
      if (!kept) {
        chunks.discard(plan.chunks());
      }
    }
  }

  /** Writes the content of a piece to fresh space. */
  private void write(Piece piece, Effort effort) throws IOException {
    ByteBuffer buffer = pool.take(piece.length());
    try {
      buffer.limit(piece.length());
      for (Located located : piece.extents) {
        if (located.extent instanceof ExtentRecord.Chunk chunk) {
          chunks.read(chunk, 0, (int) chunk.length(), buffer);
        } else if (located.extent instanceof ExtentRecord.Inline inline) {
          buffer.put(inline.bytes());
        }
      }
      piece.chunks.addAll(
          chunks.write(
              buffer.flip(),
              piece.from(),
              new StreamHint(),
              effort,
              transactions.superblock().generation() + 1));
    } finally {
      pool.give(buffer);
    }
  }

  /**
   * Puts what was written in the place of what was read; false where a writer was faster.
   *
   * @return whether the space of what was written is the transaction's
   */
  private boolean replace(InodeHandle file, Plan plan, int reserved) throws IOException {
    file.lock().writeLock().lock();
    try {
      if (file.record() == null) {
        return false;
      }
      Replacement replacement = new Replacement(transactions, file.number(), reserved);
      Transaction transaction = replacement.transaction();
      ExtentEditor editor = replacement.edit(file, plan.from(), plan.to());
      if (!isUnchanged(plan, editor.extents())) {
        return false;
      }
      for (Use use : plan.whole) {
        if (!isAllOf(use)) {
          return false; // Shared with one more file meanwhile.
        }
      }
      for (Piece piece : plan.pieces) {
        editor.clear(piece.from(), piece.to());
        long at = piece.from();
        for (ExtentRecord.Chunk chunk : piece.chunks) {
          transaction.allocate(chunk.address(), (int) Geometry.roundUp(chunk.stored()));
          transaction.totals(0, 0, chunk.stored());
          editor.add(at, chunk);
          at += chunk.length();
        }
      }
      replacement.finish(file, editor);
      replacement.commit(() -> plan.pieces.forEach(piece -> piece.chunks.clear()));
      return true;
    } finally {
      file.lock().writeLock().unlock();
    }
  }

  private static boolean isUnchanged(Plan plan, Map<Long, ExtentRecord> now) {
    for (Piece piece : plan.pieces) {
      for (Located located : piece.extents) {
        if (!isSame(located.extent, now.get(located.offset))) {
          return false;
        }
      }
    }
    return true;
  }

  private static boolean isSame(ExtentRecord one, ExtentRecord two) {
    if (one instanceof ExtentRecord.Inline a && two instanceof ExtentRecord.Inline b) {
      return Arrays.equals(a.bytes(), b.bytes());
    }
    return one.equals(two);
  }
}
