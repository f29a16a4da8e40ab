package org.razorfs.volume;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
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
import org.razorfs.tx.Transactions;

/**
 * Moves what is left of mostly dead packs to a new one, which frees them. The new pack is written
 * to fresh space without a lock; the files' locks are held to look at their extents, and to point
 * them at the new pack where nothing has changed.
 */
final class Repacker {
  private final Transactions transactions;
  private final ChunkStore chunks;
  private final BufferPool pool;
  private final InodeTable inodes;
  private final DataRoom room;
  private final CompactionGate gate;
  private final CompactionTally tally;
  private final int maxParts;

  /** Packs that wait until together they fill a new one. */
  private final List<Pack> gathered = new ArrayList<>();

  private final Set<Long> addresses = new HashSet<>();
  private int parts;
  private int bytes;

  Repacker(
      Transactions transactions,
      ChunkStore chunks,
      BufferPool pool,
      InodeTable inodes,
      DataRoom room,
      CompactionGate gate,
      CompactionTally tally,
      StoreLimits limits) {
    this.transactions = transactions;
    this.chunks = chunks;
    this.pool = pool;
    this.inodes = inodes;
    this.room = room;
    this.gate = gate;
    this.tally = tally;
    this.maxParts = Math.max(1, limits.maxPacked() / 2); // Each is taken from one and put in one.
  }

  /** An extent of a file that refers to a pack, and where in the new pack its bytes go. */
  private static final class Part {
    final long inode;
    final long offset;
    final ExtentRecord.Chunk extent;
    int skip;

    Part(long inode, long offset, ExtentRecord.Chunk extent) {
      this.inode = inode;
      this.offset = offset;
      this.extent = extent;
    }

    int length() {
      return (int) extent.length();
    }
  }

  /** A pack and all that still refers to it. */
  private record Pack(long address, int stored, List<Part> parts, int live) {}

  /**
   * Looks at a pack, and takes it in where it is worth rewriting; moves those taken in so far when
   * there is no more room for it beside them. One thread at a time.
   */
  Step add(long address, Zeal zeal) throws IOException {
    if (addresses.contains(address)) {
      return Step.NOTHING;
    }
    Pack pack = look(address, zeal);
    if (pack == null) {
      return Step.NOTHING;
    }
    Step step = Step.NOTHING;
    if (bytes + pack.live > Geometry.MAX_CHUNK || parts + pack.parts.size() > maxParts) {
      step = move();
      if (step == Step.NO_ROOM) {
        return step;
      }
    }
    gathered.add(pack);
    addresses.add(address);
    parts += pack.parts.size();
    bytes += pack.live;
    return step;
  }

  /** Moves what has been taken in; it stays taken in where there is no room to. */
  Step move() throws IOException {
    if (gathered.isEmpty()) {
      return Step.NOTHING;
    }
    Step step = Step.NOTHING;
    try {
      step = moveGathered();
    } finally {
      if (step != Step.NO_ROOM) {
        gathered.clear();
        addresses.clear();
        parts = 0;
        bytes = 0;
      }
    }
    return step;
  }

  private Step moveGathered() throws IOException {
    if (!gate.tryBegin()) {
      return Step.NO_ROOM;
    }
    try {
      if (!room.tryReserve(Geometry.MAX_CHUNK)) {
        return Step.NO_ROOM;
      }
      try {
        return move(List.copyOf(gathered));
      } catch (FsException e) {
        if (e.fault().isWantOfSpace()) {
          return Step.NO_ROOM;
        }
        throw e;
      } finally {
        room.unreserve(Geometry.MAX_CHUNK);
      }
    } finally {
      gate.end();
    }
  }

  /** The pack, or null where it is not worth rewriting or its owners do not tell all of it. */
  private Pack look(long address, Zeal zeal) throws IOException {
    ChunkRecord record = transactions.metadata().chunk(address);
    if (record == null || record.references() <= 0 || record.references() > maxParts) {
      return null;
    }
    TreeMap<Long, TreeSet<Long>> offsets = new TreeMap<>();
    for (int i = 0; i < record.owners().length; i += 2) {
      long offset = record.owners()[i + 1];
      if (offset >= 0 && offset <= Long.MAX_VALUE - Geometry.MAX_CHUNK) {
        offsets.computeIfAbsent(record.owners()[i], inode -> new TreeSet<>()).add(offset);
      }
    }
    List<Part> found = new ArrayList<>();
    for (Map.Entry<Long, TreeSet<Long>> owner : offsets.entrySet()) {
      found.addAll(parts(owner.getKey(), owner.getValue(), address));
    }
    long live = found.stream().mapToLong(Part::length).sum();
    if (found.size() != record.references() || live != record.live()) {
      return null;
    }
    // Files that copies have made refer to the same bytes, which are moved once.
    long distinct =
        found.stream().map(part -> part.extent).distinct().mapToLong(ExtentRecord::length).sum();
    return zeal.isDead(distinct, found.get(0).extent.logical())
        ? new Pack(address, record.stored(), found, (int) distinct)
        : null;
  }

  /** The extents of a file that refer to a pack, of those up to a chunk's length from offsets. */
  private Collection<Part> parts(long inode, NavigableSet<Long> offsets, long address)
      throws IOException {
    TreeMap<Long, Part> found = new TreeMap<>();
    InodeHandle file = pin(inode);
    if (file == null) {
      return found.values();
    }
    try {
      file.lock().readLock().lock();
      try {
        Long from = file.record() == null ? null : offsets.first();
        while (from != null) {
          // What lies between owners that are far from each other may be a thousand times as much.
          long to = endOfGroup(offsets, from);
          transactions
              .metadata()
              .extents(
                  inode,
                  from,
                  (offset, extent) -> {
                    if (offset >= to) {
                      return false;
                    }
                    if (extent instanceof ExtentRecord.Chunk chunk && chunk.address() == address) {
                      found.put(offset, new Part(inode, offset, chunk));
                    }
                    return true;
                  });
          from = offsets.ceiling(to);
        }
      } finally {
        file.lock().readLock().unlock();
      }
    } finally {
      inodes.unpin(file);
    }
    return found.values();
  }

  /** Up to where extents may lie that were at an offset or at others not far from it. */
  private static long endOfGroup(NavigableSet<Long> offsets, long first) {
    long end = first;
    for (Long next = first; next != null && next <= end; next = offsets.higher(next)) {
      end = next + Geometry.MAX_CHUNK;
    }
    return end;
  }

  /** The inode, or null where it is gone. */
  private InodeHandle pin(long inode) throws IOException {
    try {
      return inodes.pin(inode);
    } catch (FsException e) {
      if (e.fault() == Fault.STALE) {
        return null;
      }
      throw e;
    }
  }

  private Step move(List<Pack> packs) throws IOException {
    List<ExtentRecord.Chunk> written;
    try {
      written = write(packs);
    } catch (FsException e) {
      if (e.fault() == Fault.CORRUPT) {
        return Step.NOTHING; // Replaced while it was read, or damaged: then a reader is told.
      }
      throw e;
    }
    boolean kept = false;
    try {
      // Where free space lies in pieces, they stay where they are.
      kept = written.size() == 1 && replace(packs, written);
    } finally {
      if (!kept) {
        chunks.discard(written);
      }
    }
    return kept ? Step.DONE : Step.NOTHING;
  }

  private List<ExtentRecord.Chunk> write(List<Pack> packs) throws IOException {
    ByteBuffer buffer = pool.take(Geometry.MAX_CHUNK);
    try {
      Map<ExtentRecord.Chunk, Integer> places = new HashMap<>();
      for (Pack pack : packs) {
        for (Part part : pack.parts) {
          Integer place = places.putIfAbsent(part.extent, buffer.position());
          if (place == null) {
            part.skip = buffer.position();
            chunks.read(part.extent, 0, part.length(), buffer);
          } else {
            part.skip = place;
          }
        }
      }
      return new ArrayList<>(
          chunks.write(
              buffer.flip(),
              -1,
              new StreamHint(),
              Effort.HIGH,
              transactions.superblock().generation() + 1));
    } finally {
      pool.give(buffer);
    }
  }

  /**
   * Points the files at the new pack; {@code written} is empty afterwards where an aborted
   * transaction has given its space back.
   */
  private boolean replace(List<Pack> packs, List<ExtentRecord.Chunk> written) throws IOException {
    ExtentRecord.Chunk fresh = written.get(0).shared(true);
    try (LockSet locks = new LockSet(inodes)) {
      Map<Long, InodeHandle> files = pinFiles(packs, locks);
      locks.lock();
      TreeMap<Long, List<Part>> moved = new TreeMap<>();
      long freed = 0;
      int count = 0;
      for (Pack pack : packs) {
        // All of it or nothing: what stays keeps the whole pack in its place.
        if (isUnchanged(pack, files)) {
          count++;
          freed += Geometry.units(pack.stored);
          pack.parts.forEach(
              part -> moved.computeIfAbsent(part.inode, i -> new ArrayList<>()).add(part));
        }
      }
      long units = Geometry.units(fresh.stored());
      if (freed <= units) {
        return false;
      }
      commit(moved, files, fresh, written);
      tally.repacked(
          count,
          moved.values().stream().flatMap(List::stream).mapToLong(Part::length).sum(),
          (freed - units) * Geometry.UNIT);
      return true;
    }
  }

  private Map<Long, InodeHandle> pinFiles(List<Pack> packs, LockSet locks) throws IOException {
    Map<Long, InodeHandle> files = new HashMap<>();
    for (Pack pack : packs) {
      for (Part part : pack.parts) {
        if (!files.containsKey(part.inode)) {
          try {
            files.put(part.inode, locks.add(part.inode));
          } catch (FsException e) {
            if (e.fault() != Fault.STALE) {
              throw e;
            }
          }
        }
      }
    }
    return files;
  }

  private boolean isUnchanged(Pack pack, Map<Long, InodeHandle> files) throws IOException {
    ChunkRecord record = transactions.metadata().chunk(pack.address);
    if (record == null || record.references() != pack.parts.size()) {
      return false; // Shared with one more file meanwhile.
    }
    for (Part part : pack.parts) {
      InodeHandle file = files.get(part.inode);
      if (file == null || file.record() == null) {
        return false;
      }
      boolean[] same = {false};
      transactions
          .metadata()
          .extents(
              part.inode,
              part.offset,
              (offset, extent) -> {
                same[0] = offset == part.offset && part.extent.equals(extent);
                return false;
              });
      if (!same[0]) {
        return false;
      }
    }
    return true;
  }

  private void commit(
      NavigableMap<Long, List<Part>> moved,
      Map<Long, InodeHandle> files,
      ExtentRecord.Chunk fresh,
      List<ExtentRecord.Chunk> written)
      throws IOException {
    Replacement replacement = new Replacement(transactions, moved.firstKey(), Geometry.MAX_CHUNK);
    PackReferences references = new PackReferences();
    for (Map.Entry<Long, List<Part>> entry : moved.entrySet()) {
      InodeHandle file = files.get(entry.getKey());
      List<Part> own = entry.getValue();
      long first = own.stream().mapToLong(part -> part.offset).min().orElseThrow();
      long end = own.stream().mapToLong(part -> part.offset + part.length()).max().orElseThrow();
      ExtentEditor editor = replacement.edit(file, first, end);
      for (Part part : own) {
        editor.clear(part.offset, part.offset + part.length());
        editor.add(part.offset, fresh.slice(part.skip, part.length()));
        references.add(file.number(), part.offset, part.length());
      }
      replacement.finish(file, editor);
    }
    references.share(replacement.transaction(), fresh);
    replacement.commit(written::clear);
  }
}
