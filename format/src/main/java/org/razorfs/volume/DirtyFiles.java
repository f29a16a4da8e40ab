package org.razorfs.volume;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.razorfs.layout.Geometry;
import org.razorfs.tx.Claim;
import org.razorfs.tx.Transactions;

/**
 * The files with data that waits to be stored, each pinned as long as it is among them, and the
 * memory that this data takes.
 */
final class DirtyFiles {
  private final Transactions transactions;
  private final long most;
  private final AtomicLong bytes = new AtomicLong();
  private final Set<InodeHandle> files = ConcurrentHashMap.newKeySet();

  /**
   * @param most the limit of the memory, in bytes
   */
  DirtyFiles(Transactions transactions, long most) {
    this.transactions = transactions;
    this.most = most;
  }

  /** Memory of data that waits. */
  long bytes() {
    return bytes.get();
  }

  /** Whether more is written than has been stored meanwhile: writers will have to wait. */
  boolean isCrowded() {
    return bytes.get() > most / 2;
  }

  /** Whether writers have to wait. */
  boolean isFull() {
    return bytes.get() > most;
  }

  /** The memory of a chunk has changed. */
  void grown(int more) {
    bytes.addAndGet(more);
  }

  /** The files, each pinned once more for the caller, in the order of their numbers. */
  List<InodeHandle> pinAll() {
    List<InodeHandle> pinned = new ArrayList<>();
    for (InodeHandle file : files) {
      if (file.pin()) {
        pinned.add(file);
      }
    }
    pinned.sort(null);
    return pinned;
  }

  /** Data of a file waits; the caller holds its write lock and a pin. */
  void add(InodeHandle file) {
    if (files.add(file)) {
      // The caller holds a pin, so this one succeeds; it is given back when the file is clean.
      file.pin();
    }
  }

  /** Forgets a file none of whose data waits any more; under its lock. */
  void removeIfClean(InodeHandle file, FileData data) {
    if (data.isClean() && files.remove(file)) {
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
    removeIfClean(file, data);
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

  /** A file that is gone needs none of its data. */
  void discard(InodeHandle file, FileData data) {
    data.dirty().values().forEach(this::close);
    data.dirty().clear();
    removeIfClean(file, data);
  }

  /** What could not be stored waits again, beneath what was written meanwhile. */
  void takeBack(InodeHandle file, FileData data, List<Long> numbers) {
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
          bytes.addAndGet(newer.memory() - memory);
          newer.reservedUnits(newer.reservedUnits() + older.reservedUnits());
          older.reservedUnits(0);
          newer.claim(newer.claim().plus(older.claim()));
          older.claim(Claim.NONE);
          close(older);
        }
      }
      add(file);
    } finally {
      file.lock().writeLock().unlock();
    }
  }

  /** Gives back what a chunk holds: memory, and what is reserved for it. */
  void close(DirtyChunk chunk) {
    if (chunk.reservedUnits() > 0) {
      transactions.allocator().unreserve(chunk.reservedUnits());
      chunk.reservedUnits(0);
    }
    transactions.expected(chunk.claim());
    chunk.claim(Claim.NONE);
    bytes.addAndGet(-chunk.memory());
    chunk.close();
  }
}
