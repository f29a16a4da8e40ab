package org.razorfs.journal;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.razorfs.device.BlockDevice;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.layout.JournalRecord;
import org.razorfs.layout.Operation;
import org.razorfs.wire.ByteSink;

/**
 * The writing side of the journal, spec §6: transactions are appended to memory, and commits write
 * everything appended so far as one batch that is closed by a COMMIT record, with one flush for all
 * that wait.
 *
 * <p>An appender first calls {@link #reserve}, which may wait for space, before it takes any lock
 * that a checkpoint needs; {@link #append} itself then never waits for the device or for space. All
 * methods may be called by several threads.
 *
 * <p>The first error of the device is final: what was written since the last flush is in doubt, so
 * every later call that promises something fails, whatever the device says then.
 */
public final class Journal implements Closeable {
  private static final int GROUP_SIZES = 16;

  private final BlockDevice device;
  private final JournalRing ring;
  private final long epoch;
  private final int bufferLimit;
  private final JournalListener listener;

  // The append lock and what it guards; it is never held during device I/O.
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition spaceChanged = lock.newCondition();
  private final ArrayDeque<Object> spaceWaiters = new ArrayDeque<>();
  private final RingSpace space;
  private RecordBuffer filling = new RecordBuffer();
  private RecordBuffer spare = new RecordBuffer();
  private boolean batchOpen;
  private boolean ended;
  private long nextTransaction;
  private long nextSequence;
  private long transactions;
  private long records;
  private long batches;
  private long padding;
  private long reserveWaits;
  private long reserveNanos;
  private long lockWaits;
  private long lockNanos;

  private volatile long position;
  private volatile FsException failure;
  private volatile boolean closed;

  // Changed by the leader of the queue, and by release.
  private final CommitQueue queue = new CommitQueue(this::settled);
  private final AtomicLong written;
  private final AtomicLong durable;
  private final LongAdder commits = new LongAdder();
  private final LongAdder commitsAtOnce = new LongAdder();
  private final LongAdder commitNanos = new LongAdder();
  private final LongAdder bytesWritten = new LongAdder();
  private final LongAdder writes = new LongAdder();
  private final LongAdder writeNanos = new LongAdder();
  private final LongAdder flushes = new LongAdder();
  private final LongAdder flushNanos = new LongAdder();
  private final LongAdder[] groups = new LongAdder[GROUP_SIZES];

  /**
   * A journal that continues at {@code origin}.
   *
   * @param device stays open when the journal is closed
   * @param bufferLimit bytes of records that are held in memory before reserve writes them; as much
   *     again may be on its way to the device
   */
  public Journal(
      BlockDevice device,
      JournalRing ring,
      JournalOrigin origin,
      int bufferLimit,
      JournalListener listener) {
    this.device = device;
    this.ring = ring;
    this.epoch = origin.epoch();
    this.bufferLimit = bufferLimit;
    this.listener = listener;
    this.space = new RingSpace(ring, origin.lsn());
    this.position = origin.lsn();
    this.nextTransaction = origin.transaction();
    this.nextSequence = origin.sequence();
    this.written = new AtomicLong(origin.lsn());
    this.durable = new AtomicLong(origin.lsn());
    for (int i = 0; i < GROUP_SIZES; i++) {
      groups[i] = new LongAdder();
    }
  }

  // ---- space ----

  /**
   * Waits until a transaction whose records take {@code bytes} (the sum of their {@link
   * JournalRecord#size(int, int)}) can be appended without waiting. First come, first served. A
   * thread that holds a ticket must not reserve again.
   *
   * @return a ticket for one {@link #append} or {@link #unreserve}
   * @throws FsException {@code NO_SPACE} when the ring could never hold it, {@code IO_ERROR} when
   *     the journal has failed, {@code SHUT_DOWN} when it is closed
   */
  public long reserve(long bytes) throws FsException {
    if (bytes < 0) {
      throw new IllegalArgumentException("cannot reserve " + bytes + " bytes");
    }
    if (bytes > Transaction.MAX_SIZE || !space.everFits(bytes + JournalRing.COMMIT_OVERHEAD)) {
      throw new FsException(
          Fault.NO_SPACE,
          String.format(
              "a transaction of %d bytes does not fit in %s's journal of %d bytes",
              bytes, device.name(), ring.length()));
    }
    long ticket = bytes + JournalRing.COMMIT_OVERHEAD;
    acquire();
    try {
      checkAppendable();
      if (!spaceWaiters.isEmpty() || !ringHas(ticket) || !memoryHas(ticket)) {
        waitForSpace(ticket);
      }
      space.promise(ticket);
      return ticket;
    } finally {
      lock.unlock();
    }
  }

  /** Gives back a ticket, or a part of what several add up to. */
  public void unreserve(long ticket) {
    acquire();
    try {
      space.settle(ticket);
      tellSpaceWaiters();
    } finally {
      lock.unlock();
    }
  }

  private boolean ringHas(long ticket) {
    return space.fits(ticket, position, closingCost());
  }

  private long closingCost() {
    return batchOpen ? JournalRing.COMMIT_OVERHEAD : 0;
  }

  private boolean memoryHas(long ticket) {
    long used = filling.size() + space.promised();
    return used == 0 || used + ticket <= bufferLimit;
  }

  private void waitForSpace(long ticket) throws FsException {
    long begun = System.nanoTime();
    reserveWaits++;
    Object turn = new Object();
    spaceWaiters.add(turn);
    try {
      long toldAt = -1;
      while (true) {
        checkAppendable();
        if (spaceWaiters.peek() != turn) {
          spaceChanged.awaitUninterruptibly();
        } else if (!ringHas(ticket)) {
          if (toldAt == space.tail()) {
            spaceChanged.awaitUninterruptibly();
          } else {
            toldAt = space.tail();
            unlocked(listener::ringFull);
          }
        } else if (memoryHas(ticket)) {
          return;
        } else if (filling.isEmpty()) {
          spaceChanged.awaitUninterruptibly(); // only promises fill the memory
        } else {
          unlocked(this::write);
        }
      }
    } finally {
      spaceWaiters.remove(turn);
      tellSpaceWaiters();
      reserveNanos += System.nanoTime() - begun;
    }
  }

  private interface Call {
    void run() throws FsException;
  }

  private void unlocked(Call call) throws FsException {
    lock.unlock();
    try {
      call.run();
    } finally {
      lock.lock();
    }
  }

  private void tellSpaceWaiters() {
    if (!spaceWaiters.isEmpty()) {
      spaceChanged.signalAll();
    }
  }

  // ---- append ----

  /**
   * Appends a transaction of one record and returns its end, to be given to {@link #commit}.
   *
   * @param ticket what {@link #reserve} returned; used up, unless an exception is thrown
   * @param placed called with the same position under the append lock, so that what it does is
   *     ordered as the journal is and wholly before or after any {@link #atCut}; must be short and
   *     must not call the journal
   * @throws FsException {@code IO_ERROR} when the journal has failed, {@code SHUT_DOWN} when it is
   *     closed; nothing was appended then
   */
  public long append(
      long ticket,
      Operation operation,
      long inode,
      ByteSink undo,
      ByteSink redo,
      LongConsumer placed)
      throws FsException {
    int size = recordSize(undo, redo);
    checkArguments(operation, size, ticket);
    acquire();
    try {
      begin(ticket, size, 1);
      addRecord(operation, true, inode, undo, redo);
      return finish(ticket, placed);
    } finally {
      lock.unlock();
    }
  }

  /** As the other, with the transaction spread over several records; at least one. */
  public long append(
      long ticket,
      Operation operation,
      long inode,
      List<JournalPayload> payloads,
      LongConsumer placed)
      throws FsException {
    long size = 0;
    for (JournalPayload payload : payloads) {
      size += recordSize(payload.undo(), payload.redo());
    }
    if (size == 0) {
      throw new IllegalArgumentException("a transaction without records");
    }
    checkArguments(operation, size, ticket);
    acquire();
    try {
      begin(ticket, size, payloads.size());
      for (int i = 0; i < payloads.size(); i++) {
        JournalPayload payload = payloads.get(i);
        addRecord(operation, i == payloads.size() - 1, inode, payload.undo(), payload.redo());
      }
      return finish(ticket, placed);
    } finally {
      lock.unlock();
    }
  }

  private static int recordSize(ByteSink undo, ByteSink redo) {
    if (undo.size() > JournalRecord.MAX_PAYLOAD || redo.size() > JournalRecord.MAX_PAYLOAD) {
      throw new IllegalArgumentException(
          "payloads of " + undo.size() + " and " + redo.size() + " bytes are too long");
    }
    return JournalRecord.size(undo.size(), redo.size());
  }

  private static void checkArguments(Operation operation, long size, long ticket) {
    if (operation == Operation.COMMIT || operation == Operation.PAD) {
      throw new IllegalArgumentException(operation + " records are the journal's own");
    }
    if (size > ticket - JournalRing.COMMIT_OVERHEAD) {
      throw new IllegalArgumentException(
          "a transaction of " + size + " bytes on a ticket of " + ticket);
    }
  }

  /** After this nothing fails until the transaction is complete. */
  private void begin(long ticket, long size, int recordCount) throws FsException {
    checkAppendable();
    space.checkPromised(ticket);
    if (filling.isEmpty()) {
      filling.begin(position, nextSequence);
    }
    // A PAD is smaller than the record that makes it necessary.
    long pad = size > ring.toEnd(position) ? size : 0;
    filling.room(size + pad + JournalRing.COMMIT_OVERHEAD, recordCount + 2);
    batchOpen = true;
  }

  private void addRecord(
      Operation operation, boolean committed, long inode, ByteSink undo, ByteSink redo) {
    makePlace(JournalRecord.size(undo.size(), redo.size()));
    filling.add(operation, committed, nextTransaction, inode, undo, redo);
    nextSequence++;
    records++;
  }

  /** Fills the ring up to its end when a record of this size would straddle it. */
  private void makePlace(int size) {
    long at = filling.end();
    long left = ring.toEnd(at);
    if (size <= left) {
      return;
    }
    if (ring.place(at) == at) {
      filling.addFiller(Operation.PAD, (int) left);
      nextSequence++;
      records++;
    } else {
      filling.addZeros((int) left);
    }
    padding += left;
  }

  private long finish(long ticket, LongConsumer placed) {
    long end = filling.end();
    position = end;
    nextTransaction++;
    transactions++;
    space.settle(ticket);
    tellSpaceWaiters();
    placed.accept(end);
    return end;
  }

  /** Under the lock: the position is a batch's start afterwards. */
  private void closeBatch() {
    if (!batchOpen) {
      return;
    }
    batchOpen = false;
    int size = JournalRing.commitSize(filling.end());
    makePlace(Math.min(size, JournalRecord.BATCH_ALIGNMENT));
    size = JournalRing.commitSize(filling.end());
    filling.addFiller(Operation.COMMIT, size);
    padding += size;
    nextSequence++;
    records++;
    batches++;
    position = filling.end();
  }

  /**
   * Runs {@code action} while nobody can append, at a place between two batches; the result is the
   * action's. For freezing what a checkpoint will hold, so it must be short.
   */
  public <T> T atCut(Function<JournalCut, T> action) {
    acquire();
    try {
      closeBatch();
      return action.apply(new JournalCut(position, nextTransaction, nextSequence));
    } finally {
      lock.unlock();
    }
  }

  /**
   * As {@link #atCut} for the last checkpoint: nothing is appended from then on, since nobody would
   * look for it. What was appended before can still be committed.
   */
  public <T> T atLastCut(Function<JournalCut, T> action) {
    acquire();
    try {
      ended = true;
      spaceChanged.signalAll();
      return atCut(action);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Says that a checkpoint which holds everything before {@code lsn} has been published durably:
   * its records are needed no more, written or not, and their place may be overwritten.
   *
   * @param lsn from {@link #atCut}
   */
  public void release(long lsn) {
    acquire();
    try {
      if (lsn > position || !JournalRing.isBatchStart(lsn)) {
        throw new IllegalArgumentException("lsn " + lsn + " is no cut before " + position);
      }
      if (!space.release(lsn)) {
        return;
      }
      if (lsn == position) {
        // Nobody will write these records any more, so they must not fill the memory either.
        filling.begin(position, nextSequence);
      }
      tellSpaceWaiters();
    } finally {
      lock.unlock();
    }
    durable.accumulateAndGet(lsn, Math::max);
    queue.recheck();
  }

  // ---- commit ----

  /**
   * Returns when everything before {@code lsn} is on stable storage.
   *
   * @param lsn what {@link #append} or {@link #appended} returned
   * @throws FsException {@code IO_ERROR} when the journal has failed, now or earlier, {@code
   *     SHUT_DOWN} when it is closed
   */
  public void commit(long lsn) throws FsException {
    checkUsable();
    if (lsn > position) {
      throw new IllegalArgumentException("lsn " + lsn + " is after the end at " + position);
    }
    if (durable.get() >= lsn) {
      commitsAtOnce.increment();
      return;
    }
    long begun = System.nanoTime();
    if (queue.enter(CommitQueue.Goal.DURABLE, lsn)) {
      lead(Transfer.FLUSHED);
    }
    commits.increment();
    commitNanos.add(System.nanoTime() - begun);
    if (durable.get() < lsn) {
      checkUsable();
    }
  }

  /**
   * Gives everything appended so far to the device, without a flush.
   *
   * @throws FsException as {@link #commit}
   */
  public void write() throws FsException {
    checkUsable();
    if (queue.enter(CommitQueue.Goal.WRITTEN, position)) {
      lead(Transfer.WRITTEN);
    }
    checkUsable();
  }

  /**
   * Has the device begin with everything appended so far, so that a {@link #commit} which comes
   * soon waits for less. Waits for no other thread, and does nothing while one uses the device;
   * what fails is told to the next that cares.
   */
  public void startCommit() {
    if (written.get() < position && queue.tryEnter()) {
      lead(Transfer.STARTED);
    }
  }

  private boolean settled(CommitQueue.Waiter waiter) {
    return switch (waiter.goal) {
      case DURABLE -> stopped() || durable.get() >= waiter.lsn;
      case WRITTEN -> stopped() || Math.max(written.get(), durable.get()) >= waiter.lsn;
      case CLOSED -> closed;
    };
  }

  /** How far a leader brings what was appended. */
  private enum Transfer {
    /** To the device. */
    WRITTEN,
    /** To the device, which is on its way with it to the disk. */
    STARTED,
    /** To stable storage. */
    FLUSHED
  }

  private void lead(Transfer goal) {
    boolean flushed = false;
    try {
      flushed = !stopped() && transfer(goal) && goal == Transfer.FLUSHED;
    } finally {
      int others = queue.leave();
      if (flushed) {
        int log = 31 - Integer.numberOfLeadingZeros(others + 1);
        groups[Math.min(log, GROUP_SIZES - 1)].increment();
      }
    }
  }

  /** Writes what was appended so far, and what the goal asks for; false when that failed. */
  private boolean transfer(Transfer goal) {
    RecordBuffer taken = null;
    try {
      acquire();
      long from;
      long to;
      try {
        closeBatch();
        to = position;
        taken = filling;
        filling = spare;
        filling.begin(to, nextSequence);
        // What a checkpoint holds already is not written, or the taken could be more than a ring.
        from = Math.max(taken.start(), space.tail());
        tellSpaceWaiters();
      } finally {
        lock.unlock();
      }
      if (!taken.isEmpty() && from < to) {
        taken.seal(from, epoch, durable.get());
        writeRing(taken, from, to, goal == Transfer.STARTED);
      }
      written.accumulateAndGet(to, Math::max);
      if (goal == Transfer.FLUSHED) {
        long begun = System.nanoTime();
        device.flush();
        flushNanos.add(System.nanoTime() - begun);
        flushes.increment();
        durable.accumulateAndGet(to, Math::max);
      }
      return true;
    } catch (Throwable e) { // whatever it is, nothing may be promised any more
      fail(e);
      return false;
    } finally {
      if (taken != null) {
        spare = taken; // only the leader touches it
      }
    }
  }

  private void writeRing(RecordBuffer taken, long from, long to, boolean start) throws IOException {
    long begun = System.nanoTime();
    long wrap = Math.min(to, from + ring.toEnd(from));
    writeAt(from, taken.bytes(from, wrap), start);
    if (wrap < to) {
      writeAt(wrap, taken.bytes(wrap, to), start);
    }
    bytesWritten.add(to - from);
    writeNanos.add(System.nanoTime() - begun);
  }

  private void writeAt(long lsn, ByteBuffer bytes, boolean start) throws IOException {
    int length = bytes.remaining();
    device.write(ring.address(lsn), bytes);
    if (start) {
      device.startWriteback(ring.address(lsn), length);
    }
    writes.increment();
  }

  private void fail(Throwable cause) {
    FsException error =
        new FsException(
            Fault.IO_ERROR,
            device.name() + ": the journal cannot be written: " + cause.getMessage(),
            cause);
    acquire();
    try {
      failure = error;
      spaceChanged.signalAll();
    } finally {
      lock.unlock();
    }
    listener.failed(error);
  }

  /**
   * Refuses everything from now on, because of a failure elsewhere; who waits for space is told.
   */
  public void refuse(FsException cause) {
    acquire();
    try {
      if (failure == null) {
        failure = cause;
      }
      spaceChanged.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private boolean stopped() {
    return closed || failure != null;
  }

  private void checkUsable() throws FsException {
    FsException error = failure;
    if (error != null) {
      // A new one for each caller: exceptions are not for sharing between threads.
      throw new FsException(Fault.IO_ERROR, error.getMessage(), error);
    }
    if (closed) {
      throw FsException.of(Fault.SHUT_DOWN, device.name() + ": the journal is closed");
    }
  }

  /** Under the lock. */
  private void checkAppendable() throws FsException {
    checkUsable();
    if (ended) {
      throw FsException.of(Fault.SHUT_DOWN, device.name() + ": the journal is being closed");
    }
  }

  /**
   * Waits until the device is no longer used and refuses everything from then on. Does not commit:
   * what was not committed may be lost.
   */
  @Override
  public void close() {
    if (!queue.enter(CommitQueue.Goal.CLOSED, 0)) {
      return;
    }
    acquire();
    try {
      closed = true;
      spaceChanged.signalAll();
    } finally {
      lock.unlock();
    }
    queue.leave();
  }

  // ---- state ----

  /** Everything before this position is on stable storage, or in a published checkpoint. */
  public long durable() {
    return durable.get();
  }

  /** The end of everything appended so far. */
  public long appended() {
    return position;
  }

  /** How much of the ring is in use or reserved, from 0 to 1; a checkpoint gives it back. */
  public double pressure() {
    acquire();
    try {
      return space.fraction(position);
    } finally {
      lock.unlock();
    }
  }

  /** What the journal has done so far. */
  public JournalStatistics statistics() {
    List<Long> sizes = new ArrayList<>();
    for (LongAdder group : groups) {
      sizes.add(group.sum());
    }
    acquire();
    try {
      return new JournalStatistics(
          transactions,
          records,
          batches,
          bytesWritten.sum(),
          padding,
          writes.sum(),
          flushes.sum(),
          commits.sum(),
          commitsAtOnce.sum(),
          List.copyOf(sizes),
          commitNanos.sum(),
          writeNanos.sum(),
          flushNanos.sum(),
          reserveWaits,
          reserveNanos,
          lockWaits,
          lockNanos);
    } finally {
      lock.unlock();
    }
  }

  private void acquire() {
    if (!lock.tryLock()) {
      long begun = System.nanoTime();
      lock.lock();
      lockWaits++;
      lockNanos += System.nanoTime() - begun;
    }
  }
}
