package org.razorfs.tx;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import org.razorfs.alloc.Allocator;
import org.razorfs.alloc.FreeRunVisitor;
import org.razorfs.alloc.RunList;
import org.razorfs.block.NodeStore;
import org.razorfs.device.HostRoom;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.journal.Journal;
import org.razorfs.journal.JournalCut;
import org.razorfs.journal.JournalListener;
import org.razorfs.journal.JournalPayload;
import org.razorfs.journal.JournalRing;
import org.razorfs.layout.ExtentRecord;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.JournalRecord;
import org.razorfs.layout.Mutation;
import org.razorfs.layout.Operation;
import org.razorfs.layout.Run;
import org.razorfs.layout.Superblock;
import org.razorfs.layout.TreeId;
import org.razorfs.layout.TreeRoot;
import org.razorfs.tree.Tree;
import org.razorfs.wire.ByteSink;
import org.razorfs.wire.Name;

/**
 * The transactional store: gives each operation its place in the journal and its effect in the
 * active epoch, both in the same order, and turns epochs into checkpoints. No lock is held over an
 * operation as a whole; the journal's append lock orders them.
 *
 * <p>After the first error of the device, or of a checkpoint, nothing more is accepted: what is
 * durable is then known only to a new mount.
 */
public final class Transactions {
  /** A payload is cut into records of about this size. */
  private static final int RECORD_BYTES = 256 << 10;

  /** While so much is free, nobody asks before a change whether there is room for it. */
  private static final long PLENTY_UNITS = (16 << 20) / Geometry.UNIT;

  private final NodeStore store;
  private final Allocator allocator;
  private final HostRoom host;
  private final CheckpointWriter writer;
  private final Counters counters;
  private final Metadata metadata;
  private final Executor background;
  private final TransactionListener listener;
  private final FreeRunVisitor discarder;
  private final long maxEpochBytes;
  private final long journalLength;
  private final ReentrantLock checkpointing = new ReentrantLock();
  private final ReentrantLock scarce = new ReentrantLock();
  private final LongAdder checkpointWaits = new LongAdder();

  /** Threads that wait in {@link #throttle}. */
  private final AtomicInteger throttled = new AtomicInteger();

  private final AtomicBoolean requested = new AtomicBoolean();
  private final MetadataRoom room;
  private final ThreadLocal<ByteSink[]> sinks =
      ThreadLocal.withInitial(() -> new ByteSink[] {new ByteSink(1024), new ByteSink(1024)});
  private Journal journal;
  private volatile View view;

  /** Where in the journal that begins which no checkpoint holds yet. */
  private volatile long tail;

  private volatile IOException failure;

  /** Whether something was met that is not as it must be. */
  private volatile boolean damaged;

  /** What the owner of the transactions wants to know. */
  public interface TransactionListener {
    /** A checkpoint has removed a name from the string table. */
    void nameRemoved(long id, Name name);

    /** A checkpoint has found that little of a pack is in use, perhaps less than was. */
    void packDwindled(long address);

    /** The store has failed and accepts nothing more. */
    void failed(IOException cause);
  }

  Transactions(
      Opening opening,
      CheckpointWriter writer,
      MetadataRoom room,
      Executor background,
      FreeRunVisitor discarder,
      long maxEpochBytes,
      TransactionListener listener) {
    this.store = opening.store();
    this.allocator = opening.allocator();
    this.host = opening.host();
    this.counters = opening.counters();
    this.view = opening.view();
    this.writer = writer;
    this.background = background;
    this.discarder = discarder;
    this.maxEpochBytes = maxEpochBytes;
    this.journalLength = view.superblock().identity().journalLength();
    this.listener = listener;
    this.metadata = new Metadata(() -> view, this::damageMet);
    this.room = room;
  }

  /** What recovery found, before the store takes over. */
  record Opening(
      NodeStore store, Allocator allocator, HostRoom host, Counters counters, View view) {}

  /** Starts to accept transactions. */
  void start(Journal newJournal) {
    journal = newJournal;
    tail = newJournal.appended();
  }

  /** The listener to give to the journal. */
  JournalListener journalListener() {
    return new JournalListener() {
      @Override
      public void ringFull() {
        requestCheckpoint();
      }

      @Override
      public void failed(FsException cause) {
        fail(cause);
      }
    };
  }

  /** The metadata as of now. */
  public Metadata metadata() {
    return metadata;
  }

  /** The numbers for new inodes and strings. */
  public Counters counters() {
    return counters;
  }

  /** The space of the volume. */
  public Allocator allocator() {
    return allocator;
  }

  /** What the host of the image has room for. */
  public HostRoom host() {
    return host;
  }

  /** The superblock of the last checkpoint. */
  public Superblock superblock() {
    return view.superblock();
  }

  /** The volume's totals as of now, but for free units, which the allocator knows. */
  public Superblock.VolumeTotals totals() {
    View now = view;
    Superblock.VolumeTotals totals = now.superblock().totals();
    for (Epoch epoch :
        now.frozen() == null
            ? new Epoch[] {now.active()}
            : new Epoch[] {now.frozen(), now.active()}) {
      totals =
          new Superblock.VolumeTotals(
              totals.freeUnits(),
              totals.reservedUnits() + epoch.reservedUnits(),
              totals.inodes() + epoch.inodeChange(),
              totals.logicalBytes() + epoch.logicalBytes(),
              totals.storedBytes() + epoch.storedBytes());
    }
    return totals.legal(now.superblock().identity().volumeSize(), counters.inode().get());
  }

  /** The journal that the transactions go to. */
  public Journal journal() {
    return journal;
  }

  /** Throws where the store has failed. */
  public void requireWorking() throws FsException {
    IOException cause = failure;
    if (cause != null) {
      throw new FsException(
          Fault.IO_ERROR,
          "the volume failed earlier and is read-only: " + cause.getMessage(),
          cause);
    }
  }

  /** Begins a transaction; it costs nothing to forget it. */
  public Transaction begin(Operation operation, long inode) {
    return new Transaction(operation, inode);
  }

  /**
   * Commits: afterwards the changes are visible and have their place in the journal.
   *
   * @return the position to give to {@link #force} to make them durable
   * @throws FsException NO_SPACE, READ_ONLY, IO_ERROR; then nothing has changed and the transaction
   *     has been aborted
   */
  public long commit(Transaction transaction) throws IOException {
    Epoch[] epoch = new Epoch[1];
    Footprint changes = Footprint.of(transaction.redo(), transaction.undo());
    boolean admitted = false;
    long end;
    try {
      requireWorking();
      List<JournalPayload> payloads = encode(transaction);
      long bytes = 0;
      for (JournalPayload payload : payloads) {
        bytes += JournalRecord.size(payload.undo().size(), payload.redo().size());
      }
      admit(changes, transaction);
      admitted = true;
      long ticket = journal.reserve(bytes);
      boolean appended = false;
      try {
        end =
            journal.append(
                ticket,
                transaction.operation(),
                transaction.inode(),
                payloads,
                lsn -> {
                  epoch[0] = view.active();
                  epoch[0].enter(changes);
                  room.entered(changes);
                });
        appended = true;
      } finally {
        if (!appended) {
          journal.unreserve(ticket);
        }
      }
    } catch (IOException | RuntimeException | Error e) {
      if (admitted) {
        room.withdraw(changes);
      }
      abort(transaction);
      throw e;
    }
    try {
      apply(epoch[0], transaction);
    } finally {
      epoch[0].exit();
      transaction.end();
    }
    boolean ahead = background != null && end - tail > journalLength / 2;
    if (ahead || epoch[0].memory() > maxEpochBytes) {
      requestCheckpoint();
    }
    return end;
  }

  /**
   * Waits for a checkpoint where changes come faster than the background takes them, or where not
   * even the removal of a name has room before the next. Called before the locks are taken that a
   * change needs: a checkpoint may last, and nobody but who makes the changes is to wait for it.
   */
  public void throttle() {
    throttle(true);
  }

  /** {@link #throttle} before a new name, which may not use what is held back for removals. */
  public void throttleAdding() {
    throttle(false);
  }

  private void throttle(boolean frees) {
    try {
      if (!isOverrun() && !isSpent(frees)) {
        return;
      }
      checkpointWaits.increment();
      throttled.incrementAndGet();
      try {
        checkpoint();
      } finally {
        throttled.decrementAndGet();
      }
    } catch (IOException e) {
      // Noted for all that follow, or met again where the change asks for its room.
    }
  }

  /** Whether changes that begin now wait in {@link #throttle}, or others do. */
  public boolean isThrottling() {
    return isOverrun() || throttled.get() > 0;
  }

  private boolean isOverrun() {
    return background != null && isCrowded();
  }

  /** Whether a small change would find no room, and a checkpoint might make some. */
  private boolean isSpent(boolean frees) throws IOException {
    if (allocator.availableUnits() > PLENTY_UNITS) {
      return false;
    }
    View current = view;
    if (!current.active().hasChanges() && current.frozen() == null) {
      return false;
    }
    giveWay();
    return !room.fitsName(frees);
  }

  private boolean isCrowded() {
    return journal.appended() - tail > journalLength / 4 * 3
        || view.active().memory() > 2 * maxEpochBytes;
  }

  /** How often {@link #throttle} had to wait. */
  public long checkpointWaits() {
    return checkpointWaits.sum();
  }

  private void apply(Epoch epoch, Transaction transaction) throws IOException {
    try {
      for (Mutation mutation : transaction.redo()) {
        epoch.apply(mutation, metadata);
        if (mutation instanceof Mutation.Release release) {
          allocator.release(release.address(), release.length());
        }
      }
      transaction.committed();
    } catch (IOException | RuntimeException | Error e) {
      // The journal has it, memory has half of it: only a new mount can tell what is true.
      fail(new IOException("a committed transaction could not be applied", e));
      throw e;
    }
  }

  /** Ends a transaction without a trace: what took effect early is undone, last first. */
  public void abort(Transaction transaction) {
    List<Mutation> undo = transaction.undo();
    for (int i = undo.size() - 1; i >= 0; i--) {
      if (undo.get(i) instanceof Mutation.Release space) {
        allocator.releaseNow(space.address(), space.length());
      }
    }
    transaction.end();
  }

  /** Returns when everything up to {@code lsn} is on stable storage. */
  public void force(long lsn) throws IOException {
    requireWorking();
    journal.commit(lsn);
    requireWorking();
  }

  /** Makes all transactions so far durable. */
  public void forceAll() throws IOException {
    force(journal.appended());
  }

  /** Begins with what {@link #forceAll} will do if it is called soon, without waiting. */
  public void startForce() {
    journal.startCommit();
  }

  /** Finds room for the nodes of the checkpoints to come, after one more if it must be. */
  private void admit(Footprint changes, Transaction transaction) throws IOException {
    Footprint settled = transaction.settled().footprint();
    if (transaction.isOptional()) {
      if (isCrowded() || scarce.isLocked() || !room.admit(changes, settled, false)) {
        throw host.noSpace("no space without a checkpoint");
      }
      return;
    }
    giveWay();
    if (room.admit(changes, settled, transaction.frees())) {
      return;
    }
    if (transaction.frees()) {
      admitAlone(changes, settled);
      return;
    }
    checkpoint();
    if (!room.admit(changes, settled, false)) {
      throw host.noSpace("no space for metadata");
    }
  }

  /**
   * What is held back is enough for one removal between two checkpoints. While others use it, this
   * keeps new ones away, makes checkpoints and tries again, until it has had all to itself.
   */
  private void admitAlone(Footprint changes, Footprint settled) throws IOException {
    scarce.lock();
    try {
      boolean alone;
      do {
        Thread.onSpinWait(); // For those that have been admitted, on their way into the epoch.
        checkpoint();
        View start = view;
        long attempts = room.attempts();
        boolean undisturbed = room.nobodyAsks();
        if (room.admit(changes, settled, true)) {
          return;
        }
        alone =
            undisturbed
                && start.frozen() == null
                && !start.active().hasChanges()
                && room.nothingAdmitted()
                && room.attempts() == attempts + 1
                && view.active() == start.active();
      } while (!alone);
      throw host.noSpace("no space for metadata");
    } finally {
      scarce.unlock();
    }
  }

  /** Lets through first who needs all the room that is left. */
  private void giveWay() {
    if (scarce.isLocked()) {
      scarce.lock();
      try {
        return; // Whoever held it has been admitted.
      } finally {
        scarce.unlock();
      }
    }
  }

  /**
   * Reserves the metadata of data that is taken in now and stored later, so that it will not be
   * refused then.
   *
   * @return false where the volume has no room for it now; a checkpoint may make some
   */
  public boolean expect(Claim claim) throws IOException {
    giveWay();
    return room.expect(claim.footprint());
  }

  /** Takes back what {@link #expect} reserved: the data has been stored, or dropped. */
  public void expected(Claim claim) {
    room.expected(claim.footprint());
  }

  private List<JournalPayload> encode(Transaction transaction) {
    List<Mutation> redo = transaction.redo();
    List<Mutation> undo = transaction.undo();
    ByteSink[] own = sinks.get();
    ByteSink redoSink = own[0].clear();
    ByteSink undoSink = own[1].clear();
    List<JournalPayload> payloads = null;
    int first = 0;
    long undoBytes = 0;
    for (int i = 0; i < redo.size(); i++) {
      redo.get(i).encode(redoSink);
      undoBytes += content(undo.get(i));
      boolean last = i == redo.size() - 1;
      if (last || redoSink.size() > RECORD_BYTES || undoBytes > RECORD_BYTES) {
        undoBytes = 0;
        for (int k = i; k >= first; k--) {
          undo.get(k).encode(undoSink);
        }
        first = i + 1;
        JournalPayload payload = new JournalPayload(undoSink, redoSink);
        if (last && payloads == null) {
          return Collections.singletonList(payload);
        }
        payloads = payloads == null ? new ArrayList<>() : payloads;
        payloads.add(payload);
        redoSink = new ByteSink(1024);
        undoSink = new ByteSink(1024);
      }
    }
    return payloads == null ? List.of(new JournalPayload(undoSink, redoSink)) : payloads;
  }

  /** The bytes that a mutation carries, where these can be more than a few. */
  private static long content(Mutation mutation) {
    if (mutation instanceof Mutation.PutExtent m && m.value() instanceof ExtentRecord.Inline) {
      return m.value().length();
    }
    return mutation instanceof Mutation.SetXattr m && m.value() != null ? m.value().length : 0;
  }

  /** Starts a checkpoint in the background, or makes it now where there is no background. */
  public void requestCheckpoint() {
    if (failure != null || checkpointing.isHeldByCurrentThread()) {
      return;
    }
    if (background == null) {
      try {
        checkpoint();
      } catch (IOException e) {
        fail(e);
      }
      return;
    }
    if (requested.compareAndSet(false, true)) {
      try {
        background.execute(
            () -> {
              requested.set(false);
              try {
                checkpoint();
              } catch (IOException | RuntimeException e) {
                fail(e instanceof IOException io ? io : new IOException(e));
              }
            });
      } catch (RejectedExecutionException e) {
        requested.set(false);
      }
    }
  }

  /** Makes a checkpoint; returns when everything up to now is in it, durably. */
  public void checkpoint() throws IOException {
    checkpoint(false, false);
  }

  /** Gives the volume another label, durably, with a checkpoint. */
  public void relabel(String label) throws IOException {
    checkpointing.lock();
    try {
      requireWorking();
      // Only checkpoints replace the view, and this keeps others away.
      view = view.withLabel(label);
      checkpoint(false, true);
    } finally {
      checkpointing.unlock();
    }
  }

  /** Makes the last checkpoint, after which the journal holds nothing to replay. */
  public void close() throws IOException {
    checkpoint(true, true);
    journal.close();
  }

  /** Takes note of damage, for the next superblock to tell. */
  void damageMet() {
    damaged = true;
  }

  /**
   * After a failure, says so in the next superblock, if the device still takes one: nothing else is
   * in it than in the last, so that the next mount recovers as it would have without.
   */
  public void markFailed() {
    IOException cause = failure;
    if (cause == null
        || journal == null
        || (cause instanceof FsException known && known.fault() == Fault.SHUT_DOWN)) {
      return;
    }
    checkpointing.lock();
    try {
      writer.mark(view.superblock());
    } catch (IOException e) {
      // The device is what failed; the next mount finds out by itself.
    } finally {
      checkpointing.unlock();
    }
  }

  private void checkpoint(boolean closing, boolean always) throws IOException {
    checkpointing.lock();
    try {
      requireWorking();
      View before = view;
      if (!always && !before.active().hasChanges()) {
        return;
      }
      room.beginTaking(); // Before anybody can see the frozen epoch, of which none is taken yet.
      JournalCut cut = closing ? journal.atLastCut(this::freeze) : journal.atCut(this::freeze);
      View frozen = view;
      frozen.frozen().awaitApplied();
      requireWorking(); // A transaction that was applied by half must not become durable.
      CheckpointWriter.State state =
          new CheckpointWriter.State(
              before.superblock().journalEpoch(),
              cut.lsn(),
              cut.nextTransaction(),
              cut.nextSequence(),
              closing,
              damaged,
              false);
      publish(writer.write(frozen, frozen.frozen(), state, counters), frozen.frozen());
      journal.release(cut.lsn());
      tail = cut.lsn();
    } catch (IOException | RuntimeException | Error e) {
      if (failure == null) {
        fail(e instanceof IOException io ? io : new IOException("checkpoint failed: " + e, e));
      }
      throw e;
    } finally {
      checkpointing.unlock();
    }
  }

  /** Under the journal's append lock: transactions after the cut go to a new epoch. */
  private JournalCut freeze(JournalCut cut) {
    View now = view;
    view = now.with(now.active().next(), now.active());
    return cut;
  }

  /** Makes the checkpoint's trees the ones to read, and its freed space usable. */
  private void publish(CheckpointWriter.Written written, Epoch done) throws IOException {
    Superblock superblock = written.superblock();
    // Before the new FREE tree can be read, in which this is free already.
    release(written.freedChunks());
    release(written.freedNodes());
    View now = view;
    Epoch active = now.frozen() == done ? now.active() : new Epoch();
    View published = View.of(active, null, trees(superblock, store), superblock);
    view = published;
    written.freedNodes().forEach(node -> store.cache().evict(node.address()));
    RunList freedNodes = list(written.freedNodes());
    if (!allocator.reserveNodes(room.target(published, 0)) || allocator.isScattered()) {
      // Space is short, or runs of it are: what held nodes goes on to hold nodes, before data can
      // have it.
      freedNodes =
          allocator.recycleNodes(freedNodes, room.target(published, allocator.spareNodes()));
    }
    RunList released = list(written.released());
    released.addAll(list(written.freedChunks()));
    released.addAll(freedNodes);
    allocator.published(list(written.allocated()), released, discarder);
    for (Run spare : superblock.spares()) {
      // Nothing was ever there; it is free again with the next checkpoint.
      allocator.release(spare.address(), (int) spare.length());
      active.releaseSpare(spare);
    }
    int spare = allocator.spareNodes();
    // Asked once more, for what has been promised in between must not be given away.
    allocator.trimPool(() -> room.target(published, spare));
    for (Epoch.NameDelta name : written.removedNames()) {
      listener.nameRemoved(name.id, name.name);
    }
    written.dwindledChunks().forEach(listener::packDwindled);
  }

  private void release(List<Run> runs) throws IOException {
    for (Run run : runs) {
      allocator.release(run.address(), (int) run.length());
    }
  }

  private static RunList list(List<Run> runs) {
    RunList list = new RunList();
    runs.forEach(run -> list.add(run.address(), (int) run.length()));
    return list;
  }

  /** The first checkpoint after opening: what was replayed, under a new journal epoch. */
  void adopt(CheckpointWriter.State state) throws IOException {
    View now = view;
    View frozen = now.with(new Epoch(), now.active());
    room.beginTaking();
    view = frozen;
    // Damage shows before the first write, not after it.
    if (!allocator.reserveNodes(room.target(now, 0)) && host.isRefusing()) {
      // What a daemon that was killed had set aside, or was about to give back, is the host's
      // again.
      allocator.visitFreeRuns(0, Long.MAX_VALUE, 1, discarder);
      allocator.reserveNodes(room.target(now, 0));
    }
    if (!room.admit(Footprint.NONE, Footprint.NONE, true)) {
      throw host.noSpace("no space to recover in");
    }
    publish(writer.write(frozen, frozen.frozen(), state, counters), frozen.frozen());
  }

  static Map<TreeId, Tree> trees(Superblock superblock, NodeStore store) throws IOException {
    Map<TreeId, Tree> trees = new EnumMap<>(TreeId.class);
    for (Map.Entry<TreeId, TreeRoot> entry : superblock.roots().entrySet()) {
      trees.put(entry.getKey(), new Tree(entry.getKey(), entry.getValue(), store));
    }
    return trees;
  }

  /** Accepts nothing more, as after a failure. */
  public void refuse(IOException cause) {
    fail(cause);
  }

  private void fail(IOException cause) {
    synchronized (this) {
      if (failure != null) {
        return;
      }
      failure = cause;
    }
    if (journal != null) {
      // Nobody makes room in the ring any more; who waits for it would wait for ever.
      journal.refuse(
          cause instanceof FsException fault
              ? fault
              : new FsException(Fault.IO_ERROR, String.valueOf(cause.getMessage()), cause));
    }
    listener.failed(cause);
  }

  View currentView() {
    return view;
  }

  /** The ring that a superblock describes. */
  static JournalRing ring(Superblock superblock) {
    return new JournalRing(
        superblock.identity().journalStart(), superblock.identity().journalLength());
  }
}
