package org.razorfs.volume;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import org.razorfs.extent.ExtentEditor;
import org.razorfs.fault.FsException;
import org.razorfs.layout.ExtentRecord;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.InodeRecord;
import org.razorfs.layout.Operation;
import org.razorfs.layout.OrphanRecord;
import org.razorfs.tx.Claim;
import org.razorfs.tx.Metadata;
import org.razorfs.tx.Transaction;

/**
 * Clears ranges of files and promises space to them. What one transaction cannot take goes in
 * several: the first says on the orphan list what is to be done with the range, which from then on
 * reads as if it had been, and the others do it from the front. Whatever they need is reserved
 * before. The callers hold the file's write lock.
 */
final class Ranges {
  private final Inodes inodes;
  private final Leftovers leftovers;
  private final long most;

  /** What the rest of changes needs that have begun and not ended. */
  private final ConcurrentHashMap<Long, Room> held = new ConcurrentHashMap<>();

  /**
   * @param most the cost of one transaction, as {@link StoreLimits#cost} counts
   */
  Ranges(Inodes inodes, Leftovers leftovers, long most) {
    this.inodes = inodes;
    this.leftovers = leftovers;
    this.most = most;
  }

  /** Bytes of a file. */
  private record Stretch(long from, long to) {}

  /** What one transaction does: holes that get promised space, and where the next one begins. */
  private record Step(List<Stretch> holes, long end) {
    long units() {
      long units = 0;
      for (Stretch hole : holes) {
        units += Geometry.units(hole.to - hole.from);
      }
      return units;
    }
  }

  /**
   * Does all of it, or nothing where there is not enough space.
   *
   * @param after the file's record with everything that changes, but for its units
   * @param counts runs as soon as the change counts, though steps of it may be left
   */
  void change(InodeHandle handle, InodeRecord after, OrphanRecord work, Runnable counts)
      throws IOException {
    Room room = new Room(handle.number(), work);
    boolean kept = false;
    try {
      Transaction transaction = inodes.transactions().begin(Operation.FALLOCATE, handle.number());
      if (room.steps <= 1) {
        step(transaction, handle, after, work, nextStep(handle.number(), work, most), room);
        counts.run();
        return;
      }
      transaction.touchInode(handle.number(), handle.record(), after);
      transaction.orphan(handle.number(), without(handle), work);
      inodes.transactions().commit(transaction);
      handle.record(after);
      counts.run();
      kept = true;
      held.put(handle.number(), room);
    } finally {
      if (!kept) {
        room.close();
      }
    }
    boolean finished = false;
    try {
      resume(handle, work);
      finished = true;
    } catch (FsException e) {
      inodes.transactions().requireWorking(); // Else it is only left for later.
    } finally {
      if (!finished) {
        leftovers.postpone();
      }
    }
  }

  /**
   * Goes on with what was left of a change. A promise that there is no space for after a crash is
   * given up, since nobody was told of it.
   */
  void resume(InodeHandle handle, OrphanRecord work) throws IOException {
    Room room = held.get(handle.number());
    if (room == null && work.promises()) {
      try {
        room = new Room(handle.number(), work);
      } catch (FsException e) {
        if (!e.fault().isWantOfSpace()) {
          throw e;
        }
        giveUp(handle, work);
        return;
      }
      held.put(handle.number(), room);
    }
    finish(handle, work, room == null ? new Room() : room);
    forget(handle.number());
  }

  /** Gives back what is reserved for the rest of a change: it is done, or not needed any more. */
  void forget(long inode) {
    Room room = held.remove(inode);
    if (room != null) {
      room.close();
    }
  }

  private void giveUp(InodeHandle handle, OrphanRecord work) throws IOException {
    if (work.clears()) {
      OrphanRecord rest = new OrphanRecord(OrphanRecord.CLEAR, work.from(), work.to());
      finish(handle, rest, new Room());
      return;
    }
    Transaction transaction =
        inodes.transactions().begin(Operation.FALLOCATE, handle.number()).freeing();
    transaction.orphan(handle.number(), work, without(handle));
    inodes.transactions().commit(transaction);
  }

  /** What the orphan list says of an inode with nothing left to do. */
  private static OrphanRecord without(InodeHandle handle) {
    return handle.record().nlink() == 0 ? OrphanRecord.PLAIN : null;
  }

  /** Takes the steps, smaller ones where the volume is too full for large ones. */
  private void finish(InodeHandle handle, OrphanRecord work, Room room) throws IOException {
    OrphanRecord left = work;
    long size = most;
    while (left != null) {
      inodes.transactions().throttle(); // Under the file's lock: bounded memory comes first.
      Step step = nextStep(handle.number(), left, size);
      OrphanRecord rest = left.after(step.end);
      Transaction transaction =
          inodes.transactions().begin(Operation.FALLOCATE, handle.number()).freeing();
      OrphanRecord noted = metadata().orphan(handle.number());
      transaction.orphan(handle.number(), noted, rest == null ? without(handle) : rest);
      try {
        step(transaction, handle, handle.record(), left, step, room);
      } catch (FsException e) {
        if (!e.fault().isWantOfSpace() || size == 0) {
          throw e;
        }
        size /= 8;
        continue;
      }
      left = rest;
    }
  }

  private void step(
      Transaction transaction,
      InodeHandle handle,
      InodeRecord after,
      OrphanRecord work,
      Step step,
      Room room)
      throws IOException {
    ExtentEditor editor = new ExtentEditor(metadata(), transaction, handle.number());
    if (work.clears()) {
      editor.load(work.from(), step.end);
      editor.clear(work.from(), step.end);
    }
    for (Stretch hole : step.holes) {
      editor.add(hole.from, new ExtentRecord.Reserved(hole.to - hole.from));
    }
    InodeRecord before = handle.record();
    InodeRecord now = after.edit().units(before.units() + editor.finish()).done();
    transaction.touchInode(handle.number(), before, now);
    room.use(transaction, editor.reservedUnits(), step);
    inodes.transactions().commit(transaction);
    room.used(step);
    handle.record(now);
  }

  /** What one transaction of a cost of at most so much, or with one extent, can do first. */
  private Step nextStep(long inode, OrphanRecord work, long size) throws IOException {
    if (!work.clears()) {
      return nextHoles(inode, work, size);
    }
    long end = stepEnd(inode, work.from(), work.to(), size);
    return new Step(work.promises() ? List.of(new Stretch(work.from(), end)) : List.of(), end);
  }

  private Step nextHoles(long inode, OrphanRecord work, long size) throws IOException {
    List<Stretch> holes = new ArrayList<>();
    long[] at = {work.from()};
    boolean[] full = {false};
    long count = Math.max(1, size / StoreLimits.EXTENT_COST);
    metadata()
        .extents(
            inode,
            work.from(),
            (start, extent) -> {
              if (start > at[0]) {
                full[0] = holes.size() >= count;
                if (full[0]) {
                  return false;
                }
                holes.add(new Stretch(at[0], Math.min(start, work.to())));
              }
              at[0] = start + extent.length();
              return at[0] < work.to();
            });
    if (full[0]) {
      return new Step(holes, at[0]);
    }
    if (at[0] < work.to()) {
      holes.add(new Stretch(at[0], work.to()));
    }
    return new Step(holes, work.to());
  }

  /** How far from {@code from} on, and not beyond {@code to}, one transaction can clear. */
  private long stepEnd(long inode, long from, long to, long size) throws IOException {
    long[] end = {to};
    long[] cost = {0};
    metadata()
        .extents(
            inode,
            from,
            (offset, extent) -> {
              cost[0] += StoreLimits.cost(extent);
              if (cost[0] > size && offset > from) {
                end[0] = Math.min(offset, to);
              }
              return end[0] == to && offset < to;
            });
    return end[0];
  }

  private Metadata metadata() {
    return inodes.transactions().metadata();
  }

  /** The space and the metadata that the steps of a change still need. */
  private final class Room {
    private final long steps;
    private long units;
    private Claim claim = Claim.NONE;

    /** Nothing, for what only clears. */
    Room() {
      steps = 0;
    }

    /** All that is needed, or NO_SPACE. */
    Room(long inode, OrphanRecord work) throws IOException {
      long count = 0;
      long promised = 0;
      long extents = 0;
      for (OrphanRecord left = work; left != null; count++) {
        Step step = nextStep(inode, left, most);
        promised += step.units();
        extents += step.holes.size();
        left = left.after(step.end);
      }
      steps = count;
      Claim wanted = count > 1 ? Claim.ofPromises(extents) : Claim.NONE;
      if (!take(promised, wanted)) {
        inodes.transactions().checkpoint();
        if (!take(promised, wanted)) {
          throw inodes.transactions().host().noSpace("no space to promise");
        }
      }
    }

    private boolean take(long promised, Claim wanted) throws IOException {
      if (promised > 0 && !inodes.transactions().allocator().reserve(promised)) {
        return false;
      }
      boolean taken = false;
      try {
        taken = wanted.isNone() || inodes.transactions().expect(wanted);
      } finally {
        if (!taken) {
          inodes.transactions().allocator().unreserve(promised);
        }
      }
      units = promised;
      claim = wanted;
      return taken;
    }

    /** Has a transaction take its share, and settles the difference to what it really promises. */
    void use(Transaction transaction, long promised, Step step) throws IOException {
      transaction.settles(share(step));
      boolean built = false;
      try {
        inodes.writeBack().promise(transaction, promised, Math.min(units, step.units()));
        built = true;
      } finally {
        if (!built) {
          inodes.transactions().abort(transaction);
        }
      }
    }

    private Claim share(Step step) {
      return Claim.ofPromises(Math.min(claim.promises(), step.holes.size()));
    }

    /** The transaction has been committed. */
    void used(Step step) {
      Claim share = share(step);
      inodes.transactions().expected(share);
      claim = claim.minus(share);
      units -= Math.min(units, step.units());
    }

    void close() {
      if (units > 0) {
        inodes.transactions().allocator().unreserve(units);
      }
      inodes.transactions().expected(claim);
    }
  }
}
