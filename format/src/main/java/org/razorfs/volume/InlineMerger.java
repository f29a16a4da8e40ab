package org.razorfs.volume;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.razorfs.compress.Effort;
import org.razorfs.extent.BufferPool;
import org.razorfs.extent.ChunkStore;
import org.razorfs.extent.ExtentEditor;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.layout.ExtentRecord;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.InodeRecord;
import org.razorfs.layout.Operation;
import org.razorfs.tx.Transaction;
import org.razorfs.tx.Transactions;

/** Rewrites the inline extents that synchronous writes leave in the tree as chunks. */
final class InlineMerger {
  /** Chunks that one transaction writes, so that it is never more than the journal takes. */
  private static final int MAX_PIECES = 64;

  private final Transactions transactions;
  private final ChunkStore chunks;
  private final BufferPool pool;
  private final InodeTable inodes;
  private final Workers workers;
  private final DataRoom room;
  private final Set<InodeHandle> files = ConcurrentHashMap.newKeySet();

  InlineMerger(
      Transactions transactions,
      ChunkStore chunks,
      BufferPool pool,
      InodeTable inodes,
      Workers workers,
      DataRoom room) {
    this.transactions = transactions;
    this.chunks = chunks;
    this.pool = pool;
    this.inodes = inodes;
    this.workers = workers;
    this.room = room;
  }

  /** Notes that a file has inline extents; the caller holds a pin. */
  void add(InodeHandle file) {
    if (files.add(file)) {
      file.pin();
    }
  }

  /** Merges a file's inline extents in the background once it has many. */
  void storedInline(InodeHandle file, FileData data) {
    if (data.inlineBytes() > Geometry.MAX_CHUNK && workers.isParallel() && file.pin()) {
      data.inlineBytes(0);
      workers.execute(
          () -> {
            try {
              merge(file);
            } catch (IOException e) {
              // Nothing is lost: the data stays where it is.
            } finally {
              inodes.unpin(file);
            }
          });
    }
  }

  /** Rewrites what synchronous writes left in the tree as chunks. */
  void mergeAll() throws IOException {
    for (InodeHandle file : files) {
      try {
        merge(file);
      } catch (IOException e) {
        // Such as NO_SPACE. Nothing is lost, the data stays where it is; no reason not to close.
        transactions.requireWorking();
      }
    }
  }

  /** Rewrites a file's inline extents as chunks, window by window. */
  private void merge(InodeHandle file) throws IOException {
    FileData data = file.data();
    data.flushLock().lock();
    try {
      long at = 0;
      while (at >= 0) {
        transactions.throttle();
        at = mergeWindow(file, at);
      }
      data.inlineBytes(0);
    } finally {
      data.flushLock().unlock();
    }
    if (files.remove(file)) {
      inodes.unpin(file);
    }
  }

  /** Rewrites the inline extents of the first window from {@code from} on that has any. */
  private long mergeWindow(InodeHandle file, long from) throws IOException {
    if (!room.tryReserve(Geometry.MAX_CHUNK)) {
      throw FsException.of(Fault.NO_SPACE, "no space to merge inline extents");
    }
    ByteBuffer buffer = pool.take(Geometry.MAX_CHUNK);
    file.lock().writeLock().lock();
    try {
      if (file.record() == null) {
        return -1;
      }
      List<StoredPiece> pieces = new ArrayList<>();
      long[] window = {-1};
      long[] end = {-1};
      transactions
          .metadata()
          .extents(
              file.number(),
              from,
              (offset, extent) -> {
                if (!(extent instanceof ExtentRecord.Inline inline)) {
                  return true;
                }
                if (window[0] < 0) {
                  window[0] = FileData.chunk(offset);
                } else if (FileData.chunk(offset) != window[0]) {
                  return false;
                }
                long skip = offset - FileData.start(window[0]);
                if (skip + inline.length() > Geometry.MAX_CHUNK) {
                  return false;
                }
                StoredPiece last = pieces.isEmpty() ? null : pieces.get(pieces.size() - 1);
                if (pieces.size() == MAX_PIECES && last.to() != skip) {
                  return false;
                }
                buffer.put((int) skip, inline.bytes());
                int to = (int) (skip + inline.length());
                if (last != null && last.to() == skip) {
                  pieces.set(
                      pieces.size() - 1,
                      new StoredPiece(file, window[0], last.from(), to, last.extents()));
                } else {
                  pieces.add(new StoredPiece(file, window[0], (int) skip, to));
                }
                end[0] = offset + inline.length();
                return true;
              });
      pieces.removeIf(piece -> piece.to() - piece.from() <= StoreLimits.INLINE_FILE);
      if (!pieces.isEmpty()) {
        rewrite(file, buffer, pieces);
      }
      return end[0];
    } finally {
      file.lock().writeLock().unlock();
      pool.give(buffer);
      room.unreserve(Geometry.MAX_CHUNK);
    }
  }

  private void rewrite(InodeHandle file, ByteBuffer buffer, List<StoredPiece> pieces)
      throws IOException {
    Transaction transaction = transactions.begin(Operation.COMPACT, file.number());
    transaction.settles(DataRoom.worstClaim(Geometry.MAX_CHUNK));
    boolean built = false;
    InodeRecord before = file.record();
    InodeRecord after;
    try {
      long start = FileData.start(pieces.get(0).chunk());
      ExtentEditor editor =
          new ExtentEditor(
              transactions.metadata(),
              transaction,
              file.number(),
              start,
              start + pieces.get(pieces.size() - 1).to()); // The window's end may be beyond 8 EiB.
      for (StoredPiece piece : pieces) {
        long at = start + piece.from();
        List<ExtentRecord.Chunk> written =
            chunks.write(
                buffer.slice(piece.from(), piece.to() - piece.from()),
                at,
                file.data().hint(),
                Effort.NORMAL,
                transactions.superblock().generation() + 1);
        editor.clear(at, start + piece.to());
        for (ExtentRecord.Chunk chunk : written) {
          transaction.allocate(chunk.address(), (int) Geometry.roundUp(chunk.stored()));
          transaction.totals(0, 0, chunk.stored());
          editor.add(at, chunk);
          at += chunk.length();
        }
      }
      after = before.edit().units(before.units() + editor.finish()).done();
      transaction.touchInode(file.number(), before, after);
      built = true;
    } finally {
      if (!built) {
        transactions.abort(transaction);
      }
    }
    transactions.commit(transaction);
    file.record(after);
  }
}
