package org.razorfs.volume;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import org.razorfs.compress.Effort;
import org.razorfs.extent.BufferPool;
import org.razorfs.extent.ChunkStore;
import org.razorfs.fault.FsException;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.InodeRecord;
import org.razorfs.layout.Operation;
import org.razorfs.tx.Transaction;
import org.razorfs.tx.Transactions;

/** Compresses and stores a file's waiting data outside any lock, batch by batch. */
final class Storer {
  /** Ranges of a chunk beyond which the gaps between them are filled and all is stored as one. */
  static final int MAX_RANGES = 16;

  private final Transactions transactions;
  private final ChunkStore chunks;
  private final StoredData storedData;
  private final BufferPool pool;
  private final Workers workers;
  private final DirtyFiles dirtyFiles;
  private final ExtentCommit extents;
  private final InlineMerger merger;
  private final StoreLimits limits;

  Storer(
      Transactions transactions,
      ChunkStore chunks,
      StoredData storedData,
      BufferPool pool,
      Workers workers,
      DirtyFiles dirtyFiles,
      ExtentCommit extents,
      InlineMerger merger,
      StoreLimits limits) {
    this.transactions = transactions;
    this.chunks = chunks;
    this.storedData = storedData;
    this.pool = pool;
    this.workers = workers;
    this.dirtyFiles = dirtyFiles;
    this.extents = extents;
    this.merger = merger;
    this.limits = limits;
  }

  /**
   * Stores a file's data.
   *
   * @param onlyFull leave chunks that may still grow
   * @param synchronous somebody waits: little data goes into the journal record itself
   */
  void storeFile(InodeHandle file, boolean onlyFull, boolean synchronous) throws IOException {
    FileData data = file.data();
    if (data == null) {
      return;
    }
    data.flushLock().lock();
    try {
      int most = limits.batch();
      Pass pass = new Pass();
      boolean more = true;
      boolean gaveBack = false;
      while (more) {
        transactions.throttle();
        transactions.requireWorking();
        try {
          more = storeBatch(file, data, pass, onlyFull, synchronous, most);
        } catch (FsException e) {
          if (e.fault().isWantOfSpace() && !gaveBack && transactions.host().isRefusing()) {
            transactions.checkpoint(); // What has been freed is the host's again.
            gaveBack = true;
            most = 1; // So that what fits is stored.
            continue;
          }
          if (!e.fault().isWantOfSpace() || most == 1) {
            throw e;
          }
          most = 1; // What replaces much is too much for one transaction where space is short.
        }
      }
    } finally {
      data.flushLock().unlock();
    }
    merger.storedInline(file);
  }

  /**
   * Stores little data whose fsync is about to come, as that would, unless somebody else or a
   * checkpoint would have to be waited for.
   *
   * @return whether it was done
   */
  boolean storeAhead(InodeHandle file) throws IOException {
    FileData data = file.data();
    if (transactions.isThrottling() || !data.flushLock().tryLock()) {
      return false;
    }
    boolean stored = false;
    try {
      file.lock().writeLock().lock();
      try {
        transactions.requireWorking();
        stored = file.record() != null && storeInline(file, data, ExtentCommit.Room.AT_HAND);
      } finally {
        file.lock().writeLock().unlock();
      }
    } finally {
      data.flushLock().unlock();
    }
    if (stored) {
      merger.storedInline(file);
    }
    return stored;
  }

  /**
   * How far a file has been stored. Each chunk is stored once, and none that was added behind the
   * last: so it ends, however fast others write.
   */
  private static final class Pass {
    private long next;
    private long last = -1;
    private boolean isLong;
  }

  /** Stores up to {@code most} chunks; false when nothing was there to store. */
  private boolean storeBatch(
      InodeHandle file, FileData data, Pass pass, boolean onlyFull, boolean synchronous, int most)
      throws IOException {
    List<Long> numbers = new ArrayList<>(most);
    file.lock().writeLock().lock();
    try {
      transactions.requireWorking();
      if (file.record() == null) {
        dirtyFiles.discard(file, data);
        return false;
      }
      if (synchronous && storeInline(file, data, ExtentCommit.Room.ASKED_FOR)) {
        return false;
      }
      if (pass.last < 0 && !data.dirty().isEmpty()) {
        pass.last = data.dirty().lastKey();
        pass.isLong = data.dirty().size() >= StoreLimits.BATCH;
      }
      NavigableMap<Long, DirtyChunk> waiting =
          data.dirty().subMap(pass.next, true, Math.max(pass.next, pass.last + 1), false);
      if (!waiting.isEmpty()) {
        // Before all the work of compressing.
        chunks.requireHostSpace(waiting.firstEntry().getValue().worstUnits() * Geometry.UNIT);
      }
      boolean filled = false;
      try {
        Iterator<Map.Entry<Long, DirtyChunk>> entries = waiting.entrySet().iterator();
        while (entries.hasNext() && numbers.size() < most) {
          Map.Entry<Long, DirtyChunk> entry = entries.next();
          if (onlyFull && !entry.getValue().isFull()) {
            break; // In order, so that the size never covers what is not stored.
          }
          fillGaps(file, data, entry.getKey(), entry.getValue());
          entry.getValue().arrange();
          numbers.add(entry.getKey());
          data.storing().put(entry.getKey(), entry.getValue());
          entries.remove();
        }
        filled = true;
      } finally {
        if (!filled) {
          dirtyFiles.takeBack(file, data, numbers); // The next commit would count them as stored.
        }
      }
      if (numbers.isEmpty()) {
        if (!onlyFull) {
          settleSize(file, data);
        }
        dirtyFiles.removeIfClean(file, data);
        return false;
      }
    } finally {
      file.lock().writeLock().unlock();
    }
    List<StoredPiece> stored = new ArrayList<>();
    boolean done = false;
    try {
      stored.addAll(storeChunks(file, data, numbers, effort(onlyFull || pass.isLong)));
      extents.commit(List.of(file), stored, null, ExtentCommit.Room.RESERVED);
      pass.next = numbers.get(numbers.size() - 1) + 1;
      done = true;
    } finally {
      if (!done) {
        dirtyFiles.takeBack(file, data, numbers);
      }
    }
    return true;
  }

  /**
   * What the data is worth that is stored now.
   *
   * @param stream whether there is much of it, however little is stored at a time
   */
  private Effort effort(boolean stream) {
    if (dirtyFiles.isCrowded()) {
      return Effort.FASTEST;
    }
    return stream ? Effort.FAST : Effort.NORMAL;
  }

  /** Makes one range of many, which would each become an extent. */
  private void fillGaps(InodeHandle file, FileData data, long number, DirtyChunk chunk)
      throws IOException {
    if (chunk.ranges() <= MAX_RANGES || data.storing().containsKey(number)) {
      return;
    }
    // More ranges than the window has units hold enough already, and must not stay as many.
    long units = Math.max(0, Geometry.units(Geometry.MAX_CHUNK) - chunk.reservedUnits());
    if (units > 0 && !transactions.allocator().reserve(units)) {
      return;
    }
    ByteBuffer buffer = pool.take(Geometry.MAX_CHUNK);
    try {
      int from = chunk.start(0);
      int to = chunk.end(chunk.ranges() - 1);
      storedData.read(file.number(), FileData.start(number) + from, to - from, buffer);
      buffer.flip();
      int memory = chunk.memory();
      chunk.fill(from, to, buffer);
      dirtyFiles.grown(chunk.memory() - memory);
    } catch (FsException e) {
      // What lies between is damaged. That is no reason to lose what was written.
    } finally {
      pool.give(buffer);
      long worst = chunk.worstUnits();
      long held = chunk.reservedUnits() + units;
      chunk.reservedUnits(Math.min(worst, held));
      transactions.allocator().unreserve(held - chunk.reservedUnits());
    }
  }

  private List<StoredPiece> storeChunks(
      InodeHandle file, FileData data, List<Long> numbers, Effort effort) throws IOException {
    // The ranges are read under the lock: a truncation may shorten them at any time.
    List<StoredPiece> wanted = new ArrayList<>();
    List<ByteBuffer> sources = new ArrayList<>();
    file.lock().readLock().lock();
    try {
      for (Long number : numbers) {
        DirtyChunk chunk = data.storing().get(number);
        for (int range = 0; range < chunk.ranges(); range++) {
          int from = chunk.start(range);
          int to = chunk.end(range);
          wanted.add(new StoredPiece(file, number, from, to));
          sources.add(chunk.slice(from, to));
        }
      }
    } finally {
      file.lock().readLock().unlock();
    }
    boolean done = false;
    try {
      workers.forEachIndex(
          wanted.size(),
          i -> {
            StoredPiece piece = wanted.get(i);
            piece
                .extents()
                .addAll(
                    chunks.write(
                        sources.get(i),
                        piece.offset(),
                        data.hint(),
                        effort,
                        transactions.superblock().generation() + 1));
          });
      done = true;
    } finally {
      if (!done) {
        wanted.forEach(extents::discard);
      }
    }
    return wanted;
  }

  /** Little data of a synchronous write becomes inline extents: one journal write does it all. */
  private boolean storeInline(InodeHandle file, FileData data, ExtentCommit.Room room)
      throws IOException {
    if (!data.storing().isEmpty() || data.dirty().isEmpty()) {
      return false;
    }
    long bytes = 0;
    List<StoredPiece> pieces = new ArrayList<>();
    for (Map.Entry<Long, DirtyChunk> entry : data.dirty().entrySet()) {
      DirtyChunk chunk = entry.getValue();
      for (int range = 0; range < chunk.ranges(); range++) {
        bytes += chunk.end(range) - chunk.start(range);
        if (bytes > limits.inlineSync() || pieces.size() > 8) {
          return false;
        }
        pieces.add(StoredPiece.inline(file, entry.getKey(), chunk, range, limits.maxInline()));
      }
    }
    List<Long> numbers = new ArrayList<>(data.dirty().keySet());
    data.storing().putAll(data.dirty());
    data.dirty().clear();
    boolean done = false;
    try {
      extents.commit(List.of(file), pieces, null, room);
      done = true;
    } catch (FsException e) {
      if (!e.fault().isWantOfSpace()) {
        throw e;
      }
      return false; // Space for a chunk is reserved, space in the tree for the data is not.
    } finally {
      if (!done) {
        dirtyFiles.takeBack(file, data, numbers);
      }
    }
    merger.add(file, pieces);
    return true;
  }

  /** Records a size or time that no data brings, such as a write that was truncated away. */
  private void settleSize(InodeHandle file, FileData data) throws IOException {
    InodeRecord before = file.record();
    if (!data.isPending() || !data.isClean()) {
      return;
    }
    InodeRecord after =
        before.edit().size(data.size()).mtime(data.mtime()).ctime(data.ctime()).done();
    if (!after.equals(before)) {
      Transaction transaction = transactions.begin(Operation.SETATTR, file.number());
      transaction.touchInode(file.number(), before, after);
      transactions.commit(transaction);
      file.record(after);
    }
    data.settled();
  }
}
