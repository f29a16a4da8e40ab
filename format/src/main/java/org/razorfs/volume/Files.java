package org.razorfs.volume;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.razorfs.extent.ChunkStore;
import org.razorfs.extent.ExtentEditor;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.layout.ExtentRecord;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.InodeRecord;
import org.razorfs.layout.Operation;
import org.razorfs.layout.OrphanRecord;
import org.razorfs.layout.Timestamp;
import org.razorfs.tx.Metadata;
import org.razorfs.tx.Transaction;

/** The operations on the content of files. */
final class Files {
  private static final int SUID_SGID = 06000;

  /** Reads in a row after which what follows is fetched ahead. */
  private static final int AHEAD_AFTER = 2;

  private final Inodes inodes;
  private final ChunkStore chunks;
  private final StoredData stored;
  private final Leftovers leftovers;
  private final Evictor evictor;
  private final CopySharing sharing;
  private final Workers workers;
  private final BooleanSupplier closing;

  /**
   * @param closing whether the volume is being closed, true before it stores what waits
   */
  Files(
      Inodes inodes,
      ChunkStore chunks,
      StoredData stored,
      Leftovers leftovers,
      Evictor evictor,
      Workers workers,
      BooleanSupplier closing) {
    this.leftovers = leftovers;
    this.closing = closing;
    this.stored = stored;
    this.inodes = inodes;
    this.chunks = chunks;
    this.evictor = evictor;
    this.sharing = new CopySharing(inodes, evictor);
    this.workers = workers;
  }

  // ---- reading ----

  /** Reads up to {@code target}'s room; the bytes read, 0 at or past the end. */
  int read(InodeHandle handle, long offset, ByteBuffer target) throws IOException {
    requireOffset(offset);
    handle.lock().readLock().lock();
    try {
      Inodes.file(handle);
      return readLocked(handle, offset, target);
    } finally {
      handle.lock().readLock().unlock();
    }
  }

  /** The target of a symbolic link, which is stored as a file's content is. */
  byte[] target(InodeHandle handle) throws IOException {
    handle.lock().readLock().lock();
    try {
      InodeRecord record = Inodes.live(handle);
      if (!record.isSymlink()) {
        throw FsException.of(Fault.INVALID_ARGUMENT, "not a symbolic link");
      }
      ByteBuffer target = ByteBuffer.allocate((int) Math.min(record.size(), Geometry.MAX_SYMLINK));
      readLocked(handle, 0, target);
      return target.array();
    } finally {
      handle.lock().readLock().unlock();
    }
  }

  private int readLocked(InodeHandle handle, long offset, ByteBuffer target) throws IOException {
    int length = (int) Math.max(0, Math.min(target.remaining(), visibleSize(handle) - offset));
    int limit = target.limit();
    target.limit(target.position() + length);
    try {
      fill(handle, handle.data(), offset, target);
    } finally {
      target.limit(limit);
    }
    return length;
  }

  /** Fetches what follows a sequential read ahead of the next one. */
  void readAhead(InodeHandle handle, long offset, int length) {
    FileData data = handle.data();
    if (length == 0 || data == null || !workers.isParallel()) {
      return;
    }
    if (data.readAt(offset, length) < AHEAD_AFTER || !handle.pin()) {
      return;
    }
    long from = (FileData.chunk(offset + length - 1) + 1) * Geometry.MAX_CHUNK;
    workers.execute(
        () -> {
          try {
            prefetch(handle, from, from + 2L * Geometry.MAX_CHUNK);
          } catch (IOException e) {
            // The read that needs the data will meet the error itself.
          } finally {
            inodes.table().unpin(handle);
          }
        });
  }

  private void prefetch(InodeHandle handle, long from, long to) throws IOException {
    handle.lock().readLock().lock();
    try {
      if (handle.record() == null) {
        return;
      }
      metadata()
          .extents(
              handle.number(),
              from,
              (at, extent) -> {
                if (at >= to) {
                  return false;
                }
                if (extent instanceof ExtentRecord.Chunk chunk) {
                  chunks.prefetch(chunk);
                }
                return true;
              });
    } finally {
      handle.lock().readLock().unlock();
    }
  }

  private void fill(InodeHandle handle, FileData data, long offset, ByteBuffer target)
      throws IOException {
    int begin = target.position();
    while (target.hasRemaining()) {
      long at = offset + target.position() - begin;
      if (data == null || data.isClean()) {
        stored.read(handle.number(), at, target.remaining(), target);
        return;
      }
      long number = FileData.chunk(at);
      int from = (int) (at - FileData.start(number));
      int count = Math.min(target.remaining(), Geometry.MAX_CHUNK - from);
      count = overlay(data.dirty().get(number), from, count, target);
      count = overlay(data.storing().get(number), from, count, target);
      stored.read(handle.number(), at, count, target);
    }
  }

  /**
   * Copies what a waiting chunk has at {@code from} and returns 0, or returns how many of the
   * {@code count} bytes from there on it does not have.
   */
  private static int overlay(DirtyChunk chunk, int from, int count, ByteBuffer target) {
    if (chunk == null || count == 0) {
      return count;
    }
    int range = chunk.find(from);
    if (range >= 0) {
      chunk.read(from, Math.min(count, chunk.end(range) - from), target);
      return 0;
    }
    return ~range < chunk.ranges() ? Math.min(count, chunk.start(~range) - from) : count;
  }

  // ---- writing ----

  /** Writes all of {@code source}, or less where a fault came after something was written. */
  int write(InodeHandle handle, long offset, ByteBuffer source) throws IOException {
    return write(handle, offset, source, null);
  }

  /** As above, as part of what has begun at {@code time}, unless that is null. */
  private int write(InodeHandle handle, long offset, ByteBuffer source, Timestamp time)
      throws IOException {
    int length = source.remaining();
    requireOffset(offset);
    if (offset > Long.MAX_VALUE - length) {
      throw FsException.of(Fault.FILE_TOO_BIG, "beyond 8 EiB");
    }
    // In pieces, so that a large write never reserves or holds more than a few chunks at once.
    int most = 8 * Geometry.MAX_CHUNK;
    while (source.hasRemaining()) {
      int part = Math.min(source.remaining(), most);
      int left = source.remaining();
      try {
        writePart(handle, offset + length - left, source, part, time);
      } catch (FsException e) {
        if (source.remaining() != left) {
          throw e;
        }
        if (e.fault().isWantOfSpace() && part > Geometry.MAX_CHUNK) {
          most = Geometry.MAX_CHUNK; // What this takes at worst may still be there.
          continue;
        }
        if (left == length) {
          throw e;
        }
        return length - left; // Who writes the rest meets the fault again.
      }
    }
    return length;
  }

  private void writePart(
      InodeHandle handle, long offset, ByteBuffer source, int length, Timestamp time)
      throws IOException {
    WriteBack writeBack = inodes.writeBack();
    writeBack.requireHostSpace(length);
    writeBack.throttle();
    boolean reserved = reserve(length);
    handle.lock().writeLock().lock();
    try {
      InodeRecord record;
      FileData data;
      boolean accepted = false;
      try {
        record = Inodes.file(handle);
        requireWritable(record);
        evictor.beforeGrowth(handle);
        record = Inodes.file(handle);
        data = data(handle, record);
        requireAppending(handle, offset);
        if (!reserved && !isPromised(handle, data, offset, length)) {
          throw inodes.transactions().host().noSpace("no space for " + length + " bytes");
        }
        accepted = true;
      } finally {
        if (!accepted && reserved) {
          writeBack.unreserve(length);
        }
      }
      writeBack.write(handle, data, offset, source, length, reserved);
      data.written(Math.max(data.size(), offset + length), writeTime(inodes, handle, time));
      if (closing.getAsBoolean()) {
        // Perhaps too late to be stored; where it is not, the size must cover it. What comes here
        // before the volume is closing is found and stored.
        throw FsException.of(Fault.SHUT_DOWN, "the volume is being closed");
      }
      writeBack.pump(handle, data);
    } finally {
      handle.lock().writeLock().unlock();
    }
  }

  /**
   * The time of a write under the lock: that at which what it belongs to began, so that this has
   * one time for all of it, unless the file has been changed later or {@code began} is null.
   */
  static Timestamp writeTime(Inodes inodes, InodeHandle handle, Timestamp began) {
    FileData data = handle.data();
    boolean pending = data != null && data.isPending();
    Timestamp last = pending ? data.ctime() : handle.record().ctime();
    return began == null || began.isBefore(last) ? inodes.now() : began;
  }

  /** Reserves space; false where there is none, and it is needed unless it was promised. */
  private boolean reserve(int length) throws IOException {
    try {
      inodes.writeBack().reserve(length);
      return true;
    } catch (FsException e) {
      if (e.fault().isWantOfSpace()) {
        return false;
      }
      throw e;
    }
  }

  /**
   * Whether fallocate has promised all of a range, and nothing that is being stored is about to use
   * the promise up; under the write lock.
   */
  private boolean isPromised(InodeHandle handle, FileData data, long offset, int length)
      throws IOException {
    if (!data.storing().isEmpty()) {
      return false;
    }
    long[] covered = {offset};
    metadata()
        .extents(
            handle.number(),
            offset,
            (start, extent) -> {
              if (start > covered[0] || !(extent instanceof ExtentRecord.Reserved)) {
                return false;
              }
              covered[0] = start + extent.length();
              return covered[0] < offset + length;
            });
    return covered[0] >= offset + length;
  }

  /** The file's waiting data, made if there is none; under the write lock. */
  private static FileData data(InodeHandle handle, InodeRecord record) {
    FileData data = handle.data();
    if (data == null) {
      data = new FileData();
      handle.data(data);
    }
    if (!data.isPending()) {
      data.written(record.size(), record.mtime());
      data.settled();
    }
    return data;
  }

  static void requireWritable(InodeRecord record) throws FsException {
    if (record.has(InodeRecord.IMMUTABLE)) {
      throw FsException.of(Fault.NOT_PERMITTED, "an immutable file");
    }
  }

  /** Refuses what would change an append-only file before its end; under the lock. */
  static void requireAppending(InodeHandle handle, long offset) throws FsException {
    if (handle.record().has(InodeRecord.APPEND) && offset < visibleSize(handle)) {
      throw FsException.of(Fault.NOT_PERMITTED, "an append-only file");
    }
  }

  private static void requireOffset(long offset) throws FsException {
    if (offset < 0) {
      throw FsException.of(Fault.INVALID_ARGUMENT, "a negative offset");
    }
  }

  // ---- size ----

  /**
   * Changes the size together with the other fields that {@code change} sets; nothing where it is a
   * size that data not stored yet must come before.
   */
  InodeRecord truncate(InodeHandle handle, InodeRecord edited, long size) throws IOException {
    InodeRecord before = Inodes.file(handle);
    requireWritable(before);
    if (before.has(InodeRecord.APPEND)) {
      throw FsException.of(Fault.NOT_PERMITTED, "an append-only file");
    }
    if (size > before.size()) {
      evictor.beforeGrowth(handle);
    } else {
      evictor.beforeTruncation(handle);
    }
    boolean atOnce = size >= before.size() || evictor.fitsOneStep(handle.number(), size);
    try {
      return truncate(handle, edited, size, !atOnce);
    } catch (FsException e) {
      if (!e.fault().isWantOfSpace() || !atOnce || size >= before.size()) {
        throw e;
      }
      return truncate(handle, edited, size, true); // For the full volume, in small steps.
    }
  }

  private InodeRecord truncate(InodeHandle handle, InodeRecord edited, long size, boolean stepwise)
      throws IOException {
    InodeRecord before = handle.record();
    Transaction transaction =
        inodes.transactions().begin(Operation.TRUNCATE, handle.number()).freeing();
    InodeRecord.Editor editor = edited.edit().size(size);
    boolean built = false;
    InodeRecord after;
    try {
      if (stepwise) {
        // Too much for one transaction: the new size counts at once, the rest goes step by step,
        // and the orphan list remembers that it must.
        transaction.orphan(handle.number(), true);
        editor.units(before.units());
      } else {
        editor.units(before.units() + cut(transaction, handle, size));
      }
      after = editor.done();
      transaction.putInode(handle.number(), before, after);
      built = true;
    } finally {
      if (!built) {
        inodes.transactions().abort(transaction);
      }
    }
    inodes.transactions().commit(transaction);
    handle.record(after);
    inodes.writeBack().drop(handle, size, Long.MAX_VALUE);
    FileData data = handle.data();
    if (data != null && data.isPending()) {
      data.written(size, after.mtime());
      data.touched(after.mtime(), after.ctime());
      if (data.isClean()) {
        data.settled();
      }
    }
    if (stepwise) {
      evictor.finishTruncationOrPostpone(handle);
    }
    return handle.record();
  }

  private long cut(Transaction transaction, InodeHandle handle, long from) throws IOException {
    ExtentEditor editor =
        new ExtentEditor(metadata(), transaction, handle.number(), from, Long.MAX_VALUE);
    editor.clear(from, Long.MAX_VALUE);
    long units = editor.finish();
    inodes.writeBack().promise(transaction, editor.reservedUnits(), 0);
    return units;
  }

  /** Whether data that waits must be stored before the size can be recorded; under the lock. */
  static boolean mustStoreFirst(InodeHandle handle, long size) {
    FileData data = handle.data();
    if (data == null || data.isClean()) {
      return false;
    }
    long recorded = handle.record().size();
    for (Map.Entry<Long, DirtyChunk> entry : data.dirty().entrySet()) {
      DirtyChunk chunk = entry.getValue();
      for (int range = 0; range < chunk.ranges(); range++) {
        long start = FileData.start(entry.getKey()) + chunk.start(range);
        long end = FileData.start(entry.getKey()) + chunk.end(range);
        if (end > recorded && start < size) {
          return true;
        }
      }
    }
    return !data.storing().isEmpty() && size > recorded;
  }

  // ---- space ----

  void fallocate(InodeHandle handle, FallocateMode mode, long offset, long length)
      throws IOException {
    requireOffset(offset);
    if (length <= 0) {
      throw FsException.of(Fault.INVALID_ARGUMENT, "no length");
    }
    if (offset > Long.MAX_VALUE - length) {
      throw FsException.of(Fault.FILE_TOO_BIG, "beyond 8 EiB");
    }
    boolean promises = mode != FallocateMode.PUNCH_HOLE;
    if (promises && length > Geometry.MAX_VOLUME) {
      // The units of the longest lengths would overflow.
      throw FsException.of(Fault.NO_SPACE, "no volume has that much space");
    }
    boolean clears = mode != FallocateMode.ALLOCATE && mode != FallocateMode.KEEP_SIZE;
    boolean extend = mode == FallocateMode.ALLOCATE || mode == FallocateMode.ZERO_RANGE;
    do {
      inodes.writeBack().storeFile(handle, false, false);
    } while (!tryFallocate(handle, offset, length, promises, clears, extend));
  }

  /** False where data that was written meanwhile must be stored before the size can cover it. */
  private boolean tryFallocate(
      InodeHandle handle,
      long offset,
      long length,
      boolean promises,
      boolean clears,
      boolean extend)
      throws IOException {
    handle.lock().writeLock().lock();
    try {
      InodeRecord before = Inodes.file(handle);
      requireWritable(before);
      if (extend && mustStoreFirst(handle, offset + length)) {
        return false;
      }
      evictor.beforeGrowth(handle);
      before = handle.record();
      if (clears && before.has(InodeRecord.APPEND)) {
        throw FsException.of(Fault.NOT_PERMITTED, "an append-only file");
      }
      FileData data = handle.data();
      long size = visibleSize(handle);
      Timestamp now = inodes.now();
      InodeRecord.Editor after = before.edit().mtime(now).ctime(now);
      if (extend && offset + length > size) {
        size = offset + length;
        after.size(size);
      }
      int work = (clears ? OrphanRecord.CLEAR : 0) | (promises ? OrphanRecord.PROMISE : 0);
      Runnable drop =
          clears ? () -> inodes.writeBack().drop(handle, offset, offset + length) : () -> {};
      evictor
          .ranges()
          .change(handle, after.done(), new OrphanRecord(work, offset, offset + length), drop);
      if (data != null && data.isPending()) {
        data.written(Math.max(size, data.size()), now);
      }
    } finally {
      handle.lock().writeLock().unlock();
    }
    if (clears) {
      // What was written since the lock may be gone again, but not the size that it brought.
      inodes.writeBack().storeFile(handle, false, false);
    }
    return true;
  }

  // ---- holes ----

  /** Stores what waits, as only extents are looked at; false where all has to pass for data. */
  private boolean storeToSeek(InodeHandle handle) throws IOException {
    try {
      inodes.writeBack().storeFile(handle, false, false);
      return true;
    } catch (FsException e) {
      if (!e.fault().isWantOfSpace()) {
        throw e;
      }
      return false;
    }
  }

  /** The first offset from {@code offset} on that holds data. */
  long seekData(InodeHandle handle, long offset) throws IOException {
    boolean stored = storeToSeek(handle);
    handle.lock().readLock().lock();
    try {
      long size = sizeToSeek(handle, offset);
      if (!stored) {
        return offset;
      }
      long[] found = {-1};
      leftovers.extents(
          handle.number(),
          offset,
          (start, extent) -> {
            if (extent instanceof ExtentRecord.Reserved) {
              return true;
            }
            found[0] = Math.max(start, offset);
            return false;
          });
      if (found[0] < 0 || found[0] >= size) {
        throw FsException.of(Fault.NO_SUCH_OFFSET, "no data from there on");
      }
      return found[0];
    } finally {
      handle.lock().readLock().unlock();
    }
  }

  /** The first offset from {@code offset} on that holds no data; the end of the file is a hole. */
  long seekHole(InodeHandle handle, long offset) throws IOException {
    boolean stored = storeToSeek(handle);
    handle.lock().readLock().lock();
    try {
      long size = sizeToSeek(handle, offset);
      if (!stored) {
        return size;
      }
      long[] at = {offset};
      leftovers.extents(
          handle.number(),
          offset,
          (start, extent) -> {
            if (start > at[0] || extent instanceof ExtentRecord.Reserved) {
              return false;
            }
            at[0] = start + extent.length();
            return true;
          });
      return Math.min(at[0], size);
    } finally {
      handle.lock().readLock().unlock();
    }
  }

  private static long sizeToSeek(InodeHandle handle, long offset) throws FsException {
    long size = size(handle);
    if (offset < 0 || offset >= size) {
      throw FsException.of(Fault.NO_SUCH_OFFSET, "past the end");
    }
    return size;
  }

  // ---- copying ----

  /** Copies by sharing chunks where that can be, else by reading and writing; the bytes copied. */
  long copy(InodeHandle source, long from, InodeHandle target, long to, long length)
      throws IOException {
    requireOffset(from);
    requireOffset(to);
    // What the copy itself adds to the file is not copied again.
    long wanted = Math.min(length, size(source) - from);
    size(target);
    Timestamp time = inodes.now();
    ByteBuffer buffer = null;
    long done = 0;
    while (done < wanted) {
      try {
        CopySharing.Stretch next =
            sharing.copy(source, from + done, target, to + done, wanted - done, time);
        long count = next.length();
        if (!next.shared()) {
          if (buffer == null) {
            buffer = ByteBuffer.allocate((int) Math.min(wanted - done, Geometry.MAX_CHUNK));
          }
          buffer.clear().limit((int) count);
          count = read(source, from + done, buffer);
          write(target, to + done, buffer.flip(), time);
        }
        if (count == 0) {
          break;
        }
        done += count;
      } catch (FsException e) {
        if (done == 0) {
          throw e;
        }
        break; // What was copied counts; who asks for the rest meets the fault again.
      }
    }
    return done;
  }

  /** The size of a regular file as callers see it. */
  private static long size(InodeHandle handle) throws FsException {
    handle.lock().readLock().lock();
    try {
      Inodes.file(handle);
      return visibleSize(handle);
    } finally {
      handle.lock().readLock().unlock();
    }
  }

  /** As above, of an inode that is there; under its lock. */
  static long visibleSize(InodeHandle handle) {
    FileData data = handle.data();
    return data != null && data.isPending() ? data.size() : handle.record().size();
  }

  /** Clears the suid and sgid bits, as a write by somebody else than the superuser must. */
  static int withoutPrivileges(int mode) {
    return (mode & 010) != 0 ? mode & ~SUID_SGID : mode & ~04000;
  }

  private Metadata metadata() {
    return inodes.transactions().metadata();
  }
}
