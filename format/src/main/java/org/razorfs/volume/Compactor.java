package org.razorfs.volume;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.razorfs.extent.ChunkStore;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.layout.Geometry;
import org.razorfs.tx.Sweep;
import org.razorfs.tx.Sweep.Place;
import org.razorfs.tx.Sweep.Stretch;
import org.razorfs.tx.Sweep.Windows;
import org.razorfs.tx.Transactions;

/**
 * Finds what compaction can improve and has it done: in the background what has cooled, a little at
 * a time while the volume is quiet; or on request everything.
 */
final class Compactor {
  /** Bytes that the background rewrites in a second of a quiet volume. */
  private static final long QUIET_RATE = 4 << 20;

  /** Bytes that the background rewrites at a time on a busy one. */
  private static final long BUSY_BYTES = 2 * Geometry.MAX_CHUNK;

  /** Items of a tree that are looked at in one go. */
  private static final int STRETCH = 4096;

  /** What looking at an item counts for, in bytes rewritten. */
  private static final int LOOK = 64;

  private final Transactions transactions;
  private final ChunkStore chunks;
  private final WriteBack writeBack;
  private final InodeTable inodes;
  private final Workers workers;
  private final WindowMerger merger;
  private final Repacker repacker;
  private final CompactionTally tally;
  private final Sweep sweep;
  private final Cooling files;
  private final Cooling packs;
  private final long quietBytes;

  /** Held by who compacts. */
  private final ReentrantLock running = new ReentrantLock();

  private final AtomicBoolean scheduled = new AtomicBoolean();
  private volatile boolean stopped;

  /** Windows that have cooled, or that the sweep has found; guarded by {@link #running}. */
  private final ArrayDeque<Windows> found = new ArrayDeque<>();

  private final ArrayDeque<Long> foundPacks = new ArrayDeque<>();
  private Place nextFile = Place.START;
  private Place nextPack = Place.START;

  /** What others had done at the end of the last look, to tell whether they are quiet. */
  private volatile long activity;

  /**
   * @param intervalMillis how often {@link #start} is called
   */
  Compactor(
      Transactions transactions,
      ChunkStore chunks,
      WriteBack writeBack,
      InodeTable inodes,
      Workers workers,
      WindowMerger merger,
      Repacker repacker,
      CompactionTally tally,
      Cooling files,
      Cooling packs,
      long intervalMillis) {
    this.transactions = transactions;
    this.chunks = chunks;
    this.writeBack = writeBack;
    this.inodes = inodes;
    this.workers = workers;
    this.merger = merger;
    this.repacker = repacker;
    this.tally = tally;
    this.files = files;
    this.packs = packs;
    this.sweep = new Sweep(transactions.metadata());
    this.quietBytes = Math.max(BUSY_BYTES, QUIET_RATE * intervalMillis / 1000);
  }

  /** What compaction has done since the volume was opened. */
  Compaction total() {
    return tally.since(null, true);
  }

  /** A checkpoint has found a pack mostly dead. */
  void dwindled(long address) {
    packs.note(address, 0, 0);
  }

  /** Ends compaction, and returns when the step under way is done. */
  void stop() {
    stopped = true;
    running.lock();
    try {
      found.clear(); // Nothing comes of it any more.
      foundPacks.clear();
    } finally {
      running.unlock();
    }
  }

  // ---- everything, now ----

  /** Compacts all there is, in the calling thread; the trees are those of a new checkpoint. */
  Compaction compactAll() throws IOException {
    running.lock();
    try {
      Compaction before = tally.since(null, true);
      boolean complete = mergeAll() && repackAll();
      if (!stopped) {
        transactions.checkpoint();
      }
      return tally.since(before, complete);
    } finally {
      running.unlock();
    }
  }

  private boolean mergeAll() throws IOException {
    Place next = Place.START;
    while (next != null && !stopped) {
      Stretch<Windows> stretch = sweepFiles(next, Zeal.THOROUGH);
      for (Windows windows : stretch.found()) {
        for (long window = windows.first(); window <= windows.last(); window++) {
          long at = window;
          if (!withRoom(() -> merge(windows.inode(), at, Zeal.THOROUGH))) {
            return false;
          }
        }
      }
      next = stretch.next();
    }
    return !stopped;
  }

  private Stretch<Windows> sweepFiles(Place from, Zeal zeal) throws IOException {
    return sweep.files(from, STRETCH, zeal.leastExtents(), chunks::wasWrittenInHaste);
  }

  private boolean repackAll() throws IOException {
    transactions.checkpoint(); // What merging has taken out of packs shows in their counts.
    Place next = Place.START;
    while (next != null && !stopped) {
      Stretch<Long> stretch = sweep.packs(next, STRETCH, Geometry.MAX_CHUNK);
      for (long address : stretch.found()) {
        if (!withRoom(() -> repack(address, Zeal.THOROUGH))) {
          return false;
        }
      }
      next = stretch.next();
    }
    return withRoom(repacker::move);
  }

  private interface Work {
    Step run() throws IOException;
  }

  /** Makes a step, after a checkpoint if it must be; false where there is no room even so. */
  private boolean withRoom(Work work) throws IOException {
    if (stopped) {
      return false;
    }
    transactions.throttle();
    if (work.run() != Step.NO_ROOM) {
      return true;
    }
    transactions.checkpoint();
    return work.run() != Step.NO_ROOM;
  }

  private Step merge(long inode, long window, Zeal zeal) throws IOException {
    InodeHandle file;
    try {
      file = inodes.pin(inode);
    } catch (FsException e) {
      if (e.fault() == Fault.STALE || e.fault() == Fault.CORRUPT) {
        return Step.NOTHING;
      }
      throw e;
    }
    try {
      return merger.merge(file, window, zeal);
    } catch (FsException e) {
      return skipDamage(e);
    } finally {
      inodes.unpin(file);
    }
  }

  private Step repack(long address, Zeal zeal) throws IOException {
    try {
      return repacker.add(address, zeal);
    } catch (FsException e) {
      return skipDamage(e);
    }
  }

  /** What is damaged stays as it is, for the check to find. */
  private static Step skipDamage(FsException e) throws FsException {
    if (e.fault() == Fault.CORRUPT) {
      return Step.NOTHING;
    }
    throw e;
  }

  // ---- in the background ----

  /** Whether nobody has used the volume since the last {@link #start}. */
  boolean isQuiet() {
    return writeBack.dirtyBytes() == 0 && activity() == activity;
  }

  /** Compacts a little on the workers; more where nobody else uses the volume. */
  void start(boolean quiet) {
    activity = activity();
    if (stopped || !workers.isParallel() || !scheduled.compareAndSet(false, true)) {
      return;
    }
    try {
      workers.execute(
          () -> {
            try {
              pass(quiet);
            } catch (IOException e) {
              // Nothing is lost. Where it is the device, the next write meets the same failure.
            } finally {
              activity = activity();
              scheduled.set(false);
            }
          });
    } catch (RejectedExecutionException e) {
      scheduled.set(false); // The volume is being closed.
    }
  }

  /** Grows with whatever others read or write. */
  private long activity() {
    return foreignTransactions() + chunks.hits() + chunks.misses();
  }

  private long foreignTransactions() {
    return transactions.journal().statistics().transactions() - tally.transactions();
  }

  /** One go in the background. */
  void pass(boolean quiet) throws IOException {
    if (!running.tryLock()) {
      return;
    }
    try {
      long before = tally.transactions();
      long foreign = foreignTransactions();
      long budget = quiet ? quietBytes : BUSY_BYTES;
      Step step = Step.NOTHING;
      while (budget > 0 && step != Step.NO_ROOM && !stopped) {
        if (quiet && (foreignTransactions() != foreign || writeBack.dirtyBytes() > 0)) {
          break; // They are back.
        }
        Windows windows = nextWindows();
        if (windows != null) {
          step = merge(windows.inode(), windows.first(), Zeal.MODEST);
          budget -= step == Step.DONE ? Geometry.MAX_CHUNK : LOOK * STRETCH / 64;
        } else if (packsWait()) {
          step = repack(foundPacks.removeFirst(), Zeal.MODEST);
          budget -= step == Step.DONE ? Geometry.MAX_CHUNK : LOOK * STRETCH / 64;
        } else if (quiet && (nextFile != null || nextPack != null)) {
          lookFurther();
          budget -= LOOK * STRETCH;
        } else {
          repacker.move();
          break;
        }
      }
      if (quiet && tally.transactions() != before) {
        transactions.requestCheckpoint(); // So that the space comes back.
      }
    } finally {
      running.unlock();
    }
  }

  /** The next window to look at, or null. */
  private Windows nextWindows() {
    if (found.isEmpty()) {
      Cooling.Cooled cooled = files.poll();
      if (cooled == null) {
        return null;
      }
      found.add(new Windows(cooled.key(), cooled.first(), cooled.last()));
    }
    Windows windows = found.removeFirst();
    if (windows.first() < windows.last()) {
      found.addFirst(new Windows(windows.inode(), windows.first() + 1, windows.last()));
    }
    return windows;
  }

  private boolean packsWait() {
    for (Cooling.Cooled pack = packs.poll(); pack != null; pack = packs.poll()) {
      foundPacks.add(pack.key());
    }
    return !foundPacks.isEmpty();
  }

  /** Goes on with the one sweep after opening, which finds what earlier mounts have left. */
  private void lookFurther() throws IOException {
    if (nextFile != null) {
      Stretch<Windows> stretch = sweepFiles(nextFile, Zeal.MODEST);
      for (Windows windows : stretch.found()) {
        if (!files.holds(windows.inode())) {
          found.add(windows); // Else its turn comes when it has cooled.
        }
      }
      nextFile = stretch.next();
    } else if (nextPack != null) {
      Stretch<Long> stretch = sweep.packs(nextPack, STRETCH, Geometry.MAX_CHUNK / 2);
      foundPacks.addAll(stretch.found());
      nextPack = stretch.next();
    }
  }
}
