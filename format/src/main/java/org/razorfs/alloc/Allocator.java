package org.razorfs.alloc;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;
import org.razorfs.fault.CorruptImageException;
import org.razorfs.layout.Geometry;

/**
 * The space of a volume: knows which units are busy now, hands out free ones, and keeps released
 * ones busy until the checkpoint that frees them is on the device.
 *
 * <p>Only what is needed is in memory: bitmaps of the segments in use, and those that differ from
 * the last checkpoint. Ranges are bytes: addresses are multiples of the unit, lengths are rounded
 * up to it; numbers of units say so.
 *
 * <p>A volume opens, replays its journal by {@link #markUsed} and {@link #release}, and only then
 * reserves and allocates. Afterwards all methods may be called by several threads at once. Each
 * takes at most the lock of one segment at a time (and inside it, for an instant, the clock's),
 * holds it while that segment is loaded or punched, and waits for nothing else; exceptions are
 * noted.
 */
public final class Allocator {
  private static final long SEGMENT = Geometry.SEGMENT_UNITS;

  private final AllocatorOptions options;
  private final AllocationFault fault;
  private final AtomicLong requests = new AtomicLong();
  private final SegmentTable table;
  private final SpaceAccount account;
  private final NextFit data;
  private final NextFit nodes;
  private final NodePool pool;
  private final Publication publication;

  /** Reads nothing yet, and takes memory only as segments are used. */
  public Allocator(
      AllocatorOptions options, SegmentSource source, AllocationFault fault, SpaceBacking backing) {
    this.options = options;
    this.fault = fault;
    long first = options.dataStart() / Geometry.UNIT;
    table = new SegmentTable(source, first, options.end() / Geometry.UNIT, options.maxSegments());
    account = new SpaceAccount(options.freeUnits(), options.holdBackUnits());
    data = new NextFit(table, first);
    nodes = new NextFit(table, first);
    pool = new NodePool(table, nodes, account, options.nodeSize() / Geometry.UNIT, backing);
    publication = new Publication(table, account);
  }

  /** {@link #reserve(long, boolean)} for a request that is not urgent. */
  public boolean reserve(long units) throws IOException {
    return reserve(units, false);
  }

  /**
   * Promises units to the caller, who gives the promise back by {@link #unreserve}. Takes no lock.
   *
   * @param urgent whether the units held back may be used: for what frees space, and for a
   *     checkpoint
   * @return false if not as many are free and not promised, pooled or held back
   * @throws IOException only from the injected fault
   */
  public boolean reserve(long units, boolean urgent) throws IOException {
    request();
    return account.reserve(units, urgent);
  }

  /**
   * Gives back a promise, whether or not any of it was allocated. Takes no lock.
   *
   * @throws IllegalStateException when less is reserved
   */
  public void unreserve(long units) {
    account.unreserve(units);
  }

  /**
   * Allocates a contiguous range for file data. The caller has reserved as many units and
   * unreserves them afterwards; until then they count twice, on the safe side.
   *
   * @param length bytes, more than 0
   * @return its address; -1 if no run is that long (none crosses a segment border), or if the units
   *     are neither reserved nor available
   * @throws IOException when a segment's bitmap cannot be read; nothing is allocated then
   */
  public long allocate(int length) throws IOException {
    Run run = allocateUpTo(length, length);
    return run == null ? -1 : run.address();
  }

  /**
   * As {@link #allocate}, but takes less where free space is fragmented: the next run of {@code
   * length} bytes, or, if there is none, the longest among those that a bounded search finds.
   *
   * @param length bytes wanted; a run never has more than a segment
   * @param minimum bytes without which the run is of no use; more than 0
   * @return null if there is no run of {@code minimum} bytes
   */
  public Run allocateUpTo(int length, int minimum) throws IOException {
    if (minimum <= 0 || length < minimum) {
      throw new IllegalArgumentException("length " + length + ", at least " + minimum);
    }
    request();
    long least = Geometry.units(minimum);
    long wanted = Math.min(Math.min(Geometry.units(length), SEGMENT), account.coverable());
    if (wanted < least) {
      return null;
    }
    Run run = data.take((int) wanted, (int) least);
    if (run != null) {
      account.allocated(run.units());
    }
    return run;
  }

  /**
   * Gives back at once units that were allocated but never became part of a transaction.
   *
   * @throws IllegalStateException if they were not allocated since the last checkpoint
   */
  public void releaseNow(long address, int length) {
    if (!isInside(address, length)) {
      throw new IllegalStateException(range(address, length) + " was not allocated");
    }
    SegmentTable.forEachPiece(
        address / Geometry.UNIT, Geometry.units(length), this::releasePieceNow);
  }

  private void releasePieceNow(long index, int from, int count) {
    Segment segment = table.lock(index);
    try {
      if (segment.bitmap() == null) {
        throw new IllegalStateException("segment " + index + ": nothing was allocated");
      }
      segment.unpin(count);
      segment.bitmap().clear(from, count);
    } finally {
      table.unlock(segment);
    }
    account.freed(count);
  }

  /**
   * Gives back units in use; they stay busy until {@link #published} names them. Reads nothing.
   *
   * @throws CorruptImageException if the range is outside the space that can be allocated, or is
   *     known not to be in use; what came before the offending segment is then released
   */
  public void release(long address, int length) throws CorruptImageException {
    checkInside(address, length);
    SegmentTable.forEachPiece(address / Geometry.UNIT, Geometry.units(length), this::releasePiece);
  }

  private void releasePiece(long index, int from, int count) throws CorruptImageException {
    Segment segment = table.lock(index);
    try {
      if (segment.bitmap() == null) {
        segment.hold(from, count);
      } else if (segment.bitmap().busyIn(from, count) < count) {
        throw conflict(index, from, count, "units in use", "free ones among them");
      }
      segment.pin(count);
    } finally {
      table.unlock(segment);
    }
    account.released(count);
  }

  /**
   * Takes units that a replayed transaction allocated. Only before the first reservation.
   *
   * @throws CorruptImageException if the range is outside the space that can be allocated, or in
   *     use already; what came before the offending segment is then taken
   * @throws IOException when a segment's bitmap cannot be read
   */
  public void markUsed(long address, int length) throws IOException {
    checkInside(address, length);
    SegmentTable.forEachPiece(address / Geometry.UNIT, Geometry.units(length), this::markPiece);
  }

  private void markPiece(long index, int from, int count) throws IOException {
    Segment segment = table.lockLoaded(index);
    try {
      if (segment.bitmap().busyIn(from, count) > 0) {
        throw conflict(index, from, count, "free units", "units in use among them");
      }
      segment.bitmap().set(from, count);
      segment.pin(count);
    } finally {
      table.unlock(segment);
    }
    account.allocated(count);
  }

  /**
   * Says that a checkpoint is on the device and the {@link SegmentSource} shows it: what the epoch
   * released can be allocated again, and its segments may leave memory. One call at a time. Reads
   * the bitmaps of segments in which something was released and that are not in memory; where one
   * cannot be read, its holes are not punched, and nothing else is lost.
   *
   * @param allocated what was allocated (nodes too) or marked used in the epoch, in whatever pieces
   * @param released what was released in it, likewise
   * @param holes is told of the free host blocks that overlap what was released, under the lock of
   *     their segment
   * @throws IllegalStateException if more is named than was allocated or released
   */
  public void published(RunList allocated, RunList released, FreeRunVisitor holes) {
    publication.publish(allocated, released, holes);
  }

  /** {@link #reserveNodes(int, boolean)} for a request that is not urgent. */
  public boolean reserveNodes(int count) throws IOException {
    return reserveNodes(count, false);
  }

  /**
   * Makes sure that the pool holds whole runs for {@code count} nodes in all, not in addition to
   * what it holds already. Takes no lock when it does; otherwise waits for another thread that
   * fills the pool.
   *
   * @param urgent whether the units held back may be used
   * @return false, and the pool as it was, if there are not as many runs
   * @throws IOException when a segment's bitmap cannot be read, or from the injected fault
   */
  public boolean reserveNodes(int count, boolean urgent) throws IOException {
    request();
    return pool.reserve(count, urgent);
  }

  /**
   * Allocates space for a node out of the pool, behind the node before as far as the pool's runs
   * go. Besides a segment's lock, takes the pool's for an instant.
   *
   * @param length stored bytes, a multiple of the unit, no more than the node size
   * @return its address, or -1 if the pool is used up
   */
  public long takeNode(int length) {
    if (length <= 0 || length > options.nodeSize() || length % Geometry.UNIT != 0) {
      throw new IllegalArgumentException("node of " + length + " bytes");
    }
    long unit = pool.take(length / Geometry.UNIT);
    return unit < 0 ? -1 : unit * Geometry.UNIT;
  }

  /**
   * How many nodes the pool may keep beyond what is needed: as many as it would search for when the
   * next is, so that their space does not go back to the host and forth; more where free space
   * {@link #isScattered}, lest data take it. None where space is short.
   */
  public int spareNodes() {
    return pool.spare();
  }

  /**
   * Whether free space lies in pieces, as the last search for nodes has found, so that runs for
   * nodes may run out before it does.
   */
  public boolean isScattered() {
    return pool.isScattered();
  }

  /** {@link #trimPool(IntSupplier)} to a number that is known. */
  public void trimPool(int count) {
    trimPool(() -> count);
  }

  /**
   * Gives back pool space that is not needed for so many nodes, to the host too. Besides a
   * segment's lock, takes the pool's for an instant.
   *
   * @param count tells how many, not below 0, while nobody is granted any; takes no lock
   */
  public void trimPool(IntSupplier count) {
    pool.trim(count);
  }

  /**
   * Moves released nodes into the pool until it has room for {@code target}, instead of naming them
   * to {@link #published}: space that nobody else can have in between. Only what was in use as of
   * the last checkpoint and is free as of the one about to be published.
   *
   * @return what was not needed, or is not long enough for whole nodes
   */
  public RunList recycleNodes(RunList nodes, int target) {
    return pool.recycle(nodes, target);
  }

  /**
   * Lets the next allocation of a stream search from here on, for example from where the last
   * checkpoint wrote, so that a volume just opened does not look through all that is full.
   */
  public void startAt(AllocationStream stream, long address) {
    if (address < 0 || address >= options.end()) {
      throw new IllegalArgumentException("address " + address);
    }
    search(stream).moveTo(Math.max(options.dataStart(), address) / Geometry.UNIT);
  }

  /**
   * Lets the next allocation for file data search from this address on, where it would from behind
   * it: for space that was given back, and that the host may have backed.
   */
  public void moveBack(long address) {
    data.moveBack(address / Geometry.UNIT);
  }

  /** The address from which the next allocation of a stream searches. */
  public long position(AllocationStream stream) {
    return search(stream).cursor() * Geometry.UNIT;
  }

  /**
   * Shows the free runs in segments that are in memory, at most one call for each, cut to the
   * host's blocks; under the lock of their segment.
   *
   * @param minimum shorter runs (bytes, after cutting) are left out
   */
  public void visitFreeRuns(int minimum, FreeRunVisitor visitor) {
    publication.visitFreeRuns(Math.max(1, (int) Geometry.units(minimum)), visitor);
  }

  /**
   * As {@link #visitFreeRuns(int, FreeRunVisitor)} for a range of the volume, whose segments are
   * brought into memory one after the other.
   *
   * @param from the first byte; runs are cut there
   * @param to the byte behind the last
   * @throws IOException when a segment's bitmap cannot be read
   */
  public void visitFreeRuns(long from, long to, int minimum, FreeRunVisitor visitor)
      throws IOException {
    long block = SegmentBitmap.BLOCK_UNITS * (long) Geometry.UNIT;
    long first = Math.min(Math.max(from, options.dataStart()), options.end());
    first = (first + block - 1) / block * block;
    long last = Math.min(to, options.end()) / block * block;
    if (first < last) {
      publication.visitFreeRuns(
          first / Geometry.UNIT,
          last / Geometry.UNIT,
          Math.max(1, (int) Geometry.units(minimum)),
          visitor);
    }
  }

  /** Units that are neither used nor pending; reserved and pooled ones are among them. */
  public long freeUnits() {
    return account.free();
  }

  /** Units that a request that is not urgent can still get. */
  public long availableUnits() {
    return account.available(false);
  }

  /** Units promised by {@link #reserve}. */
  public long reservedUnits() {
    return account.reserved();
  }

  /** Units released and not published. */
  public long pendingUnits() {
    return account.pending();
  }

  /** Units in the node pool. */
  public long pooledUnits() {
    return account.pooled();
  }

  /** Whole nodes for which the pool has room. */
  public int pooledNodes() {
    return pool.capacity();
  }

  /** Bitmaps in memory. */
  public int loadedSegments() {
    return table.loaded();
  }

  /** Segments that must stay in memory until the next checkpoint. */
  public int pinnedSegments() {
    return table.pinned();
  }

  private NextFit search(AllocationStream stream) {
    return stream == AllocationStream.DATA ? data : nodes;
  }

  private void request() throws IOException {
    if (fault != AllocationFault.NONE) {
      fault.check(requests.getAndIncrement());
    }
  }

  private boolean isInside(long address, int length) {
    return length > 0
        && address % Geometry.UNIT == 0
        && address >= options.dataStart()
        && address <= options.end() - Geometry.roundUp(length);
  }

  private void checkInside(long address, int length) throws CorruptImageException {
    if (!isInside(address, length)) {
      throw new CorruptImageException(
          "free space",
          "whole units within " + options.dataStart() + ".." + options.end(),
          range(address, length));
    }
  }

  private static CorruptImageException conflict(
      long segment, int from, int count, String expected, String actual) {
    long address = segment * Geometry.SEGMENT + (long) from * Geometry.UNIT;
    return new CorruptImageException(
        "free space of segment " + segment + ", " + range(address, count * Geometry.UNIT),
        expected,
        actual);
  }

  private static String range(long address, int length) {
    return length + " bytes at " + address;
  }
}
