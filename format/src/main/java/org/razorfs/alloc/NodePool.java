package org.razorfs.alloc;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntSupplier;
import org.razorfs.layout.Geometry;

/**
 * Free space set aside for tree nodes, as runs long enough for whole nodes, so that a checkpoint
 * cannot run out of it half way, nor its host of what it takes to write them. Busy in memory, and
 * free as far as the image is concerned. What is given back is the host's again as well.
 *
 * <p>A node of any length up to the full one lessens the count of whole nodes that the runs hold by
 * one at most, from whichever run it is cut: {@code reserve(n)} is good for n nodes.
 *
 * <p>Locks: the pool's, for a few instructions and with no other inside; and one that lets a single
 * thread at a time search for more space, which {@link #take} and a {@link #reserve} that finds
 * enough do not touch.
 */
final class NodePool {
  /** Nodes to search for at once while space is plentiful, so that they lie together. */
  private static final int BATCH = 64;

  /** A batch may take this part of what is available. */
  private static final int BATCH_SHARE = 16;

  /** What the pool keeps beyond the need may take this part where long runs are rare. */
  private static final int SCATTERED_SHARE = 4;

  private final SegmentTable table;
  private final NextFit search;
  private final SpaceAccount account;
  private final int nodeUnits;
  private final SpaceBacking backing;
  private final ReentrantLock growth = new ReentrantLock();
  private final ArrayDeque<Piece> pieces = new ArrayDeque<>();
  private volatile int capacity;

  /**
   * No more than the capacity: what was promised, and so is not given back with a failed search.
   */
  private volatile int granted;

  /** Whether the last search met no run that holds a batch. */
  private volatile boolean scattered;

  NodePool(
      SegmentTable table,
      NextFit search,
      SpaceAccount account,
      int nodeUnits,
      SpaceBacking backing) {
    this.table = table;
    this.search = search;
    this.account = account;
    this.nodeUnits = nodeUnits;
    this.backing = backing;
  }

  /** Whole nodes that the pool holds. */
  int capacity() {
    return capacity;
  }

  /** How many nodes to search for at once, as there is space now. */
  int batch() {
    return share(BATCH_SHARE);
  }

  /** {@link Allocator#isScattered}. */
  boolean isScattered() {
    return scattered;
  }

  /** {@link Allocator#spareNodes}. */
  int spare() {
    return scattered ? share(SCATTERED_SHARE) : batch();
  }

  private int share(int part) {
    return (int) Math.min(BATCH, account.available(false) / nodeUnits / part);
  }

  boolean reserve(int count, boolean urgent) throws IOException {
    if (count <= granted) {
      return true;
    }
    growth.lock();
    int before = capacity;
    boolean enough = false;
    try {
      enough = grant(count);
      while (!enough && grow(count, urgent)) {
        enough = grant(count);
      }
      return enough;
    } finally {
      if (!enough) {
        trim(() -> before);
      }
      growth.unlock();
    }
  }

  private boolean grant(int count) {
    synchronized (pieces) {
      if (capacity < count) {
        return false;
      }
      granted = Math.max(granted, count);
      return true;
    }
  }

  private boolean grow(int count, boolean urgent) throws IOException {
    int missing = count - capacity;
    if (account.available(urgent) / nodeUnits < missing) {
      return false;
    }
    int batch = batch();
    int nodes = Math.max(missing, batch);
    int wanted = Math.min(nodes, SegmentBitmap.UNITS / nodeUnits) * nodeUnits;
    if (!account.takeForPool(wanted, urgent)) {
      return false;
    }
    int got = 0;
    try {
      Run run = search.take(wanted, nodeUnits);
      scattered = run == null || run.units() < Math.min(wanted, batch * nodeUnits);
      if (run == null) {
        return false;
      }
      got = back(run);
      if (got == 0) {
        return false;
      }
      add(run.unit(), got);
      return true;
    } finally {
      account.returnedFromPool(wanted - got);
    }
  }

  /**
   * Has the host set aside what was found, or its first node where that is all that there is space
   * for, and gives back the rest; the units that are backed.
   */
  private int back(Run run) throws IOException {
    int backed = 0;
    try {
      if (backing.allocate(run.address(), run.length())) {
        backed = run.units();
      } else if (run.units() > nodeUnits
          && backing.allocate(run.address(), (long) nodeUnits * Geometry.UNIT)) {
        backed = nodeUnits;
      }
      return backed;
    } finally {
      if (backed < run.units()) {
        release(run.unit() + backed, run.units() - backed);
        if (backed > 0) {
          search.moveTo(run.unit() + backed);
        }
      }
    }
  }

  private void add(long unit, int count) {
    synchronized (pieces) {
      Piece last = pieces.peekLast();
      // A piece stays within one segment, so that giving it back is one step.
      if (last != null && last.unit + last.count == unit && unit % SegmentBitmap.UNITS != 0) {
        int before = last.count / nodeUnits;
        last.count += count;
        capacity += last.count / nodeUnits - before;
      } else {
        pieces.add(new Piece(unit, count));
        capacity += count / nodeUnits;
      }
    }
  }

  /**
   * Cuts off the next node.
   *
   * @return its unit, or -1 when the pool is used up
   */
  long take(int units) {
    List<Piece> tails = new ArrayList<>(0);
    long unit = -1;
    synchronized (pieces) {
      for (Piece first = pieces.peek(); first != null && unit < 0; first = pieces.peek()) {
        if (first.count >= units) {
          unit = first.unit;
          int rest = first.count - units;
          capacity = capacity - first.count / nodeUnits + rest / nodeUnits;
          first.unit += units;
          first.count = rest;
          granted = Math.min(granted, capacity);
          if (rest == 0) {
            pieces.remove();
          }
        } else {
          // Too short for this one and so for any whole node: others may have it.
          tails.add(pieces.remove());
        }
      }
    }
    tails.forEach(this::giveBack);
    if (unit >= 0) {
      account.allocatedFromPool(units);
    }
    return unit;
  }

  /** Gives back what is not needed for so many nodes, the latest found first. */
  void trim(IntSupplier needed) {
    List<Piece> surplus = new ArrayList<>();
    synchronized (pieces) {
      // Who was granted something by a look at this has said so before, and is counted now.
      int before = granted;
      granted = 0;
      int count = needed.getAsInt();
      if (count < 0) {
        throw new IllegalArgumentException(count + " nodes");
      }
      granted = Math.min(before, count);
      while (!pieces.isEmpty()) {
        Piece last = pieces.peekLast();
        int held = last.count / nodeUnits;
        int spare = Math.min(held, capacity - count);
        if (spare < 0 || (spare == 0 && held > 0)) {
          break;
        }
        capacity -= spare;
        if (spare == held) {
          surplus.add(pieces.removeLast());
        } else {
          last.count -= spare * nodeUnits;
          surplus.add(new Piece(last.unit + last.count, spare * nodeUnits));
          break;
        }
      }
    }
    for (Piece piece : surplus) {
      giveBack(piece);
      search.moveTo(piece.unit);
    }
  }

  /** Takes over released runs, as far as whole nodes go, until there is room for the target. */
  RunList recycle(RunList released, int target) {
    RunList rest = new RunList();
    released.forEachSegment(
        (segment, pieces) -> {
          for (int i = 0; i < pieces.size(); i++) {
            long unit = segment * SegmentBitmap.UNITS + pieces.from(i);
            int nodes = Math.min(pieces.count(i) / nodeUnits, Math.max(0, target - capacity));
            int taken = nodes > 0 && adopt(unit, nodes * nodeUnits) ? nodes * nodeUnits : 0;
            if (taken < pieces.count(i)) {
              Run left = Run.ofUnits(unit + taken, pieces.count(i) - taken);
              rest.add(left.address(), left.length());
            }
          }
        });
    grant(Math.min(capacity, target));
    return rest;
  }

  /** The units stay busy and pinned, as they are since they were released. */
  private boolean adopt(long unit, int units) {
    try {
      table.unlock(table.lockLoaded(unit / SegmentBitmap.UNITS));
    } catch (IOException e) {
      return false; // It can be published without its bitmap, but not given back from here.
    }
    account.recycled(units);
    add(unit, units);
    return true;
  }

  private void giveBack(Piece piece) {
    release(piece.unit, piece.count);
    account.returnedFromPool(piece.count);
  }

  private void release(long unit, int count) {
    PieceList piece = new PieceList();
    piece.add((int) (unit % SegmentBitmap.UNITS), count);
    // Pinned since it was found, so that nothing has to be loaded here.
    Segment segment = table.lock(unit / SegmentBitmap.UNITS);
    try {
      segment.bitmap().clear(piece.from(0), count);
      segment.unpin(count);
      // Nobody can take any of it before the lock is let go.
      Publication.punch(segment, piece, backing);
    } finally {
      table.unlock(segment);
    }
  }

  /** A run in the pool; guarded by the pool's lock. */
  private static final class Piece {
    private long unit;
    private int count;

    Piece(long unit, int count) {
      this.unit = unit;
      this.count = count;
    }
  }
}
