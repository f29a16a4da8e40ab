package org.razorfs.volume;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
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
import org.razorfs.layout.Superblock;
import org.razorfs.tx.Claim;
import org.razorfs.tx.Transaction;
import org.razorfs.tx.Transactions;

/**
 * Write-back: holds what was written until it is worth storing, compresses and stores it outside
 * any lock, and then lets a transaction refer to it, together with the size it brings. Memory and
 * space are reserved when data is taken in, so storing it does not fail for want of either.
 */
final class WriteBack {
  /** Chunks of one file that are stored together. */
  private static final int BATCH = 16;

  /** Files up to this size are packed together. */
  private static final int PACKED_FILE = 64 << 10;

  /** Files up to this size are kept in the tree. */
  private static final int INLINE_FILE = 160;

  /** Ranges of a chunk beyond which the gaps between them are filled and all is stored as one. */
  private static final int MAX_RANGES = 16;

  /** Journal space that storing a chunk can take, replaced inline extents included. */
  private static final int CHUNK_COST = 160 << 10;

  /** In a smaller journal inline data would crowd out everything else. */
  private static final int INLINE_JOURNAL = 1 << 20;

  /** A synchronous write up to this size goes to the journal itself. */
  private static final int INLINE_SYNC = 8 << 10;

  private final Transactions transactions;
  private final ChunkStore chunks;
  private final StoredData storedData;
  private final BufferPool pool;
  private final InodeTable inodes;
  private final Workers workers;
  private final long maxDirty;
  private final int maxInline;
  private final int maxPacked;
  private final int batch;
  private final int inlineSync;
  private final AtomicLong dirtyBytes = new AtomicLong();
  private final AtomicBoolean relieving = new AtomicBoolean();
  private final Object paying = new Object();
  private final Set<InodeHandle> dirtyFiles = ConcurrentHashMap.newKeySet();
  private final Set<InodeHandle> inlineFiles = ConcurrentHashMap.newKeySet();

  WriteBack(
      Transactions transactions,
      ChunkStore chunks,
      StoredData storedData,
      BufferPool pool,
      InodeTable inodes,
      Workers workers,
      long maxDirty,
      Superblock.Identity identity) {
    this.transactions = transactions;
    this.chunks = chunks;
    this.storedData = storedData;
    this.pool = pool;
    this.inodes = inodes;
    this.workers = workers;
    this.maxDirty = maxDirty;
    int maxValue = Geometry.maxValue(identity.nodeSize());
    long budget = identity.journalLength() / 4;
    this.maxInline = Math.min(4096, maxValue - ExtentRecord.INLINE_HEADER);
    this.maxPacked = (int) Math.min(Math.min(128, (maxValue - 20) / 16), budget / 256);
    this.batch = (int) Math.max(1, Math.min(BATCH, budget / CHUNK_COST));
    this.inlineSync = identity.journalLength() >= INLINE_JOURNAL ? INLINE_SYNC : 0;
  }

  /** Memory of data that waits. */
  long dirtyBytes() {
    return dirtyBytes.get();
  }

  /** A piece of a file that has been stored: where it belongs and what holds it. */
  private record Stored(
      InodeHandle file, long chunk, int from, int to, List<ExtentRecord> extents) {}

  // ---- taking data in ----

  /** Waits until there is room for more; called without locks. */
  void throttle() throws IOException {
    long bytes = dirtyBytes.get();
    if (bytes <= maxDirty / 2) {
      return;
    }
    if (bytes <= maxDirty && workers.isParallel()) {
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
    if (bytes > maxDirty) {
      synchronized (paying) {
        if (dirtyBytes.get() > maxDirty) {
          storeAll();
        }
      }
    }
  }

  private static long worstUnits(long length) {
    return Geometry.units(length) + 2 * (length / Geometry.MAX_CHUNK + 2);
  }

  private static Claim worstClaim(long length) {
    long windows = length / Geometry.MAX_CHUNK + 2;
    return new Claim(windows, windows, worstUnits(length));
  }

  /**
   * Reserves the space that {@code length} bytes can take, once what waits has been stored and a
   * checkpoint made where there is not enough; called without locks.
   */
  void reserve(long length) throws IOException {
    if (tryReserve(length)) {
      return;
    }
    makeRoom();
    if (!tryReserve(length)) {
      throw FsException.of(Fault.NO_SPACE, "no space for " + length + " bytes");
    }
  }

  private boolean tryReserve(long length) throws IOException {
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

  /**
   * Turns what is reserved for the worst case, and freed since the last checkpoint, into space that
   * can be had; called without locks.
   */
  void makeRoom() throws IOException {
    try {
      storeAll();
    } catch (FsException e) {
      if (e.fault() != Fault.NO_SPACE) {
        throw e;
      }
      // What could not be stored keeps its reservations.
    }
    transactions.checkpoint();
  }

  /** Gives back what {@link #reserve} took for {@code length} bytes. */
  void unreserve(long length) {
    transactions.allocator().unreserve(worstUnits(length));
    transactions.expected(worstClaim(length));
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
      dirtyBytes.addAndGet(chunk.memory() - memory);
      if (reserved) {
        // Not up to the worst case as a whole: some of it may lie where space was promised.
        long grown = Math.max(0, chunk.worstUnits() - before);
        taken += grown;
        chunk.reservedUnits(chunk.reservedUnits() + grown);
        Claim more =
            new Claim(
                chunk.claim().isNone() ? 1 : 0,
                Math.max(0, Math.min(chunk.ranges(), MAX_RANGES) - chunk.claim().ranges()),
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
      transactions.allocator().unreserve(worstUnits(length) - taken);
      transactions.expected(worstClaim(length).minus(claimed));
    }
    dirty(file);
  }

  /** Stores a file's full chunks in the background once there are enough. */
  void pump(InodeHandle file, FileData data) {
    if (data.fullChunks() >= BATCH && !data.queued() && workers.isParallel() && file.pin()) {
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

  private void dirty(InodeHandle file) {
    if (dirtyFiles.add(file)) {
      // The caller holds a pin, so this one succeeds; it is given back when the file is clean.
      file.pin();
    }
  }

  private void cleanIfDone(InodeHandle file, FileData data) {
    if (data.isClean() && dirtyFiles.remove(file)) {
      file.unpin();
    }
  }

  /** Drops data beyond {@code size}, or within a range, that waits; under the write lock. */
  void drop(InodeHandle file, long from, long to) {
    FileData data = file.data();
    if (data == null) {
      return;
    }
    drop(data.dirty(), from, to, true);
    drop(data.storing(), from, to, false);
    cleanIfDone(file, data);
  }

  private void drop(Map<Long, DirtyChunk> map, long from, long to, boolean close) {
    Iterator<Map.Entry<Long, DirtyChunk>> entries = map.entrySet().iterator();
    while (entries.hasNext()) {
      Map.Entry<Long, DirtyChunk> entry = entries.next();
      long start = FileData.start(entry.getKey());
      long first = Math.max(from - start, 0);
      long last = Math.min(to - start, Geometry.MAX_CHUNK);
      if (first >= last) {
        continue;
      }
      DirtyChunk chunk = entry.getValue();
      chunk.remove((int) first, (int) last);
      if (!close) {
        continue; // Its buffer is being read; what is left of it counts when it is stored.
      }
      long kept = Math.min(chunk.reservedUnits(), chunk.worstUnits());
      transactions.allocator().unreserve(chunk.reservedUnits() - kept);
      chunk.reservedUnits(kept);
      if (chunk.isEmpty()) {
        entries.remove();
        close(chunk);
      }
    }
  }

  private void close(DirtyChunk chunk) {
    if (chunk.reservedUnits() > 0) {
      transactions.allocator().unreserve(chunk.reservedUnits());
      chunk.reservedUnits(0);
    }
    transactions.expected(chunk.claim());
    chunk.claim(Claim.NONE);
    dirtyBytes.addAndGet(-chunk.memory());
    chunk.close();
  }

  // ---- storing ----

  /** Stores everything that waits. */
  void storeAll() throws IOException {
    List<InodeHandle> files = new ArrayList<>();
    for (InodeHandle file : dirtyFiles) {
      if (file.pin()) {
        files.add(file);
      }
    }
    try {
      files.sort(null);
      List<InodeHandle> rest = packSmall(files);
      workers.forEach(rest, file -> storeFile(file, false, false));
    } finally {
      files.forEach(inodes::unpin);
    }
  }

  /** Rewrites what synchronous writes left in the tree as chunks. */
  void mergeInline() throws IOException {
    for (InodeHandle file : inlineFiles) {
      try {
        mergeInline(file);
      } catch (IOException e) {
        // Such as NO_SPACE. Nothing is lost, the data stays where it is; no reason not to close.
        transactions.requireWorking();
      }
    }
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
      int most = batch;
      boolean more = true;
      while (more) {
        transactions.requireWorking();
        try {
          more = storeBatch(file, data, onlyFull, synchronous, most);
        } catch (FsException e) {
          if (e.fault() != Fault.NO_SPACE || most == 1) {
            throw e;
          }
          most = 1; // What replaces much is too much for one transaction where space is short.
        }
      }
    } finally {
      data.flushLock().unlock();
    }
    if (data.inlineBytes() > Geometry.MAX_CHUNK && workers.isParallel() && file.pin()) {
      data.inlineBytes(0);
      workers.execute(
          () -> {
            try {
              mergeInline(file);
            } catch (IOException e) {
              // Nothing is lost: the data stays where it is.
            } finally {
              inodes.unpin(file);
            }
          });
    }
  }

  /** Stores up to {@code most} chunks; false when nothing was there to store. */
  private boolean storeBatch(
      InodeHandle file, FileData data, boolean onlyFull, boolean synchronous, int most)
      throws IOException {
    List<Long> numbers = new ArrayList<>(most);
    file.lock().writeLock().lock();
    try {
      transactions.requireWorking();
      if (file.record() == null) {
        discard(file, data);
        return false;
      }
      if (synchronous && storeInline(file, data)) {
        return false;
      }
      boolean filled = false;
      try {
        Iterator<Map.Entry<Long, DirtyChunk>> entries = data.dirty().entrySet().iterator();
        while (entries.hasNext() && numbers.size() < most) {
          Map.Entry<Long, DirtyChunk> entry = entries.next();
          if (onlyFull && !entry.getValue().isFull()) {
            break; // In order, so that the size never covers what is not stored.
          }
          fillGaps(file, data, entry.getKey(), entry.getValue());
          numbers.add(entry.getKey());
          data.storing().put(entry.getKey(), entry.getValue());
          entries.remove();
        }
        filled = true;
      } finally {
        if (!filled) {
          takeBack(file, data, numbers); // The next commit would count them as stored.
        }
      }
      if (numbers.isEmpty()) {
        if (!onlyFull) {
          settleSize(file, data);
        }
        cleanIfDone(file, data);
        return false;
      }
    } finally {
      file.lock().writeLock().unlock();
    }
    List<Stored> stored = new ArrayList<>();
    boolean done = false;
    try {
      stored.addAll(storeChunks(file, data, numbers, onlyFull ? Effort.FAST : Effort.NORMAL));
      commit(List.of(file), stored, null, true);
      done = true;
    } finally {
      if (!done) {
        takeBack(file, data, numbers);
      }
    }
    return true;
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
      dirtyBytes.addAndGet(chunk.memory() - memory);
    } finally {
      pool.give(buffer);
      long worst = chunk.worstUnits();
      long held = chunk.reservedUnits() + units;
      chunk.reservedUnits(Math.min(worst, held));
      transactions.allocator().unreserve(held - chunk.reservedUnits());
    }
  }

  /** A file that is gone needs none of its data. */
  private void discard(InodeHandle file, FileData data) {
    data.dirty().values().forEach(this::close);
    data.dirty().clear();
    cleanIfDone(file, data);
  }

  /** What could not be stored waits again, beneath what was written meanwhile. */
  private void takeBack(InodeHandle file, FileData data, List<Long> numbers) {
    file.lock().writeLock().lock();
    try {
      for (Long number : numbers) {
        DirtyChunk older = data.storing().remove(number);
        if (older == null) {
          continue;
        }
        DirtyChunk newer = data.dirty().get(number);
        if (newer == null) {
          data.dirty().put(number, older);
        } else {
          int memory = newer.memory();
          newer.mergeUnder(older);
          dirtyBytes.addAndGet(newer.memory() - memory);
          newer.reservedUnits(newer.reservedUnits() + older.reservedUnits());
          older.reservedUnits(0);
          newer.claim(newer.claim().plus(older.claim()));
          older.claim(Claim.NONE);
          close(older);
        }
      }
      dirty(file);
    } finally {
      file.lock().writeLock().unlock();
    }
  }

  private List<Stored> storeChunks(
      InodeHandle file, FileData data, List<Long> numbers, Effort effort) throws IOException {
    // The ranges are read under the lock: a truncation may shorten them at any time.
    List<Stored> wanted = new ArrayList<>();
    List<ByteBuffer> sources = new ArrayList<>();
    file.lock().readLock().lock();
    try {
      for (Long number : numbers) {
        DirtyChunk chunk = data.storing().get(number);
        for (int range = 0; range < chunk.ranges(); range++) {
          int from = chunk.start(range);
          int to = chunk.end(range);
          wanted.add(new Stored(file, number, from, to, new ArrayList<>(1)));
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
            Stored piece = wanted.get(i);
            piece.extents.addAll(
                chunks.write(
                    sources.get(i),
                    FileData.start(piece.chunk) + piece.from,
                    data.hint(),
                    effort,
                    birth()));
          });
      done = true;
    } finally {
      if (!done) {
        wanted.forEach(this::release);
      }
    }
    return wanted;
  }

  private long birth() {
    return transactions.superblock().generation() + 1;
  }

  private void release(Stored piece) {
    for (ExtentRecord extent : piece.extents) {
      if (extent instanceof ExtentRecord.Chunk chunk) {
        chunks.discard(List.of(chunk));
      }
    }
  }

  /** Little data of a synchronous write becomes inline extents: one journal write does it all. */
  private boolean storeInline(InodeHandle file, FileData data) throws IOException {
    if (!data.storing().isEmpty() || data.dirty().isEmpty()) {
      return false;
    }
    long bytes = 0;
    List<Stored> pieces = new ArrayList<>();
    for (Map.Entry<Long, DirtyChunk> entry : data.dirty().entrySet()) {
      DirtyChunk chunk = entry.getValue();
      for (int range = 0; range < chunk.ranges(); range++) {
        bytes += chunk.end(range) - chunk.start(range);
        if (bytes > inlineSync || pieces.size() > 8) {
          return false;
        }
        pieces.add(inline(file, entry.getKey(), chunk, range));
      }
    }
    List<Long> numbers = new ArrayList<>(data.dirty().keySet());
    data.storing().putAll(data.dirty());
    data.dirty().clear();
    boolean done = false;
    try {
      commit(List.of(file), pieces, null, false);
      done = true;
    } catch (FsException e) {
      if (e.fault() != Fault.NO_SPACE) {
        throw e;
      }
      return false; // Space for a chunk is reserved, space in the tree for the data is not.
    } finally {
      if (!done) {
        takeBack(file, data, numbers);
      }
    }
    data.inlineBytes(data.inlineBytes() + bytes);
    if (inlineFiles.add(file)) {
      file.pin();
    }
    return true;
  }

  private Stored inline(InodeHandle file, long number, DirtyChunk chunk, int range) {
    List<ExtentRecord> extents = new ArrayList<>(1);
    int from = chunk.start(range);
    int to = chunk.end(range);
    for (int at = from; at < to; at += maxInline) {
      byte[] bytes = new byte[Math.min(maxInline, to - at)];
      chunk.slice(at, at + bytes.length).get(bytes);
      extents.add(new ExtentRecord.Inline(bytes));
    }
    return new Stored(file, number, from, to, extents);
  }

  /**
   * Lets the files refer to what was stored for them. Pieces that were truncated meanwhile count as
   * far as they are left.
   *
   * @param files in ascending order of their numbers; locked here
   * @param pack the chunk that the pieces share, or null where each has its own
   * @param accepted whether all that it takes was reserved when the data was taken in
   */
  private void commit(
      List<InodeHandle> files, List<Stored> pieces, ExtentRecord.Chunk pack, boolean accepted)
      throws IOException {
    files.forEach(file -> file.lock().writeLock().lock());
    try {
      Transaction transaction = transactions.begin(Operation.EXTENTS, files.get(0).number());
      if (accepted) {
        transaction.freeing();
      }
      List<InodeRecord> records = new ArrayList<>();
      PackTally tally = pack == null ? null : new PackTally();
      boolean built = false;
      try {
        int next = 0;
        for (InodeHandle file : files) {
          int first = next;
          while (next < pieces.size() && pieces.get(next).file == file) {
            next++;
          }
          records.add(refer(transaction, file, pieces.subList(first, next), tally));
        }
        if (tally != null && tally.references > 0) {
          tally.share(transaction, pack);
        }
        built = true;
      } finally {
        if (!built) {
          transactions.abort(transaction);
          pieces.forEach(piece -> releaseOutside(transaction, piece));
          if (pack != null && !transaction.allocates(pack.address())) {
            chunks.discard(List.of(pack));
          }
        }
      }
      if (tally != null && tally.references == 0) {
        chunks.discard(List.of(pack));
      }
      transactions.commit(transaction);
      for (int i = 0; i < files.size(); i++) {
        committed(files.get(i), records.get(i));
      }
    } finally {
      files.forEach(file -> file.lock().writeLock().unlock());
    }
  }

  /** After an abort, which gives back only what the transaction had come to know of. */
  private void releaseOutside(Transaction transaction, Stored piece) {
    for (ExtentRecord extent : piece.extents) {
      if (extent instanceof ExtentRecord.Chunk chunk
          && !chunk.shared()
          && !transaction.allocates(chunk.address())) {
        chunks.discard(List.of(chunk));
      }
    }
  }

  /** The references that files take to a pack. */
  private static final class PackTally {
    int references;
    long live;
    final List<Long> owners = new ArrayList<>();

    void share(Transaction transaction, ExtentRecord.Chunk pack) {
      transaction.allocate(pack.address(), (int) Geometry.roundUp(pack.stored()));
      transaction.shareChunk(
          pack.address(),
          pack.stored(),
          references,
          live,
          owners.stream().mapToLong(Long::longValue).toArray());
      transaction.totals(0, 0, pack.stored());
    }
  }

  /** Puts a file's pieces into its extents; returns the record it will have. */
  private InodeRecord refer(
      Transaction transaction, InodeHandle file, List<Stored> pieces, PackTally tally)
      throws IOException {
    FileData data = file.data();
    data.storing().values().forEach(chunk -> transaction.settles(chunk.claim()));
    InodeRecord before = file.record();
    if (before == null) {
      if (tally == null) {
        pieces.forEach(this::release);
      }
      return null;
    }
    long first = pieces.isEmpty() ? 0 : FileData.start(pieces.get(0).chunk) + pieces.get(0).from;
    long last = first;
    for (Stored piece : pieces) {
      last = Math.max(last, FileData.start(piece.chunk) + piece.to);
    }
    ExtentEditor editor =
        new ExtentEditor(transactions.metadata(), transaction, file.number(), first, last);
    for (Stored piece : pieces) {
      long at = FileData.start(piece.chunk) + piece.from;
      DirtyChunk live = data.storing().get(piece.chunk);
      for (Iterator<ExtentRecord> extents = piece.extents.iterator(); extents.hasNext(); ) {
        ExtentRecord extent = extents.next();
        if (!place(transaction, editor, file, at, extent, live, tally)) {
          extents.remove();
        }
        at += extent.length();
      }
    }
    long units = editor.finish();
    promise(transaction, editor.reservedUnits());
    InodeRecord.Editor after = before.edit().units(before.units() + units);
    if (data.isPending()) {
      after.size(coveredSize(data, before.size())).mtime(data.mtime()).ctime(data.ctime());
    }
    InodeRecord record = after.done();
    transaction.touchInode(file.number(), before, record);
    return record;
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

  /** Adds what is left of one stored extent to the file; false where nothing is. */
  private boolean place(
      Transaction transaction,
      ExtentEditor editor,
      InodeHandle file,
      long at,
      ExtentRecord extent,
      DirtyChunk live,
      PackTally tally) {
    int base = (int) (at % Geometry.MAX_CHUNK);
    List<ExtentRecord> parts = new ArrayList<>(1);
    List<Long> offsets = new ArrayList<>(1);
    for (int range = 0; live != null && range < live.ranges(); range++) {
      int from = Math.max(base, live.start(range));
      int to = (int) Math.min(base + extent.length(), live.end(range));
      if (from < to) {
        parts.add(extent.slice(from - base, to - from));
        offsets.add(at + from - base);
      }
    }
    if (extent instanceof ExtentRecord.Chunk chunk && tally == null) {
      if (parts.isEmpty()) {
        chunks.discard(List.of(chunk));
        return false;
      }
      transaction.allocate(chunk.address(), (int) Geometry.roundUp(chunk.stored()));
      transaction.totals(0, 0, chunk.stored());
      if (parts.size() > 1) {
        long sum = parts.stream().mapToLong(ExtentRecord::length).sum();
        transaction.referChunk(chunk.address(), chunk.stored(), parts.size(), sum);
        parts.replaceAll(part -> ((ExtentRecord.Chunk) part).shared(true));
      }
    }
    for (int i = 0; i < parts.size(); i++) {
      ExtentRecord part = parts.get(i);
      long offset = offsets.get(i);
      editor.clear(offset, offset + part.length());
      editor.add(offset, part);
      if (tally != null && part instanceof ExtentRecord.Chunk) {
        tally.references++;
        tally.live += part.length();
        tally.owners.add(file.number());
        tally.owners.add(offset);
      }
    }
    return !parts.isEmpty();
  }

  /**
   * The size that the stored data justifies: no further than the first byte that still waits. What
   * waits before the end of the stored data was written after it, and does not count: else that
   * data would lie beyond the size, to come up again when the file grows after a crash.
   */
  private static long coveredSize(FileData data, long before) {
    long recorded = before;
    for (Map.Entry<Long, DirtyChunk> entry : data.storing().entrySet()) {
      DirtyChunk chunk = entry.getValue();
      if (!chunk.isEmpty()) {
        long end = FileData.start(entry.getKey()) + chunk.end(chunk.ranges() - 1);
        recorded = Math.max(recorded, Math.min(data.size(), end));
      }
    }
    for (Map.Entry<Long, DirtyChunk> entry : data.dirty().entrySet()) {
      DirtyChunk chunk = entry.getValue();
      for (int range = 0; range < chunk.ranges(); range++) {
        long start = FileData.start(entry.getKey()) + chunk.start(range);
        if (start >= recorded) {
          return Math.min(data.size(), Math.max(recorded, start));
        }
        long end = FileData.start(entry.getKey()) + chunk.end(range);
        if (end > recorded) {
          return recorded;
        }
      }
    }
    return data.size();
  }

  /** Under the write lock, after the commit. */
  private void committed(InodeHandle file, InodeRecord record) {
    FileData data = file.data();
    data.storing().values().forEach(this::close);
    data.storing().clear();
    if (record != null) {
      file.record(record);
      if (data.dirty().isEmpty() && data.isPending() && record.size() == data.size()) {
        data.settled();
      }
    }
    cleanIfDone(file, data);
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

  // ---- small files ----

  /** Stores small new files many to a chunk; returns the others. */
  private List<InodeHandle> packSmall(List<InodeHandle> files) throws IOException {
    List<InodeHandle> rest = new ArrayList<>();
    List<InodeHandle> group = new ArrayList<>();
    List<List<InodeHandle>> groups = new ArrayList<>();
    long bytes = 0;
    for (InodeHandle file : files) {
      int size = packable(file);
      if (size == 0) {
        rest.add(file);
        continue;
      }
      if (bytes + size > Geometry.MAX_CHUNK || group.size() == maxPacked) {
        groups.add(group);
        group = new ArrayList<>();
        bytes = 0;
      }
      group.add(file);
      bytes += size;
    }
    if (!group.isEmpty()) {
      groups.add(group);
    }
    try {
      workers.forEach(groups, this::pack);
    } catch (IOException e) {
      // Each file goes by itself then, and so do all others.
      transactions.requireWorking();
    }
    // What was written to meanwhile, or was busy, is stored by itself.
    for (List<InodeHandle> packed : groups) {
      for (InodeHandle file : packed) {
        if (isDirty(file)) {
          rest.add(file);
        }
      }
    }
    return rest;
  }

  private static boolean isDirty(InodeHandle file) {
    file.lock().readLock().lock();
    try {
      return !file.data().isClean();
    } finally {
      file.lock().readLock().unlock();
    }
  }

  /** The size of a new small file that can be packed, or 0. */
  private int packable(InodeHandle file) {
    file.lock().readLock().lock();
    try {
      FileData data = file.data();
      InodeRecord record = file.record();
      if (record == null
          || record.size() != 0
          || record.units() != 0
          || data.size() > PACKED_FILE
          || data.size() == 0
          || data.dirty().size() != 1
          || !data.storing().isEmpty()) {
        return 0;
      }
      DirtyChunk chunk = data.dirty().get(0L);
      boolean whole =
          chunk != null
              && chunk.ranges() == 1
              && chunk.start(0) == 0
              && chunk.end(0) == data.size();
      return whole ? (int) data.size() : 0;
    } finally {
      file.lock().readLock().unlock();
    }
  }

  /** Stores whole small files as one chunk, in one transaction. */
  private void pack(List<InodeHandle> candidates) throws IOException {
    List<InodeHandle> files = new ArrayList<>();
    List<Stored> pieces = new ArrayList<>();
    ByteBuffer buffer = pool.take(Geometry.MAX_CHUNK);
    ExtentRecord.Chunk pack = null;
    boolean done = false;
    try {
      for (InodeHandle file : candidates) {
        if (file.data().flushLock().tryLock()) {
          if (gather(file, buffer, pieces)) {
            files.add(file);
          } else {
            file.data().flushLock().unlock();
          }
        }
      }
      if (files.isEmpty()) {
        done = true;
        return;
      }
      buffer.flip();
      List<ExtentRecord.Chunk> stored = new ArrayList<>();
      if (buffer.hasRemaining()) {
        stored.addAll(chunks.write(buffer, -1, files.get(0).data().hint(), Effort.NORMAL, birth()));
      }
      if (stored.size() > 1) {
        chunks.discard(stored); // Fragmented space: each file goes by itself.
        return;
      }
      int skip = 0;
      for (Stored piece : pieces) {
        if (piece.extents.isEmpty()) {
          pack = stored.get(0).shared(true);
          piece.extents.add(pack.slice(skip, piece.to));
          skip += piece.to;
        }
      }
      commit(files, pieces, pack, true);
      done = true;
    } finally {
      pool.give(buffer);
      for (InodeHandle file : files) {
        if (!done) {
          takeBack(file, file.data(), List.of(0L));
        }
        file.data().flushLock().unlock();
      }
    }
  }

  /** Moves a file's only chunk to those being stored; false where it no longer can be packed. */
  private boolean gather(InodeHandle file, ByteBuffer buffer, List<Stored> pieces) {
    file.lock().writeLock().lock();
    try {
      int size = packable(file);
      if (size == 0 || size > buffer.remaining()) {
        return false;
      }
      FileData data = file.data();
      DirtyChunk chunk = data.dirty().remove(0L);
      data.storing().put(0L, chunk);
      if (size <= INLINE_FILE) {
        pieces.add(inline(file, 0, chunk, 0));
      } else {
        buffer.put(chunk.slice(0, size));
        pieces.add(new Stored(file, 0, 0, size, new ArrayList<>(1)));
      }
      return true;
    } finally {
      file.lock().writeLock().unlock();
    }
  }

  // ---- inline extents of synchronous writes ----

  /** Rewrites a file's inline extents as chunks, window by window. */
  private void mergeInline(InodeHandle file) throws IOException {
    FileData data = file.data();
    data.flushLock().lock();
    try {
      long at = 0;
      while (at >= 0) {
        at = mergeWindow(file, at);
      }
      data.inlineBytes(0);
    } finally {
      data.flushLock().unlock();
    }
    if (inlineFiles.remove(file)) {
      inodes.unpin(file);
    }
  }

  /** Rewrites the inline extents of the first window from {@code from} on that has any. */
  private long mergeWindow(InodeHandle file, long from) throws IOException {
    if (!tryReserve(Geometry.MAX_CHUNK)) {
      throw FsException.of(Fault.NO_SPACE, "no space to merge inline extents");
    }
    ByteBuffer buffer = pool.take(Geometry.MAX_CHUNK);
    file.lock().writeLock().lock();
    try {
      if (file.record() == null) {
        return -1;
      }
      List<Stored> pieces = new ArrayList<>();
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
                buffer.put((int) skip, inline.bytes());
                Stored last = pieces.isEmpty() ? null : pieces.get(pieces.size() - 1);
                int to = (int) (skip + inline.length());
                if (last != null && last.to == skip) {
                  pieces.set(
                      pieces.size() - 1, new Stored(file, window[0], last.from, to, last.extents));
                } else {
                  pieces.add(new Stored(file, window[0], (int) skip, to, new ArrayList<>(1)));
                }
                end[0] = offset + inline.length();
                return true;
              });
      pieces.removeIf(piece -> piece.to - piece.from <= INLINE_FILE);
      if (!pieces.isEmpty()) {
        rewrite(file, buffer, pieces);
      }
      return end[0];
    } finally {
      file.lock().writeLock().unlock();
      pool.give(buffer);
      unreserve(Geometry.MAX_CHUNK);
    }
  }

  private void rewrite(InodeHandle file, ByteBuffer buffer, List<Stored> pieces)
      throws IOException {
    Transaction transaction = transactions.begin(Operation.COMPACT, file.number());
    transaction.settles(worstClaim(Geometry.MAX_CHUNK));
    boolean built = false;
    InodeRecord before = file.record();
    InodeRecord after;
    try {
      long start = FileData.start(pieces.get(0).chunk);
      ExtentEditor editor =
          new ExtentEditor(
              transactions.metadata(),
              transaction,
              file.number(),
              start,
              start + pieces.get(pieces.size() - 1).to); // The window's end may be beyond 8 EiB.
      for (Stored piece : pieces) {
        long at = start + piece.from;
        List<ExtentRecord.Chunk> written =
            chunks.write(
                buffer.slice(piece.from, piece.to - piece.from),
                at,
                file.data().hint(),
                Effort.NORMAL,
                birth());
        editor.clear(at, start + piece.to);
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
