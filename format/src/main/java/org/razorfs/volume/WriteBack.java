package org.razorfs.volume;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.razorfs.extent.BufferPool;
import org.razorfs.extent.ChunkStore;
import org.razorfs.fault.FsException;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.Superblock;
import org.razorfs.tx.Claim;
import org.razorfs.tx.Transaction;
import org.razorfs.tx.Transactions;

/**
 * Write-back: holds what was written until it is worth storing, and has it stored. Memory and space
 * are reserved when data is taken in, so storing it does not fail for want of either.
 */
final class WriteBack {
  private final Transactions transactions;
  private final ChunkStore chunks;
  private final BufferPool pool;
  private final InodeTable inodes;
  private final Workers workers;
  private final DirtyFiles dirtyFiles;
  private final DataRoom room;
  private final CompactionGate gate;
  private final InlineMerger merger;
  private final Storer storer;
  private final Packer packer;
  private final AtomicBoolean relieving = new AtomicBoolean();
  private final Object paying = new Object();

  WriteBack(
      Transactions transactions,
      ChunkStore chunks,
      StoredData storedData,
      BufferPool pool,
      InodeTable inodes,
      Workers workers,
      long maxDirty,
      Superblock.Identity identity,
      DataRoom room,
      CompactionGate gate,
      WindowMerger windowMerger,
      Cooling cooling) {
    this.transactions = transactions;
    this.chunks = chunks;
    this.pool = pool;
    this.inodes = inodes;
    this.workers = workers;
    this.gate = gate;
    StoreLimits limits = StoreLimits.of(identity);
    dirtyFiles = new DirtyFiles(transactions, maxDirty);
    this.room = room;
    merger = new InlineMerger(transactions, inodes, workers, windowMerger);
    ExtentCommit extents = new ExtentCommit(transactions, chunks, dirtyFiles, room, cooling);
    storer =
        new Storer(
            transactions, chunks, storedData, pool, workers, dirtyFiles, extents, merger, limits);
    packer = new Packer(transactions, chunks, pool, workers, dirtyFiles, extents, limits);
  }

  /** Memory of data that waits. */
  long dirtyBytes() {
    return dirtyFiles.bytes();
  }

  /** Waits until there is room for more; called without locks. */
  void throttle() throws IOException {
    if (!dirtyFiles.isCrowded()) {
      return;
    }
    if (!dirtyFiles.isFull() && workers.isParallel()) {
      if (relieving.compareAndSet(false, true)) {
        workers.execute(
            () -> {
              try {
                storeAll();
              } catch (IOException e) {
                // The writer that has to wait, or the next fsync, meets the same failure.
              } finally {
                relieving.set(false);
              }
            });
      }
      return;
    }
    // The writer pays: it stores data itself, one writer at a time.
    if (dirtyFiles.isFull()) {
      synchronized (paying) {
        if (dirtyFiles.isFull()) {
          storeOthers();
        }
      }
    }
  }

  /** Stores what can be stored; that a file can't be is told to who asks for that file. */
  private void storeOthers() throws IOException {
    try {
      storeAll();
    } catch (FsException e) {
      transactions.requireWorking();
      if (dirtyFiles.isFull()) {
        throw e;
      }
    }
  }

  /**
   * Where the host has refused space, has it take what waits before more is taken in: this would
   * only come to wait as well. Called without locks.
   *
   * @param length bytes that are to be taken in
   * @throws FsException with the host's reason where it still has none
   */
  void requireHostSpace(int length) throws IOException {
    if (!transactions.host().isRefusing()) {
      return;
    }
    synchronized (paying) {
      if (!chunks.isHostGiving(length)) {
        transactions.checkpoint(); // Gives back to the host what has been freed.
        chunks.requireHostSpace(length);
      }
      try {
        storeAll();
      } catch (FsException e) {
        transactions.requireWorking();
        if (transactions.host().isRefusing()) {
          throw e;
        } // Else it is told to who asks for that file.
      }
    }
  }

  /**
   * Reserves the space that {@code length} bytes can take, once what waits has been stored and a
   * checkpoint made where there is not enough; called without locks.
   */
  void reserve(long length) throws IOException {
    if (room.tryReserve(length)) {
      return;
    }
    gate.close();
    try {
      makeRoom();
      if (!room.tryReserve(length)) {
        throw transactions.host().noSpace("no space for " + length + " bytes");
      }
    } finally {
      gate.open();
    }
  }

  /**
   * Turns what is reserved for the worst case, and freed since the last checkpoint, into space that
   * can be had; called without locks.
   */
  void makeRoom() throws IOException {
    try {
      storeAll();
    } catch (FsException e) {
      transactions.requireWorking(); // What could not be stored keeps its reservations.
    }
    transactions.checkpoint();
  }

  /** Gives back what {@link #reserve} took for {@code length} bytes. */
  void unreserve(long length) {
    room.unreserve(length);
  }

  /** As {@link DataRoom#promise}. */
  void promise(Transaction transaction, long units, long held) throws IOException {
    room.promise(transaction, units, held);
  }

  /**
   * Takes bytes of a file in; the caller holds its write lock and a reservation for {@code length}
   * bytes, which this turns into the chunks' own.
   *
   * @param reserved false where the range was promised to the file before
   */
  void write(
      InodeHandle file,
      FileData data,
      long offset,
      ByteBuffer source,
      int length,
      boolean reserved) {
    long taken = 0;
    Claim claimed = Claim.NONE;
    int left = length;
    long at = offset;
    while (left > 0) {
      long number = FileData.chunk(at);
      int from = (int) (at - FileData.start(number));
      int count = Math.min(left, Geometry.MAX_CHUNK - from);
      DirtyChunk chunk = data.dirty().get(number);
      if (chunk == null) {
        chunk = new DirtyChunk(pool);
        data.dirty().put(number, chunk);
      }
      int memory = chunk.memory();
      boolean full = chunk.isFull();
      long before = chunk.worstUnits();
      chunk.write(from, source, count);
      dirtyFiles.grown(chunk.memory() - memory);
      if (reserved) {
        // Not up to the worst case as a whole: some of it may lie where space was promised.
        long grown = Math.max(0, chunk.worstUnits() - before);
        taken += grown;
        chunk.reservedUnits(chunk.reservedUnits() + grown);
        Claim more =
            new Claim(
                chunk.claim().isNone() ? 1 : 0,
                Math.max(0, Math.min(chunk.ranges(), Storer.MAX_RANGES) - chunk.claim().ranges()),
                grown);
        claimed = claimed.plus(more);
        chunk.claim(chunk.claim().plus(more));
      }
      if (!full && chunk.isFull()) {
        data.fullChunks(data.fullChunks() + 1);
      }
      at += count;
      left -= count;
    }
    // The chunks' reservations were counted within the caller's, whose rest goes back.
    if (reserved) {
      transactions.allocator().unreserve(DataRoom.worstUnits(length) - taken);
      transactions.expected(DataRoom.worstClaim(length).minus(claimed));
    }
    dirtyFiles.add(file);
  }

  /** Stores a file's full chunks in the background once there are enough. */
  void pump(InodeHandle file, FileData data) {
    if (data.fullChunks() >= StoreLimits.BATCH
        && !data.queued()
        && workers.isParallel()
        && file.pin()) {
      data.queued(true);
      data.fullChunks(0);
      try {
        workers.execute(
            () -> {
              try {
                storeFile(file, true, false);
              } catch (IOException e) {
                // The transactions have failed for good; the next call that cares is told.
              } finally {
                data.queued(false);
                inodes.unpin(file);
              }
            });
      } catch (RejectedExecutionException e) {
        data.queued(false);
        inodes.unpin(file);
      }
    }
  }

  /** Drops data beyond {@code size}, or within a range, that waits; under the write lock. */
  void drop(InodeHandle file, long from, long to) {
    dirtyFiles.drop(file, from, to);
  }

  /** Stores everything that waits. */
  void storeAll() throws IOException {
    List<InodeHandle> files = dirtyFiles.pinAll();
    try {
      List<InodeHandle> rest = packer.packSmall(files);
      workers.forEach(rest, file -> storeFile(file, false, false));
    } finally {
      files.forEach(inodes::unpin);
    }
  }

  /**
   * Stores a file's data.
   *
   * @param onlyFull leave chunks that may still grow
   * @param synchronous somebody waits: little data goes into the journal record itself
   */
  void storeFile(InodeHandle file, boolean onlyFull, boolean synchronous) throws IOException {
    storer.storeFile(file, onlyFull, synchronous);
  }

  /** Begins what an fsync that is about to come will ask for, as far as it waits for nothing. */
  void storeAhead(InodeHandle file) throws IOException {
    if (storer.storeAhead(file)) {
      transactions.startForce();
    }
  }

  /** Rewrites what synchronous writes left in the tree as chunks. */
  void mergeInline() throws IOException {
    merger.mergeAll();
  }

  /** Does so for files that got nothing more since the last call. */
  void mergeInlineLeftAlone() throws IOException {
    merger.mergeLeftAlone();
  }
}
