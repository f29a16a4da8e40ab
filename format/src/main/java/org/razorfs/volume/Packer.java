package org.razorfs.volume;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.razorfs.compress.Effort;
import org.razorfs.extent.BufferPool;
import org.razorfs.extent.ChunkStore;
import org.razorfs.layout.ExtentRecord;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.InodeRecord;
import org.razorfs.tx.Transactions;

/** Stores small new files many to a chunk. */
final class Packer {
  /** Files up to this size are packed together. */
  private static final int PACKED_FILE = 64 << 10;

  private final Transactions transactions;
  private final ChunkStore chunks;
  private final BufferPool pool;
  private final Workers workers;
  private final DirtyFiles dirtyFiles;
  private final ExtentCommit extents;
  private final StoreLimits limits;

  Packer(
      Transactions transactions,
      ChunkStore chunks,
      BufferPool pool,
      Workers workers,
      DirtyFiles dirtyFiles,
      ExtentCommit extents,
      StoreLimits limits) {
    this.transactions = transactions;
    this.chunks = chunks;
    this.pool = pool;
    this.workers = workers;
    this.dirtyFiles = dirtyFiles;
    this.extents = extents;
    this.limits = limits;
  }

  /** Stores small new files many to a chunk; returns the others. */
  List<InodeHandle> packSmall(List<InodeHandle> files) throws IOException {
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
      if (bytes + size > Geometry.MAX_CHUNK || group.size() == limits.maxPacked()) {
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
    transactions.throttle();
    chunks.requireHostSpace(Geometry.UNIT);
    List<InodeHandle> files = new ArrayList<>();
    List<StoredPiece> pieces = new ArrayList<>();
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
        stored.addAll(
            chunks.write(
                buffer,
                -1,
                files.get(0).data().hint(),
                Effort.NORMAL,
                transactions.superblock().generation() + 1));
      }
      if (stored.size() > 1) {
        chunks.discard(stored); // Fragmented space: each file goes by itself.
        return;
      }
      int skip = 0;
      for (StoredPiece piece : pieces) {
        if (piece.extents().isEmpty()) {
          pack = stored.get(0).shared(true);
          piece.extents().add(pack.slice(skip, piece.to()));
          skip += piece.to();
        }
      }
      extents.commit(files, pieces, pack, ExtentCommit.Room.RESERVED);
      done = true;
    } finally {
      pool.give(buffer);
      for (InodeHandle file : files) {
        if (!done) {
          dirtyFiles.takeBack(file, file.data(), List.of(0L));
        }
        file.data().flushLock().unlock();
      }
    }
  }

  /** Moves a file's only chunk to those being stored; false where it no longer can be packed. */
  private boolean gather(InodeHandle file, ByteBuffer buffer, List<StoredPiece> pieces) {
    file.lock().writeLock().lock();
    try {
      int size = packable(file);
      if (size == 0 || size > buffer.remaining()) {
        return false;
      }
      FileData data = file.data();
      DirtyChunk chunk = data.dirty().remove(0L);
      data.storing().put(0L, chunk);
      if (size <= StoreLimits.INLINE_FILE) {
        pieces.add(StoredPiece.inline(file, 0, chunk, 0, limits.maxInline()));
      } else {
        chunk.read(0, size, buffer);
        pieces.add(new StoredPiece(file, 0, 0, size));
      }
      return true;
    } finally {
      file.lock().writeLock().unlock();
    }
  }
}
