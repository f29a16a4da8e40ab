package org.razorfs.volume;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.razorfs.extent.ExtentEditor;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.layout.InodeRecord;
import org.razorfs.layout.Operation;
import org.razorfs.layout.OrphanRecord;
import org.razorfs.tx.Metadata;
import org.razorfs.tx.Transaction;

/**
 * Deletes inodes without names, and finishes long truncations and changes of ranges: all go step by
 * step, one bounded transaction each, with the inode on the orphan list until all is done, so that
 * the next mount can go on where a crash interrupted.
 */
final class Evictor {
  private static final long MAX_STEP = 64 << 10;

  /** Orphans looked up at a time. */
  private static final int BATCH = 128;

  /** Steps that are planned at once. */
  private static final int MAX_STARTS = 1 << 15;

  private final Inodes inodes;
  private final long step;

  private final Leftovers leftovers;
  private final Ranges ranges;

  /** Inodes without names that were in use when they lost the last one. */
  private final Set<Long> nameless = ConcurrentHashMap.newKeySet();

  /**
   * Inodes that were made without a name, until somebody who has used them stops doing so; those
   * that nobody uses stay, as they do on the image.
   */
  private final Set<Long> unopened = ConcurrentHashMap.newKeySet();

  private volatile InodeUsers users = InodeUsers.NONE;

  /**
   * @param journalLength bytes of the ring, of which one transaction takes only a part
   */
  Evictor(Inodes inodes, Leftovers leftovers, long journalLength) {
    this.inodes = inodes;
    this.leftovers = leftovers;
    this.step = Math.min(MAX_STEP, journalLength / 8);
    this.ranges = new Ranges(inodes, leftovers, step);
  }

  /** What changes ranges of files. */
  Ranges ranges() {
    return ranges;
  }

  /** The cost of one step, as {@link StoreLimits#cost} counts. */
  long step() {
    return step;
  }

  void users(InodeUsers value) {
    users = value;
  }

  /** Notes an inode that has no name; before {@link #isUsed} decides about its end. */
  void orphaned(long inode) {
    nameless.add(inode);
  }

  /** Whether nothing but its users keeps an inode. */
  boolean isOrphan(long inode) {
    return nameless.contains(inode);
  }

  /** Takes note that an inode has got a name. */
  void named(long inode) {
    nameless.remove(inode);
    unopened.remove(inode);
  }

  /** Notes an inode that is made without a name; before anybody can find it among the orphans. */
  void making(long inode) {
    unopened.add(inode);
  }

  /** Forgets an inode that was not made after all. */
  void notMade(long inode) {
    unopened.remove(inode);
  }

  /** Whether a truncation, or a change of a range, has been left for later. */
  boolean hasLeftovers(InodeHandle handle) throws IOException {
    return leftovers.of(handle.number()) != null;
  }

  /** Puts an inode that loses its last name on the orphan list, where it may be already. */
  void orphan(Transaction transaction, InodeHandle handle) throws IOException {
    OrphanRecord left = leftovers.of(handle.number());
    boolean range = left != null && left.hasRange();
    transaction.orphan(handle.number(), left, range ? left : OrphanRecord.PLAIN);
  }

  /** Whether an inode has to stay though it has no name. */
  boolean isUsed(InodeHandle handle) {
    return handle.references().get() > 0 || users.use(handle.number());
  }

  /** Whether an inode's extents from {@code size} on are few enough to go in one transaction. */
  boolean fitsOneStep(long inode, long size) throws IOException {
    long[] cost = {0};
    metadata()
        .extents(
            inode,
            size,
            (offset, extent) -> {
              cost[0] += StoreLimits.cost(extent);
              return cost[0] <= step;
            });
    return cost[0] <= step;
  }

  /**
   * Adds the removal of a small inode without attributes, its extents included; under its write
   * lock.
   */
  void remove(Transaction transaction, long inode, InodeRecord record) throws IOException {
    ExtentEditor editor = new ExtentEditor(metadata(), transaction, inode, 0, Long.MAX_VALUE);
    editor.clear(0, Long.MAX_VALUE);
    editor.finish();
    inodes.writeBack().promise(transaction, editor.reservedUnits(), 0);
    transaction.deleteInode(inode, record);
  }

  /**
   * Removes all attributes, one transaction each, since one alone may fill what a ring can take.
   */
  private void removeXattrs(InodeHandle handle) throws IOException {
    if (!handle.record().has(InodeRecord.HAS_XATTRS)) {
      return;
    }
    for (long name : metadata().xattrs(handle.number())) {
      Transaction transaction =
          inodes.transactions().begin(Operation.REMOVEXATTR, handle.number()).freeing();
      transaction.setXattr(handle.number(), name, metadata().xattr(handle.number(), name), null);
      inodes.strings().release(name, transaction);
      inodes.transactions().commit(transaction);
    }
    InodeRecord before = handle.record();
    InodeRecord after = before.edit().flags(before.flags() & ~InodeRecord.HAS_XATTRS).done();
    Transaction transaction =
        inodes.transactions().begin(Operation.REMOVEXATTR, handle.number()).freeing();
    transaction.putInode(handle.number(), before, after);
    inodes.transactions().commit(transaction);
    handle.record(after);
  }

  /**
   * Deletes an inode as {@link #evict}, or leaves it on the orphan list for later: the operation
   * that took its last name or user away is done, whatever becomes of this.
   */
  void evictOrPostpone(InodeHandle handle) throws IOException {
    unopened.remove(handle.number());
    try {
      evict(handle);
    } catch (FsException e) {
      leftovers.postpone();
    }
  }

  /** Deletes an inode that has neither names nor users; it is on the orphan list. */
  void evict(InodeHandle handle) throws IOException {
    inodes.transactions().throttle();
    handle.lock().writeLock().lock();
    try {
      InodeRecord record = handle.record();
      if (record == null || record.nlink() > 0 || isUsed(handle)) {
        return;
      }
      inodes.writeBack().drop(handle, 0, Long.MAX_VALUE);
      inSteps(
          most -> {
            truncateSteps(handle, 0, most);
            removeXattrs(handle);
            Transaction transaction =
                inodes.transactions().begin(Operation.EVICT, handle.number()).freeing();
            remove(transaction, handle.number(), handle.record());
            transaction.orphan(handle.number(), false);
            inodes.transactions().commit(transaction);
          });
      handle.record(null);
      ranges.forget(handle.number());
      nameless.remove(handle.number());
    } finally {
      handle.lock().writeLock().unlock();
    }
  }

  /** Work in steps of a cost of at most so much, or of one extent where that costs more. */
  private interface Steps {
    void run(long most) throws IOException;
  }

  /**
   * Works in ever smaller steps where the volume is too full for larger ones: room to remove one
   * extent is always held back.
   */
  private void inSteps(Steps work) throws IOException {
    for (long most = step; ; most /= 8) {
      try {
        work.run(most);
        return;
      } catch (FsException e) {
        if (!e.fault().isWantOfSpace() || most == 0) {
          throw e;
        }
      }
    }
  }

  /** Removes extents beyond {@code size} from the end, until one transaction can take the rest. */
  private void truncateSteps(InodeHandle handle, long size, long most) throws IOException {
    while (true) {
      ArrayDeque<Long> starts = new ArrayDeque<>();
      long[] cost = {most};
      metadata()
          .extents(
              handle.number(),
              size,
              (offset, extent) -> {
                // Remember where each step would start, from the front; the last is taken first.
                cost[0] += StoreLimits.cost(extent);
                if (cost[0] > most) {
                  starts.addLast(offset);
                  cost[0] = StoreLimits.cost(extent);
                }
                if (starts.size() > MAX_STARTS) {
                  starts.removeFirst(); // Met again when those behind it have been taken.
                }
                return true;
              });
      if (starts.size() <= 1) {
        return;
      }
      while (starts.size() > 1) {
        step(handle, starts.removeLast());
      }
    }
  }

  private void step(InodeHandle handle, long from) throws IOException {
    inodes.transactions().throttle(); // Under the file's lock: bounded memory comes first.
    Transaction transaction =
        inodes.transactions().begin(Operation.TRUNCATE, handle.number()).freeing();
    InodeRecord before = handle.record();
    ExtentEditor editor =
        new ExtentEditor(metadata(), transaction, handle.number(), from, Long.MAX_VALUE);
    editor.clear(from, Long.MAX_VALUE);
    InodeRecord after = before.edit().units(before.units() + editor.finish()).done();
    inodes.writeBack().promise(transaction, editor.reservedUnits(), 0);
    transaction.touchInode(handle.number(), before, after);
    inodes.transactions().commit(transaction);
    handle.record(after);
  }

  /** Goes on with what a crash interrupted: deletions, and truncations of inodes with names. */
  void recover() throws IOException {
    leftovers.postpone();
    retry();
  }

  /** Tries again what had to be left for later. */
  void retry() throws IOException {
    long before = leftovers.count();
    if (before == 0) {
      return;
    }
    boolean all = true;
    long from = 0;
    List<Long> orphans = metadata().orphans(from, BATCH);
    while (!orphans.isEmpty()) {
      for (long inode : orphans) {
        from = inode + 1;
        if (unopened.contains(inode)) {
          continue;
        }
        try {
          all &= finish(inode);
        } catch (FsException e) {
          // A full volume must open all the same, and one with a damaged or missing orphan;
          // razorfsck tells.
          if (!e.fault().isWantOfSpace()
              && e.fault() != Fault.STALE
              && e.fault() != Fault.CORRUPT) {
            throw e;
          }
          all = false;
        }
      }
      orphans = metadata().orphans(from, BATCH);
    }
    if (all) {
      leftovers.finished(before);
    }
  }

  /** False for an inode without names that stays because it is used, and may have work left. */
  private boolean finish(long inode) throws IOException {
    InodeHandle handle = inodes.table().pin(inode);
    try {
      InodeRecord record = handle.record();
      if (record != null && record.nlink() > 0) {
        finishLeftovers(handle);
        return true;
      }
      evict(handle);
      return handle.record() == null;
    } finally {
      inodes.table().unpin(handle);
    }
  }

  /**
   * Finishes what a truncation has left beyond the size, or another change within a range, before
   * the file is written to or grows; under the inode's write lock.
   */
  void beforeGrowth(InodeHandle handle) throws IOException {
    if (hasLeftovers(handle)) {
      finishLeftovers(handle);
    }
  }

  /** Finishes what a change of a range has left, before the file shrinks; under the write lock. */
  void beforeTruncation(InodeHandle handle) throws IOException {
    OrphanRecord left = leftovers.of(handle.number());
    if (left != null && left.hasRange()) {
      ranges.resume(handle, left);
    }
  }

  /** As {@link #finishLeftovers}, or leaves it for later: the new size counts already. */
  void finishTruncationOrPostpone(InodeHandle handle) throws IOException {
    try {
      finishLeftovers(handle);
    } catch (FsException e) {
      leftovers.postpone();
    }
  }

  /**
   * Finishes what is left to do within a range of an inode on the orphan list, or else removes what
   * it has beyond its size; an inode with names is then off the list.
   */
  private void finishLeftovers(InodeHandle handle) throws IOException {
    handle.lock().writeLock().lock();
    try {
      OrphanRecord left = handle.record() == null ? null : metadata().orphan(handle.number());
      if (left == null) {
        return; // Somebody has finished it meanwhile.
      }
      if (left.hasRange()) {
        ranges.resume(handle, left);
        return;
      }
      inSteps(
          most -> {
            truncateSteps(handle, handle.record().size(), most);
            finishTruncationAtOnce(handle);
          });
    } finally {
      handle.lock().writeLock().unlock();
    }
  }

  private void finishTruncationAtOnce(InodeHandle handle) throws IOException {
    Transaction transaction =
        inodes.transactions().begin(Operation.TRUNCATE, handle.number()).freeing();
    InodeRecord before = handle.record();
    ExtentEditor editor =
        new ExtentEditor(metadata(), transaction, handle.number(), before.size(), Long.MAX_VALUE);
    editor.clear(before.size(), Long.MAX_VALUE);
    InodeRecord after = before.edit().units(before.units() + editor.finish()).done();
    inodes.writeBack().promise(transaction, editor.reservedUnits(), 0);
    transaction.touchInode(handle.number(), before, after);
    if (before.nlink() > 0) {
      transaction.orphan(handle.number(), false); // Else it is there for having no name.
    }
    inodes.transactions().commit(transaction);
    handle.record(after);
  }

  private Metadata metadata() {
    return inodes.transactions().metadata();
  }
}
