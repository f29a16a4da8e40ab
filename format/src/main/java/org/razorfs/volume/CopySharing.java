package org.razorfs.volume;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import org.razorfs.extent.ExtentEditor;
import org.razorfs.fault.FsException;
import org.razorfs.layout.ExtentRecord;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.InodeRecord;
import org.razorfs.layout.Operation;
import org.razorfs.layout.Timestamp;
import org.razorfs.tx.Metadata;
import org.razorfs.tx.Transaction;

/**
 * Copies ranges of files without their data: the target comes to refer to the chunks of the source.
 * Each step is one bounded transaction under the locks of both files, so that a crash leaves a copy
 * of the beginning. What waits to be stored is stored first; what would leave the target in too
 * many pieces is left to who copies bytes.
 */
final class CopySharing {
  /** Where an extent is for fewer bytes than this on average, bytes are copied: it makes few. */
  private static final int LEAST = 4096;

  /** Waiting data of files up to this size is copied: stored together, they take less. */
  private static final int SMALL_FILE = 64 << 10;

  /** Twice something waits and is stored, of the source and of the target; more is written. */
  private static final int ATTEMPTS = 3;

  private final Inodes inodes;
  private final Evictor evictor;

  /** The cost of one transaction, as {@link StoreLimits#cost} counts. */
  private final long most;

  CopySharing(Inodes inodes, Evictor evictor) {
    this.inodes = inodes;
    this.evictor = evictor;
    this.most = evictor.step();
  }

  /**
   * What comes first of a range.
   *
   * @param length its bytes; 0 at the end of the source
   * @param shared whether it has been copied; else its bytes have to be
   */
  record Stretch(long length, boolean shared) {}

  /** What a step refers to: a part of the source, or for a hole nothing. */
  private record Piece(long at, long length, long start, ExtentRecord extent) {
    ExtentRecord part() {
      return extent.slice(at - start, length);
    }

    Piece cut(long end) {
      return new Piece(at, Math.min(length, end - at), start, extent);
    }
  }

  /**
   * What came of an attempt.
   *
   * @param stretch what was copied or is left to who copies bytes
   * @param waiting the file whose data must be stored before that can be told, or null
   */
  private record Attempt(Stretch stretch, InodeHandle waiting) {}

  /**
   * Copies what it can of the beginning of a range; the caller holds pins and no lock.
   *
   * @param began when the copy of which this is a part did
   */
  Stretch copy(
      InodeHandle source, long from, InodeHandle target, long to, long length, Timestamp began)
      throws IOException {
    Stretch bytes = bytes(to, length);
    if (length < LEAST || to > Long.MAX_VALUE - length) {
      return bytes;
    }
    try {
      for (int i = 0; i < ATTEMPTS; i++) {
        inodes.transactions().throttle();
        Attempt attempt;
        try (LockSet locks = new LockSet(inodes.table())) {
          locks.add(source.number());
          locks.add(target.number());
          locks.lock();
          attempt = attempt(source, from, target, to, length, began);
        }
        if (attempt.waiting == null) {
          return attempt.stretch;
        }
        inodes.writeBack().storeFile(attempt.waiting, false, false);
      }
    } catch (FsException e) {
      if (!e.fault().isWantOfSpace()) {
        throw e;
      }
      // For bytes there may be some that is promised.
    }
    return bytes;
  }

  private Attempt attempt(
      InodeHandle source, long from, InodeHandle target, long to, long length, Timestamp began)
      throws IOException {
    Inodes.file(source);
    Files.requireWritable(Inodes.file(target));
    Attempt bytes = new Attempt(bytes(to, length), null);
    evictor.beforeGrowth(source);
    evictor.beforeGrowth(target);
    long size = Files.visibleSize(source);
    long end = from + Math.min(length, size - from);
    if (end <= from) {
      return new Attempt(new Stretch(0, true), null);
    }
    Files.requireAppending(target, to);
    long shift = to - from;
    long clear = even(firstWaiting(source, from, end), end, shift);
    if (clear <= from) {
      return size <= SMALL_FILE ? bytes : new Attempt(null, source);
    }
    List<Piece> pieces = new ArrayList<>();
    long until = look(source, from, clear, pieces);
    until = even(from + affordable(target, to, until - from), end, shift);
    cut(pieces, until);
    if (until <= from || !isWorthIt(until - from, pieces)) {
      return bytes;
    }
    if (Files.mustStoreFirst(target, until + shift)
        || waitsBeside(target, from + shift, until + shift)) {
      return new Attempt(null, target);
    }
    refer(source, target, shift, pieces, Files.writeTime(inodes, target, began));
    return new Attempt(new Stretch(until - from, true), null);
  }

  /** Where a step may end that is not the last: after a crash no sector is old and new in parts. */
  private static long even(long until, long end, long shift) {
    return until == end ? end : (until + shift) / LEAST * LEAST - shift;
  }

  private static void cut(List<Piece> pieces, long until) {
    pieces.removeIf(piece -> piece.at >= until);
    pieces.replaceAll(piece -> piece.cut(until));
  }

  /** What of a range is copied at a time where it has to be: up to the end of a window there. */
  private static Stretch bytes(long to, long length) {
    return new Stretch(Math.min(length, Geometry.MAX_CHUNK - to % Geometry.MAX_CHUNK), false);
  }

  /** Where the first byte of a range is that waits to be stored, or its end; under the lock. */
  private static long firstWaiting(InodeHandle file, long from, long end) {
    FileData data = file.data();
    return data == null || data.isClean()
        ? end
        : Math.min(firstOf(data.dirty(), from, end), firstOf(data.storing(), from, end));
  }

  /** Whether data waits in sectors that [from, end) covers in parts: a crash would mix them. */
  private static boolean waitsBeside(InodeHandle file, long from, long end) {
    return waits(file, from / LEAST * LEAST, from)
        || waits(file, end, (end + LEAST - 1) / LEAST * LEAST);
  }

  private static boolean waits(InodeHandle file, long from, long end) {
    return from < end && firstWaiting(file, from, end) < end;
  }

  private static long firstOf(NavigableMap<Long, DirtyChunk> chunks, long from, long end) {
    for (Map.Entry<Long, DirtyChunk> entry :
        chunks.subMap(FileData.chunk(from), true, FileData.chunk(end - 1), true).entrySet()) {
      DirtyChunk chunk = entry.getValue();
      for (int range = 0; range < chunk.ranges(); range++) {
        long start = FileData.start(entry.getKey()) + chunk.start(range);
        if (start < end && FileData.start(entry.getKey()) + chunk.end(range) > from) {
          return Math.max(start, from);
        }
      }
    }
    return end;
  }

  /** What of [from, end) can be shared at once, piece by piece; returns where that ends. */
  private long look(InodeHandle source, long from, long end, List<Piece> pieces)
      throws IOException {
    long[] at = {from};
    long[] cost = {0};
    boolean[] open = {true};
    metadata()
        .extents(
            source.number(),
            from,
            (start, extent) -> {
              if (start >= end) {
                return false;
              }
              if (start > at[0]) {
                pieces.add(new Piece(at[0], start - at[0], at[0], null));
                at[0] = start;
              }
              cost[0] += 2L * StoreLimits.cost(extent);
              boolean inline =
                  extent instanceof ExtentRecord.Inline
                      && extent.length() > StoreLimits.INLINE_FILE;
              open[0] = !inline && (cost[0] <= most || pieces.isEmpty());
              if (open[0]) {
                long until = Math.min(end, start + extent.length());
                boolean hole = extent instanceof ExtentRecord.Reserved;
                pieces.add(new Piece(at[0], until - at[0], start, hole ? null : extent));
                at[0] = until;
              }
              return open[0];
            });
    if (open[0] && at[0] < end) {
      pieces.add(new Piece(at[0], end - at[0], at[0], null));
      at[0] = end;
    }
    return at[0];
  }

  private static boolean isWorthIt(long length, List<Piece> pieces) {
    return length / LEAST >= pieces.stream().filter(piece -> piece.extent != null).count();
  }

  /** How many of {@code length} bytes of the target from {@code to} on one transaction replaces. */
  private long affordable(InodeHandle target, long to, long length) throws IOException {
    long[] found = {length};
    long[] cost = {0};
    metadata()
        .extents(
            target.number(),
            to,
            (start, extent) -> {
              if (start - to >= length) {
                return false;
              }
              cost[0] += StoreLimits.cost(extent);
              if (cost[0] > most && start > to) {
                found[0] = start - to;
                return false;
              }
              return true;
            });
    return found[0];
  }

  /**
   * Puts the pieces into the target in one transaction.
   *
   * @param shift what to add to an offset of the source
   */
  private void refer(
      InodeHandle source, InodeHandle target, long shift, List<Piece> pieces, Timestamp time)
      throws IOException {
    Piece last = pieces.get(pieces.size() - 1);
    long from = pieces.get(0).at;
    long end = last.at + last.length;
    InodeRecord before = target.record();
    InodeRecord after;
    Transaction transaction = inodes.transactions().begin(Operation.CLONE, target.number());
    boolean built = false;
    try {
      ExtentEditor editor = new ExtentEditor(metadata(), transaction, target.number());
      place(editor, source, target, shift, pieces);
      after =
          before
              .edit()
              .units(before.units() + editor.finish())
              .size(Math.max(before.size(), end + shift))
              .mtime(time)
              .ctime(time)
              .done();
      transaction.touchInode(target.number(), before, after);
      inodes.writeBack().promise(transaction, editor.reservedUnits(), 0);
      built = true;
    } finally {
      if (!built) {
        inodes.transactions().abort(transaction);
      }
    }
    inodes.transactions().commit(transaction);
    target.record(after);
    inodes.writeBack().drop(target, from + shift, end + shift);
    FileData data = target.data();
    if (data != null && data.isPending()) {
      data.written(Math.max(data.size(), after.size()), time);
      if (data.isClean() && data.size() == after.size()) {
        data.settled();
      }
    }
  }

  private static void place(
      ExtentEditor editor, InodeHandle source, InodeHandle target, long shift, List<Piece> pieces)
      throws IOException {
    Piece last = pieces.get(pieces.size() - 1);
    long from = pieces.get(0).at;
    long end = last.at + last.length;
    if (source == target) {
      editor.load(from, end);
    }
    editor.load(from + shift, end + shift);
    editor.clear(from + shift, end + shift);
    for (Piece piece : pieces) {
      if (piece.extent instanceof ExtentRecord.Chunk chunk && source != target) {
        ExtentRecord.Chunk part = (ExtentRecord.Chunk) piece.part();
        editor.borrow(piece.at + shift, part, source.number(), piece.start, chunk);
      } else if (piece.extent != null) {
        editor.add(piece.at + shift, piece.part());
      }
    }
  }

  private Metadata metadata() {
    return inodes.transactions().metadata();
  }
}
