package org.razorfs.tx;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.razorfs.alloc.Allocator;
import org.razorfs.layout.Run;

/**
 * Sees to it that the node pool always holds what the checkpoints to come can have to write: of the
 * changes made, of those about to be made, and of data that waits. Beyond that it holds enough to
 * take one more name off an inode, which only operations that free something may use, so that a
 * full volume can be emptied. Takes no locks.
 */
final class MetadataRoom {
  private final Allocator allocator;
  private final Supplier<View> views;

  /** Of transactions that have been admitted and are not in an epoch yet. */
  private final Footprint.Sum admitted = new Footprint.Sum();

  /** Of data that waits to be stored. */
  private final Footprint.Sum waiting = new Footprint.Sum();

  private final AtomicLong attempts = new AtomicLong();

  /** Requests that have been counted in and not been answered. */
  private final AtomicInteger asking = new AtomicInteger();

  /** Nodes that the running checkpoint has taken out of the pool. */
  private final AtomicLong taken = new AtomicLong();

  MetadataRoom(Allocator allocator, Supplier<View> views) {
    this.allocator = allocator;
    this.views = views;
  }

  /**
   * Admits changes if there is room for them; they count until {@link #entered} or {@link
   * #withdraw}.
   *
   * @param settled what of the waiting data they store
   * @param frees whether they give something back, or store what was accepted before
   */
  boolean admit(Footprint changes, Footprint settled, boolean frees) throws IOException {
    asking.incrementAndGet();
    attempts.incrementAndGet();
    admitted.add(changes);
    boolean enough = false;
    try {
      enough = ensure(settled, frees);
    } finally {
      if (!enough) {
        admitted.subtract(changes);
      }
      asking.decrementAndGet();
    }
    return enough;
  }

  /** Whether the removal of a name would be admitted now, or a new one. */
  boolean fitsName(boolean frees) throws IOException {
    Footprint change = frees ? NodeDemand.UNLINK : NodeDemand.CREATE;
    boolean fits = admit(change, Footprint.NONE, frees);
    if (fits) {
      withdraw(change);
    }
    return fits;
  }

  /** How often room has been asked for; while it stays the same, nobody asked. */
  long attempts() {
    return attempts.get();
  }

  /**
   * Whether no request is being answered: one that is refused in the end has counted until then,
   * though nothing was promised to it.
   */
  boolean nobodyAsks() {
    return asking.get() == 0;
  }

  /** Whether no transaction is on its way into an epoch. */
  boolean nothingAdmitted() {
    return admitted.isZero();
  }

  /** Admitted changes have become part of an epoch. */
  void entered(Footprint changes) {
    admitted.subtract(changes);
  }

  /** Admitted changes are not made. */
  void withdraw(Footprint changes) {
    admitted.subtract(changes);
  }

  /** Accepts waiting data if there is room for what storing it will change. */
  boolean expect(Footprint claim) throws IOException {
    asking.incrementAndGet();
    attempts.incrementAndGet();
    waiting.add(claim);
    boolean enough = false;
    try {
      enough = ensure(Footprint.NONE, false);
    } finally {
      if (!enough) {
        waiting.subtract(claim);
      }
      asking.decrementAndGet();
    }
    return enough;
  }

  /** Waiting data has been stored, or dropped. */
  void expected(Footprint claim) {
    waiting.subtract(claim);
  }

  private boolean ensure(Footprint settled, boolean frees) throws IOException {
    View view = views.get();
    Footprint changes =
        view.active().footprint().plus(admitted.get()).plus(waiting.get().minus(settled));
    NodeDemand demand = view.demand();
    long nodes = frees ? demand.nodes(changes) : demand.nodesAndUnlink(changes);
    return allocator.reserveNodes(clamp(nodes + ofFrozen(view)), frees);
  }

  private long ofFrozen(View view) {
    return view.frozen() == null
        ? 0
        : Math.max(0, view.demand().nodes(view.frozen().footprint()) - taken.get());
  }

  /**
   * The nodes to keep in the pool once a checkpoint is published.
   *
   * @param spare how many beyond the need
   */
  int target(View view, int spare) {
    Footprint changes = view.active().footprint().plus(admitted.get()).plus(waiting.get());
    return clamp(view.demand().nodesAndUnlink(changes) + spare);
  }

  /** A checkpoint begins to take nodes. */
  void beginTaking() {
    taken.set(0);
  }

  /** Takes space for a node of the running checkpoint, or -1. */
  long take(int length) {
    long address = allocator.takeNode(length);
    taken.incrementAndGet(); // Only now, lest the pool seem to hold one more than it does.
    return address;
  }

  /** Gives back space that was taken and holds no node. */
  void giveBack(Run run) {
    allocator.releaseNow(run.address(), (int) run.length());
  }

  private static int clamp(long nodes) {
    return (int) Math.min(nodes, Integer.MAX_VALUE);
  }
}
