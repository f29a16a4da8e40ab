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
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.razorfs.alloc.Allocator;
import org.razorfs.alloc.FreeRunVisitor;
import org.razorfs.alloc.RunList;
import org.razorfs.block.NodeStore;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.journal.Journal;
import org.razorfs.journal.JournalCut;
import org.razorfs.journal.JournalListener;
import org.razorfs.journal.JournalPayload;
import org.razorfs.journal.JournalRing;
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

  /** Nodes whose space is never given to data, so that a full volume can still be changed. */
  private static final int MIN_POOL = 16;

  private static final int WAITING_ITEM_BYTES = 48;

  private final NodeStore store;
  private final Allocator allocator;
  private final CheckpointWriter writer;
  private final Counters counters;
  private final Metadata metadata;
  private final Executor background;
  private final TransactionListener listener;
  private final FreeRunVisitor discarder;
  private final long maxEpochBytes;
  private final ReentrantLock checkpointing = new ReentrantLock();
  private final AtomicBoolean requested = new AtomicBoolean();
  private final AtomicLong waitingItems = new AtomicLong();
  private final ThreadLocal<ByteSink[]> sinks =
      ThreadLocal.withInitial(() -> new ByteSink[] {new ByteSink(1024), new ByteSink(1024)});
  private Journal journal;
  private volatile View view;
  private volatile IOException failure;

  /** What the owner of the transactions wants to know. */
  public interface TransactionListener {
    /** A checkpoint has removed a name from the string table. */
    void nameRemoved(long id, Name name);

    /** The store has failed and accepts nothing more. */
    void failed(IOException cause);
  }

  Transactions(
      Opening opening,
      CheckpointWriter writer,
      Executor background,
      FreeRunVisitor discarder,
      long maxEpochBytes,
      TransactionListener listener) {
    this.store = opening.store();
    this.allocator = opening.allocator();
    this.counters = opening.counters();
    this.view = opening.view();
    this.writer = writer;
    this.background = background;
    this.discarder = discarder;
    this.maxEpochBytes = maxEpochBytes;
    this.listener = listener;
    this.metadata = opening.metadata(() -> view);
  }

  /** What recovery found, before the store takes over. */
  record Opening(NodeStore store, Allocator allocator, Counters counters, View view) {
    Metadata metadata(java.util.function.Supplier<View> views) {
      return new Metadata(views);
    }
  }

  /** Starts to accept transactions. */
  void start(Journal newJournal) {
    journal = newJournal;
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
    return totals;
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
    long end;
    try {
      requireWorking();
      List<JournalPayload> payloads = encode(transaction);
      long bytes = 0;
      long values = 0;
      for (JournalPayload payload : payloads) {
        bytes += JournalRecord.size(payload.undo().size(), payload.redo().size());
        values += payload.redo().size();
      }
      makeRoom(transaction.redo().size() * 2L, values, transaction.frees());
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
                  epoch[0].enter();
                });
        appended = true;
      } finally {
        if (!appended) {
          journal.unreserve(ticket);
        }
      }
    } catch (IOException | RuntimeException | Error e) {
      abort(transaction);
      throw e;
    }
    try {
      apply(epoch[0], transaction);
    } finally {
      epoch[0].exit();
      transaction.end();
    }
    long memory = epoch[0].memory();
    if (memory > 2 * maxEpochBytes && view.active() == epoch[0]) {
      catchUp();
    } else if (memory > maxEpochBytes) {
      requestCheckpoint();
    }
    return end;
  }

  /** The background does not keep up with the changes: who makes them waits for a checkpoint. */
  private void catchUp() {
    try {
      checkpoint();
    } catch (IOException e) {
      // The transaction itself is committed; the failure has been noted for all that follow.
    }
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

  /** Takes space for the nodes of the next checkpoint, after one more checkpoint if it must be. */
  private void makeRoom(long items, long bytes, boolean urgent) throws IOException {
    if (reserveNodes(items, bytes, urgent)) {
      return;
    }
    checkpoint();
    if (!reserveNodes(items, bytes, urgent)) {
      throw FsException.of(Fault.NO_SPACE, "no space for metadata");
    }
  }

  private boolean reserveNodes(long items, long bytes, boolean urgent) throws IOException {
    View now = view;
    long waiting = waitingItems.get();
    long nodes =
        CheckpointWriter.mostNodes(
            now.superblock(), now.active(), items + waiting, bytes + waiting * WAITING_ITEM_BYTES);
    if (now.frozen() != null) {
      nodes += CheckpointWriter.mostNodes(now.superblock(), now.frozen(), 0, 0);
    }
    return allocator.reserveNodes((int) Math.min(nodes, Integer.MAX_VALUE), urgent);
  }

  /**
   * Reserves the metadata of data that is taken in now and stored later, so that it will not be
   * refused then.
   *
   * @param items tree items that storing it will change at most
   * @throws FsException NO_SPACE where the volume has no room for them
   */
  public void expect(long items) throws IOException {
    waitingItems.addAndGet(items);
    boolean done = false;
    try {
      makeRoom(0, 0, false);
      done = true;
    } finally {
      if (!done) {
        waitingItems.addAndGet(-items);
      }
    }
  }

  /** Takes back what {@link #expect} reserved: the data has been stored, or dropped. */
  public void expected(long items) {
    waitingItems.addAndGet(-items);
  }

  private List<JournalPayload> encode(Transaction transaction) {
    List<Mutation> redo = transaction.redo();
    List<Mutation> undo = transaction.undo();
    ByteSink[] own = sinks.get();
    ByteSink redoSink = own[0].clear();
    ByteSink undoSink = own[1].clear();
    List<JournalPayload> payloads = null;
    int first = 0;
    for (int i = 0; i < redo.size(); i++) {
      redo.get(i).encode(redoSink);
      boolean last = i == redo.size() - 1;
      if (last || redoSink.size() > RECORD_BYTES) {
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
    checkpoint(false);
  }

  /** Makes the last checkpoint, after which the journal holds nothing to replay. */
  public void close() throws IOException {
    checkpoint(true);
    journal.close();
  }

  private void checkpoint(boolean closing) throws IOException {
    checkpointing.lock();
    try {
      requireWorking();
      View before = view;
      if (!closing && !before.active().hasChanges()) {
        return;
      }
      JournalCut cut = journal.atCut(this::freeze);
      View frozen = view;
      frozen.frozen().awaitApplied();
      requireWorking(); // A transaction that was applied by half must not become durable.
      topUpPool(frozen);
      CheckpointWriter.State state =
          new CheckpointWriter.State(
              before.superblock().journalEpoch(),
              cut.lsn(),
              cut.nextTransaction(),
              cut.nextSequence(),
              closing,
              false,
              false);
      publish(writer.write(frozen, frozen.frozen(), state, counters), frozen.frozen());
      journal.release(cut.lsn());
    } catch (IOException | RuntimeException | Error e) {
      if (failure == null) {
        fail(e instanceof IOException io ? io : new IOException("checkpoint failed: " + e, e));
      }
      throw e;
    } finally {
      checkpointing.unlock();
    }
  }

  /**
   * Transactions that commit at the same time each reserve for themselves alone. What is missing
   * for them together comes out of what is held back; without it the checkpoint may still do.
   */
  private void topUpPool(View frozen) {
    long nodes = CheckpointWriter.mostNodes(frozen.superblock(), frozen.frozen(), 0, 0);
    try {
      allocator.reserveNodes((int) Math.min(nodes, Integer.MAX_VALUE), true);
    } catch (IOException e) {
      // Not worth failing for: if the pool is too small, the writer will say so.
    }
  }

  /** Under the journal's append lock: transactions after the cut go to a new epoch. */
  private JournalCut freeze(JournalCut cut) {
    View now = view;
    view = new View(now.active().next(), now.active(), now.trees(), now.superblock());
    return cut;
  }

  /** Makes the checkpoint's trees the ones to read, and its freed space usable. */
  private void publish(CheckpointWriter.Written written, Epoch done) throws IOException {
    Superblock superblock = written.superblock();
    View now = view;
    Epoch active = now.frozen() == done ? now.active() : new Epoch();
    view = new View(active, null, trees(superblock, store), superblock);
    List<Run> inEpoch = done.released();
    for (Run run : written.released().subList(inEpoch.size(), written.released().size())) {
      allocator.release(run.address(), (int) run.length());
      store.cache().evict(run.address());
    }
    allocator.published(list(written.allocated()), list(written.released()), discarder);
    for (Run spare : superblock.spares()) {
      // Nothing was ever there; it is free again with the next checkpoint.
      allocator.release(spare.address(), (int) spare.length());
      active.releaseSpare(spare);
    }
    View current = view;
    long waiting = waitingItems.get();
    long nodes =
        CheckpointWriter.mostNodes(
            current.superblock(), current.active(), waiting, waiting * WAITING_ITEM_BYTES);
    allocator.trimPool((int) Math.min(Math.max(MIN_POOL, nodes), Integer.MAX_VALUE));
    for (Epoch.NameDelta name : written.removedNames()) {
      listener.nameRemoved(name.id, name.name);
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
    View frozen = new View(new Epoch(), now.active(), now.trees(), now.superblock());
    if (!allocator.reserveNodes(
        (int) CheckpointWriter.mostNodes(now.superblock(), now.active(), 0, 0), true)) {
      throw new FsException(Fault.NO_SPACE, "no space to recover in");
    }
    view = frozen;
    publish(writer.write(frozen, frozen.frozen(), state, counters), frozen.frozen());
  }

  static Map<TreeId, Tree> trees(Superblock superblock, NodeStore store) throws IOException {
    Map<TreeId, Tree> trees = new EnumMap<>(TreeId.class);
    for (Map.Entry<TreeId, TreeRoot> entry : superblock.roots().entrySet()) {
      trees.put(entry.getKey(), new Tree(entry.getKey(), entry.getValue(), store));
    }
    return trees;
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
