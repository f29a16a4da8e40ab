package org.razorfs.volume;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.razorfs.alloc.FreeRunVisitor;
import org.razorfs.compress.ChunkCodec;
import org.razorfs.compress.CompressionPolicy;
import org.razorfs.compress.CompressionStatistics;
import org.razorfs.compress.Compressor;
import org.razorfs.device.BlockDevice;
import org.razorfs.extent.BufferPool;
import org.razorfs.extent.ChunkStore;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.layout.FileType;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.InodeRecord;
import org.razorfs.layout.Operation;
import org.razorfs.layout.Superblock;
import org.razorfs.layout.Timestamp;
import org.razorfs.strings.StringTable;
import org.razorfs.tx.Recovery;
import org.razorfs.tx.Transaction;
import org.razorfs.tx.Transactions;
import org.razorfs.wire.Name;
import org.razorfs.wire.SipHash;

/**
 * An open volume: the operations of a POSIX file system on inode numbers and names, for transports,
 * tools and file-system providers to sit on. Paths, "." and "..", permissions and open files are
 * theirs. Thread-safe; operations on different inodes do not wait for each other.
 *
 * <p>Every operation that changes something is atomic, and durable after the next {@link #fsync} of
 * any inode, {@link #sync}, or commit interval. Operations throw {@link FsException}, whose fault
 * says what is wrong: NOT_DIRECTORY, NAME_TOO_LONG and their like; READ_ONLY where the volume may
 * not be changed; NO_SPACE, with nothing changed; STALE for an inode that is not there; IO_ERROR
 * and CORRUPT where the image can't be read, never wrong bytes.
 */
public final class Volume implements AutoCloseable {
  /** The root directory's inode. */
  public static final long ROOT = Geometry.ROOT_INODE;

  private static final long DAY = 24 * 60 * 60;

  /** Bytes whose extents are quickly shared. */
  private static final long QUICK_COPY = 1 << 20;

  private final BlockDevice device;
  private final VolumeOptions options;
  private final Transactions transactions;
  private final StringTable strings;
  private final InodeTable table;
  private final BufferPool pool;
  private final ChunkCodec codec;
  private final ChunkStore chunks;
  private final CompressionStatistics compression = new CompressionStatistics();
  private final WriteBack writeBack;
  private final Workers workers;
  private final CompactionGate gate = new CompactionGate();
  private final Compactor compactor;
  private final Inodes inodes;
  private final Namespace namespace;
  private final Files files;
  private final Xattrs xattrs;
  private final Evictor evictor;
  private final ExecutorService checkpointer;
  private final ScheduledExecutorService committer;
  private final ScheduledFuture<?> ticking;
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile boolean shutDown;

  private Volume(BlockDevice device, VolumeOptions options) throws IOException {
    this.device = device;
    this.options = options;
    boolean opened = false;
    try {
      boolean threads = options.workers() > 0 && !options.readOnly();
      Superblock superblock = Recovery.superblock(device, options.readOnly());
      checkpointer = threads ? Workers.started(1, "checkpoint") : null;
      committer =
          threads
              ? Executors.newSingleThreadScheduledExecutor(task -> Workers.daemon(task, "commit"))
              : null;
      Listener listener = new Listener();
      long nodeCache = options.maxCacheBytes() / 2;
      transactions =
          Recovery.open(
              device,
              superblock,
              new Recovery.Options(
                  options.readOnly(),
                  nodeCache,
                  Math.max(4L << 20, options.maxDirtyBytes() / 2),
                  4 << 20,
                  checkpointer,
                  options.discard() ? this::discard : FreeRunVisitor.IGNORE,
                  options.allocationFault(),
                  options.clock()),
              listener);
      Superblock.Identity identity = superblock.identity();
      strings =
          new StringTable(
              transactions.metadata(),
              new SipHash(identity.hashKey0(), identity.hashKey1()),
              transactions.counters().string(),
              options.maxStringTableBytes());
      listener.strings = strings;
      pool = new BufferPool(options.maxCacheBytes() / 4);
      codec = new ChunkCodec();
      CompressionPolicy policy = options.compression();
      if (policy == null) {
        policy =
            CompressionPolicy.ofIds(identity.codec(), identity.level())
                .orElse(CompressionPolicy.AUTO);
      }
      chunks =
          new ChunkStore(
              device,
              transactions.allocator(),
              transactions.host(),
              codec,
              new Compressor(codec, policy, compression),
              pool,
              options.maxCacheBytes() - nodeCache,
              transactions::refuse);
      workers = new Workers(threads ? options.workers() : 0);
      table = new InodeTable(transactions.metadata(), options.maxInodeCacheEntries());
      Leftovers leftovers = new Leftovers(transactions.metadata());
      StoredData stored = new StoredData(leftovers, chunks);
      long coolMillis =
          threads && options.compactAfter() != null ? options.compactAfter().toMillis() : -1;
      Cooling coolingFiles = new Cooling(options.clock(), coolMillis);
      DataRoom room = new DataRoom(transactions);
      CompactionTally tally = new CompactionTally();
      WindowMerger merger =
          new WindowMerger(transactions, chunks, pool, room, gate, tally, identity.journalLength());
      writeBack =
          new WriteBack(
              transactions,
              chunks,
              stored,
              pool,
              table,
              workers,
              options.maxDirtyBytes(),
              identity,
              room,
              gate,
              merger,
              coolingFiles);
      compactor =
          new Compactor(
              transactions,
              chunks,
              writeBack,
              table,
              workers,
              merger,
              new Repacker(
                  transactions, chunks, pool, table, room, gate, tally, StoreLimits.of(identity)),
              tally,
              coolingFiles,
              new Cooling(options.clock(), coolMillis),
              options.commitInterval().toMillis());
      listener.compactor = compactor;
      inodes = new Inodes(transactions, table, strings, writeBack, options.clock());
      evictor = new Evictor(inodes, leftovers, identity.journalLength());
      namespace = new Namespace(inodes, evictor, identity.nodeSize());
      files = new Files(inodes, chunks, stored, leftovers, evictor, workers, closed::get);
      xattrs = new Xattrs(inodes, identity.journalLength());
      if (!options.readOnly()) {
        evictor.recover();
      } else {
        leftovers.look();
      }
      if (threads) {
        long interval = options.commitInterval().toMillis();
        ticking =
            committer.scheduleWithFixedDelay(this::tick, interval, interval, TimeUnit.MILLISECONDS);
      } else {
        ticking = null;
      }
      opened = true;
    } finally {
      if (!opened) {
        release();
      }
    }
  }

  /** What a step of compaction holds, for tests to watch. */
  CompactionGate gate() {
    return gate;
  }

  /** What compacts in the background, for tests to drive. */
  Compactor compactor() {
    return compactor;
  }

  private static final class Listener implements Transactions.TransactionListener {
    private volatile StringTable strings;
    private volatile Compactor compactor;

    @Override
    public void nameRemoved(long id, Name name) {
      StringTable table = strings;
      if (table != null) {
        table.removed(id, name);
      }
    }

    @Override
    public void packDwindled(long address) {
      Compactor compaction = compactor;
      if (compaction != null) {
        compaction.dwindled(address);
      }
    }

    @Override
    public void failed(IOException cause) {}
  }

  /**
   * Opens the volume on a device, recovering it where it was not closed. The device stays the
   * caller's, to be closed after the volume.
   *
   * @throws FsException NOT_A_VOLUME, UNSUPPORTED_FORMAT, CORRUPT
   */
  public static Volume open(BlockDevice device, VolumeOptions options) throws IOException {
    return new Volume(device, options);
  }

  private void discard(long address, long length) {
    try {
      device.discard(address, length);
    } catch (IOException e) {
      // A hint; the space is free all the same.
    }
  }

  private void tick() {
    try {
      boolean quiet = compactor.isQuiet();
      try {
        sync();
      } catch (FsException e) {
        transactions.requireWorking(); // One file that can't be stored must not stop the rest.
      }
      writeBack.mergeInlineLeftAlone();
      evictor.retry();
      if (options.compactAfter() != null) {
        compactor.start(quiet);
      }
    } catch (IOException e) {
      // The store has noted its failure; who asks for durability next is told.
    } catch (RuntimeException | Error e) {
      // Out of memory or a mistake: to be told, but no reason never to commit again.
      Thread thread = Thread.currentThread();
      thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
    }
  }

  // ---- the volume ----

  /** What the volume is, as of its last checkpoint. */
  public VolumeInfo info() {
    return VolumeInfo.of(transactions.superblock());
  }

  /** Whether nothing can be changed, by option or after a failure. */
  public boolean isReadOnly() {
    if (options.readOnly()) {
      return true;
    }
    try {
      transactions.requireWorking();
      return false;
    } catch (FsException e) {
      return true;
    }
  }

  /** The space of the volume, in bytes. */
  public StatFs statfs() {
    Superblock.Identity id = transactions.superblock().identity();
    var allocator = transactions.allocator();
    return new StatFs(
        id.backupAddress() - id.dataStart(),
        (allocator.freeUnits() + allocator.pendingUnits()) * Geometry.UNIT,
        Math.max(0, allocator.availableUnits() + allocator.pendingUnits()) * Geometry.UNIT,
        transactions.totals().inodes(),
        Geometry.MAX_NAME,
        transactions.totals().logicalBytes(),
        transactions.totals().storedBytes());
  }

  /** What the volume has done so far. */
  public VolumeStatistics statistics() {
    return new VolumeStatistics(
        transactions.journal() == null ? null : transactions.journal().statistics(),
        compression.snapshot(),
        chunks.hits(),
        chunks.misses(),
        writeBack.dirtyBytes(),
        table.size(),
        table.evictions(),
        table.waits().count(),
        table.waits().nanos(),
        transactions.checkpointWaits(),
        pool.lentBytes(),
        compactor.total());
  }

  /** Makes everything done so far durable. */
  public void sync() throws IOException {
    if (options.readOnly()) {
      return;
    }
    transactions.requireWorking();
    try {
      writeBack.storeAll();
    } finally {
      // One file that can't be stored is no reason to lose everything else.
      transactions.forceAll();
    }
  }

  /** Makes everything durable in the trees, so that the journal holds nothing to replay. */
  public void checkpoint() throws IOException {
    if (options.readOnly()) {
      return;
    }
    sync();
    writeBack.mergeInline();
    evictor.retry();
    transactions.checkpoint();
  }

  /**
   * Merges the pieces in which files have been written, and empties packs of small files that are
   * mostly dead, wherever that takes less space; returns when all has been looked at, or when there
   * is no room to go on. The volume can be used meanwhile.
   */
  public Compaction compact() throws IOException {
    requireWritable();
    checkpoint();
    return compactor.compactAll();
  }

  /** Stores everything, writes a last checkpoint and marks the volume clean. */
  @Override
  public void close() throws IOException {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    compactor.stop();
    try {
      if (committer != null) {
        stop(committer);
      }
      if (!options.readOnly()) {
        requireWorkingToClose();
        try {
          storeAllToClose();
          writeBack.mergeInline();
        } finally {
          workers.close();
          if (checkpointer != null) {
            stop(checkpointer);
          }
          transactions.close();
        }
      }
    } finally {
      abandon();
    }
  }

  private void storeAllToClose() throws IOException {
    try {
      writeBack.storeAll();
    } catch (FsException e) {
      if (!e.fault().isWantOfSpace()) {
        throw e;
      }
      throw new FsException(
          e.fault(),
          "what was last written, of up to "
              + writeBack.dirtyBytes()
              + " bytes, found no space and is lost: "
              + e.getMessage(),
          e);
    }
  }

  private void requireWorkingToClose() throws FsException {
    try {
      transactions.requireWorking();
    } catch (FsException e) {
      transactions.markFailed();
      throw e;
    }
  }

  /**
   * Gives the volume another label, durably.
   *
   * @param label up to 64 bytes of UTF-8
   */
  public void relabel(String label) throws IOException {
    requireWritable();
    if (label.getBytes(StandardCharsets.UTF_8).length > Superblock.LABEL_BYTES
        || label.indexOf(0) >= 0) {
      throw FsException.of(Fault.INVALID_ARGUMENT, "a label of more than 64 bytes, or with zeros");
    }
    checkpoint();
    transactions.relabel(label);
  }

  /**
   * Gives the free space of a range back to the host, what was freed just now included.
   *
   * @param from the first byte of the range
   * @param length bytes of the range
   * @param minimum shorter runs of free space (bytes) are left alone
   * @return bytes given back
   * @throws IOException when the host takes nothing back
   */
  public long trim(long from, long length, long minimum) throws IOException {
    if (from < 0 || length < 0 || minimum < 0) {
      throw FsException.of(Fault.INVALID_ARGUMENT, "a range to trim");
    }
    requireWritable();
    writeBack.mergeInline();
    evictor.retry();
    writeBack.makeRoom(); // Also where data waits for the very space that this gives back.
    long[] trimmed = {0};
    IOException[] problem = {null};
    long to = length > Long.MAX_VALUE - from ? Long.MAX_VALUE : from + length;
    transactions
        .allocator()
        .visitFreeRuns(
            from,
            to,
            (int) Math.min(minimum, Integer.MAX_VALUE / 2),
            (address, bytes) -> {
              if (problem[0] == null) {
                try {
                  device.discard(address, bytes);
                  trimmed[0] += bytes;
                } catch (IOException e) {
                  problem[0] = e;
                }
              }
            });
    if (problem[0] != null) {
      throw problem[0];
    }
    return trimmed[0];
  }

  /**
   * Lets the volume go no further, as if the machine had stopped: nothing is written any more, what
   * was not made durable before is lost, and everything but {@link #close} fails.
   */
  public void shutDown() {
    shutDown = true;
    transactions.refuse(FsException.of(Fault.SHUT_DOWN, "the volume was shut down on request"));
  }

  /** Ends without writing anything more, as if the machine had stopped. */
  public void abandon() {
    closed.set(true);
    release();
  }

  /** Ends all threads and gives back what is held, as far as an opening that failed has come. */
  private void release() {
    if (compactor != null) {
      compactor.stop();
    }
    if (ticking != null) {
      ticking.cancel(false);
    }
    if (committer != null) {
      stop(committer);
    }
    if (workers != null) {
      workers.close();
    }
    if (checkpointer != null) {
      stop(checkpointer);
    }
    if (transactions != null && transactions.journal() != null) {
      transactions.journal().close();
    }
    if (codec != null) {
      codec.close();
    }
  }

  private static void stop(ExecutorService executor) {
    executor.shutdown();
    boolean interrupted = false;
    boolean ended = false;
    while (!ended) {
      try {
        ended = executor.awaitTermination(1, TimeUnit.MINUTES);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void requireRunning() throws FsException {
    if (closed.get()) {
      throw FsException.of(Fault.SHUT_DOWN, "the volume is closed");
    }
    if (shutDown) {
      throw FsException.of(Fault.SHUT_DOWN, "the volume was shut down on request");
    }
  }

  private void requireReadable() throws FsException {
    requireRunning();
    if (options.errors() == ErrorPolicy.ABORT && !options.readOnly() && isReadOnly()) {
      throw FsException.of(Fault.SHUT_DOWN, "the volume failed and was shut down");
    }
  }

  private void requireWritable() throws FsException {
    if (options.readOnly()) {
      throw FsException.of(Fault.READ_ONLY, "the volume is open read-only");
    }
    requireRunning();
    try {
      transactions.requireWorking();
    } catch (FsException e) {
      throw new FsException(Fault.READ_ONLY, e.getMessage(), e);
    }
  }

  /** Whether operations that change something wait now, for a checkpoint. */
  public boolean delaysChanges() {
    return transactions.isThrottling();
  }

  /** Before an operation that changes something takes its locks. */
  private void beginChange() throws FsException {
    requireWritable();
    transactions.throttle();
  }

  /** An operation that may find the volume full. */
  private interface Adding<T> {
    T run() throws IOException;
  }

  /**
   * Runs an operation again where only data that waits, or a step of compaction, stood in its way;
   * without locks.
   */
  private <T> T adding(Adding<T> operation) throws IOException {
    transactions.throttleAdding();
    boolean compacting = gate.isBusy();
    long steps = gate.steps();
    try {
      return operation.run();
    } catch (FsException e) {
      boolean compacted = compacting || gate.steps() != steps;
      if (!e.fault().isWantOfSpace() || (writeBack.dirtyBytes() == 0 && !compacted)) {
        throw e;
      }
    }
    gate.close();
    try {
      writeBack.makeRoom();
      return operation.run();
    } finally {
      gate.open();
    }
  }

  // ---- names ----

  /** What a name in a directory refers to, or null where there is no such name. */
  public Attributes lookup(long directory, byte[] name) throws IOException {
    requireReadable();
    while (true) {
      long id = name.length > Geometry.MAX_NAME ? 0 : strings.find(name);
      var entry = id == 0 ? null : transactions.metadata().dirent(directory, id);
      if (entry == null) {
        StringTable.check(name);
        requireDirectory(directory);
        return null;
      }
      try {
        return attributes(entry.inode());
      } catch (FsException e) {
        if (e.fault() != Fault.STALE
            || entry.equals(transactions.metadata().dirent(directory, id))) {
          throw e;
        }
      }
    }
  }

  private void requireDirectory(long inode) throws IOException {
    InodeHandle handle = table.peek(inode);
    InodeRecord record = handle == null ? null : handle.record();
    if (record == null) {
      record = transactions.metadata().inode(inode);
    }
    if (!record.isDirectory()) {
      throw FsException.of(Fault.NOT_DIRECTORY, "inode " + inode);
    }
  }

  /** The attributes of an inode. */
  public Attributes attributes(long inode) throws IOException {
    requireReadable();
    InodeHandle handle = table.peek(inode);
    if (handle != null) {
      if (handle.data() == null) {
        // The record was right when the handle was in the table, and nothing was written before.
        InodeRecord record = handle.record();
        if (record != null) {
          handle.recent(true);
          return Attributes.of(inode, record, null);
        }
      }
      if (handle.pin()) {
        try {
          return inodes.attributes(handle);
        } finally {
          table.unpin(handle);
        }
      }
    }
    return Attributes.of(inode, transactions.metadata().inode(inode), null);
  }

  /** The parent of a directory; the root is its own. */
  public long parent(long directory) throws IOException {
    InodeRecord record = transactions.metadata().inode(directory);
    if (!record.isDirectory()) {
      throw FsException.of(Fault.NOT_DIRECTORY, "inode " + directory);
    }
    return record.link();
  }

  /**
   * Creates a regular file, fifo, socket or device.
   *
   * @param mode file type and permission bits
   * @param rdev the device's number, for devices
   */
  public Attributes create(long directory, byte[] name, int mode, Owner owner, long rdev)
      throws IOException {
    return create(directory, name, mode, owner, rdev, List.of());
  }

  /** As above, with extended attributes from the start. */
  public Attributes create(
      long directory, byte[] name, int mode, Owner owner, long rdev, List<Xattr> xattrs)
      throws IOException {
    beginChange();
    int type = mode & FileType.MASK;
    int whole = type == 0 ? FileType.REGULAR | mode : mode;
    if (!FileType.isKnown(whole) || type == FileType.DIRECTORY || type == FileType.SYMLINK) {
      throw FsException.of(Fault.INVALID_ARGUMENT, "mode " + Integer.toOctalString(mode));
    }
    Attributes made =
        adding(() -> namespace.create(directory, name, whole, owner, rdev, null, xattrs));
    syncWhereAsked(directory);
    return made;
  }

  /** Creates a directory. */
  public Attributes mkdir(long directory, byte[] name, int mode, Owner owner) throws IOException {
    return mkdir(directory, name, mode, owner, List.of());
  }

  /** As above, with extended attributes from the start. */
  public Attributes mkdir(long directory, byte[] name, int mode, Owner owner, List<Xattr> xattrs)
      throws IOException {
    beginChange();
    int whole = FileType.DIRECTORY | (mode & 07777);
    Attributes made =
        adding(() -> namespace.create(directory, name, whole, owner, 0, null, xattrs));
    syncWhereAsked(directory);
    return made;
  }

  /** Creates a symbolic link to {@code target}, 1 to 4095 bytes. */
  public Attributes symlink(long directory, byte[] name, byte[] target, Owner owner)
      throws IOException {
    beginChange();
    if (target.length == 0) {
      throw FsException.of(Fault.NO_SUCH_ENTRY, "an empty target");
    }
    if (target.length > Geometry.MAX_SYMLINK) {
      throw FsException.of(Fault.NAME_TOO_LONG, "a target of " + target.length + " bytes");
    }
    for (byte b : target) {
      if (b == 0) {
        throw FsException.of(Fault.INVALID_ARGUMENT, "a target with NUL in it");
      }
    }
    int whole = FileType.SYMLINK | 0777;
    Attributes made =
        adding(() -> namespace.create(directory, name, whole, owner, 0, target, List.of()));
    syncWhereAsked(directory);
    return made;
  }

  /**
   * Creates a regular file without a name, which {@link #link} can give one. Otherwise it goes when
   * those who have retained it have all released it, or are not among its {@link #users} any more.
   * A file that nobody ever retains stays until the volume is opened again, on the image and with
   * some bytes of memory: whoever makes one retains it, also where it is not needed after all.
   */
  public Attributes tmpfile(long directory, int mode, Owner owner) throws IOException {
    return tmpfile(directory, mode, owner, List.of());
  }

  /** As above, with extended attributes from the start. */
  public Attributes tmpfile(long directory, int mode, Owner owner, List<Xattr> xattrs)
      throws IOException {
    beginChange();
    return adding(() -> namespace.tmpfile(directory, mode, owner, xattrs));
  }

  /** Gives an inode that is no directory one more name. */
  public Attributes link(long inode, long directory, byte[] name) throws IOException {
    beginChange();
    Attributes made = adding(() -> namespace.link(inode, directory, name));
    syncWhereAsked(directory);
    return made;
  }

  /** Removes the name of anything but a directory. */
  public void unlink(long directory, byte[] name) throws IOException {
    beginChange();
    namespace.remove(directory, name, false);
    syncWhereAsked(directory);
  }

  /** Removes an empty directory. */
  public void rmdir(long directory, byte[] name) throws IOException {
    beginChange();
    namespace.remove(directory, name, true);
    syncWhereAsked(directory);
  }

  /** Gives what has one name another one, perhaps in another directory. */
  public void rename(
      long directory, byte[] name, long newDirectory, byte[] newName, RenameMode mode, Owner owner)
      throws IOException {
    beginChange();
    adding(
        () -> {
          namespace.rename(directory, name, newDirectory, newName, mode, owner);
          return null;
        });
    syncWhereAsked(directory);
    if (newDirectory != directory) {
      syncWhereAsked(newDirectory);
    }
  }

  /** The target of a symbolic link. */
  public byte[] readlink(long inode) throws IOException {
    requireReadable();
    InodeHandle handle = table.pin(inode);
    try {
      return files.target(handle);
    } finally {
      table.unpin(handle);
    }
  }

  /**
   * Lists a directory without "." and "..", in the order of the cookies.
   *
   * @param cookie 0 to start, which changes the access time as reading a file does, or an entry's
   *     cookie to continue after it, whatever has been inserted or removed meanwhile
   */
  public void readdir(long directory, long cookie, DirectoryVisitor visitor) throws IOException {
    requireReadable();
    requireDirectory(directory);
    transactions
        .metadata()
        .dirents(
            directory,
            cookie,
            (name, entry) -> visitor.entry(strings.name(name), entry.inode(), entry.type(), name));
    if (cookie == 0 && options.atime() != AtimeMode.NOATIME) {
      InodeHandle handle = table.pin(directory);
      try {
        touchAtime(handle);
      } finally {
        table.unpin(handle);
      }
    }
  }

  /**
   * Whether changes of an inode, or of the names in it, are made durable at once, as far as can be
   * told without reading: where the inode is not in memory, no.
   */
  public boolean isSynchronous(long inode) {
    InodeHandle handle = table.peek(inode);
    InodeRecord record = handle == null ? null : handle.record();
    return record != null && record.has(InodeRecord.SYNC);
  }

  /**
   * Whether copying so many bytes of a file takes no longer than other changes do: they are few and
   * all stored.
   */
  public boolean isQuickToCopy(long inode, long length) throws IOException {
    InodeHandle handle = table.peek(inode);
    InodeRecord record = handle == null ? transactions.metadata().inode(inode) : handle.record();
    FileData data = handle == null ? null : handle.data();
    // What is not stored yet is stored first.
    return record != null
        && (data == null || data.isClean())
        && Math.min(length, record.size()) <= QUICK_COPY;
  }

  /** Makes the names of a directory durable that has the flag for it. */
  private void syncWhereAsked(long directory) throws IOException {
    InodeHandle handle = table.peek(directory);
    InodeRecord record;
    try {
      record = handle == null ? transactions.metadata().inode(directory) : handle.record();
    } catch (FsException e) {
      if (e.fault() == Fault.STALE) {
        return; // Removed meanwhile; what was asked for has been done.
      }
      throw e;
    }
    if (record != null && record.has(InodeRecord.SYNC)) {
      transactions.forceAll();
    }
  }

  /** Makes an inode durable that has the flag for it; without locks. */
  private void syncWhereAsked(InodeHandle handle) throws IOException {
    InodeRecord record = handle.record();
    if (record != null && record.has(InodeRecord.SYNC)) {
      makeDurable(handle);
    }
  }

  private void makeDurable(InodeHandle handle) throws IOException {
    writeBack.storeFile(handle, false, true);
    transactions.forceAll();
  }

  /**
   * Begins with an fsync that is about to come, whose answer is then closer when it is asked for.
   */
  private void foreseeSync(InodeHandle handle) throws IOException {
    FileData data = handle.data();
    if (data == null || !data.forecast().written()) {
      return;
    }
    try {
      writeBack.storeAhead(handle);
    } catch (FsException e) {
      // The data still waits, and who stores it for good meets the same.
    }
  }

  // ---- references ----

  /** Names who uses inodes without retaining them, and so keeps them when they lose their names. */
  public void users(InodeUsers users) {
    evictor.users(users);
  }

  /** Says that an inode is not in use any more by those that {@link #users} names. */
  public void unused(long inode) throws IOException {
    // Nearly always it has a name. An unlinking that goes on right now looks again itself.
    if (!evictor.isOrphan(inode) || isReadOnly() || closed.get()) {
      return;
    }
    InodeHandle handle;
    try {
      handle = table.pin(inode);
    } catch (FsException e) {
      if (e.fault() == Fault.STALE) {
        return;
      }
      throw e;
    }
    try {
      InodeRecord record = handle.record();
      if (record != null && record.nlink() == 0) {
        evictor.evictOrPostpone(handle);
      }
    } finally {
      table.unpin(handle);
    }
  }

  /** Keeps an inode alive though it may lose its last name. */
  public void retain(long inode) throws IOException {
    InodeHandle handle = table.pin(inode);
    handle.lock().readLock().lock();
    try {
      if (handle.record() == null) {
        throw FsException.of(Fault.STALE, "inode " + inode);
      }
      if (handle.references().getAndIncrement() == 0) {
        handle.pin();
      }
    } finally {
      handle.lock().readLock().unlock();
      table.unpin(handle);
    }
  }

  /** Takes references back; an inode without names goes with the last one. */
  public void release(long inode, long count) throws IOException {
    InodeHandle handle = table.pin(inode);
    try {
      long held = handle.references().getAndUpdate(n -> Math.max(0, n - count));
      if (held == 0 || held > count) {
        return; // Nothing was held, or something still is.
      }
      handle.unpin();
      InodeRecord record = handle.record();
      if (record != null && record.nlink() == 0 && !isReadOnly() && !closed.get()) {
        evictor.evictOrPostpone(handle);
      }
    } finally {
      table.unpin(handle);
    }
  }

  // ---- attributes ----

  /** Changes attributes, all at once. */
  public Attributes change(long inode, AttributeChange change) throws IOException {
    beginChange();
    InodeHandle handle = table.pin(inode);
    try {
      if (change.size() != null) {
        if (change.size() < 0) {
          throw FsException.of(Fault.INVALID_ARGUMENT, "a negative size");
        }
      }
      while (!adding(() -> tryChange(handle, change))) {
        writeBack.storeFile(handle, false, false);
      }
      syncWhereAsked(handle);
      return inodes.attributes(handle);
    } finally {
      table.unpin(handle);
    }
  }

  /** False where data must be stored first. */
  private boolean tryChange(InodeHandle handle, AttributeChange change) throws IOException {
    handle.lock().writeLock().lock();
    try {
      InodeRecord before = Inodes.live(handle);
      FileData data = handle.data();
      if (change.size() != null && Files.mustStoreFirst(handle, change.size())) {
        return false;
      }
      if (change.flags() != null && (change.flags() & ~InodeRecord.FLAGS) != 0) {
        throw FsException.of(Fault.NOT_SUPPORTED, "flags 0x" + Integer.toHexString(change.flags()));
      }
      boolean fixed =
          before.has(InodeRecord.IMMUTABLE)
              || (before.has(InodeRecord.APPEND) && !change.onlyTouches());
      if (fixed && change.flags() == null && change.size() == null) {
        throw FsException.of(Fault.NOT_PERMITTED, "an immutable or append-only inode");
      }
      InodeRecord edited = edit(before, change);
      if (change.size() != null) {
        files.truncate(handle, edited, change.size());
        return true;
      }
      Transaction transaction = transactions.begin(Operation.SETATTR, handle.number());
      boolean built = false;
      try {
        edited = xattrs.change(transaction, handle, edited, change);
        transaction.putInode(handle.number(), before, edited);
        built = true;
      } finally {
        if (!built) {
          transactions.abort(transaction);
        }
      }
      transactions.commit(transaction);
      handle.record(edited);
      if (data != null && data.isPending() && change.newMtime(edited.mtime()) != null) {
        data.touched(edited.mtime(), edited.ctime());
      }
      return true;
    } finally {
      handle.lock().writeLock().unlock();
    }
  }

  private InodeRecord edit(InodeRecord before, AttributeChange change) {
    Timestamp now = inodes.now();
    InodeRecord.Editor editor = before.edit().ctime(change.newCtime(now));
    int mode = change.newMode() != null ? before.type() | change.newMode() : before.mode();
    if (change.dropsPrivileges() && !before.isDirectory()) {
      mode = Files.withoutPrivileges(mode);
    }
    editor.mode(mode);
    if (change.uid() != null) {
      editor.uid(change.uid());
    }
    if (change.gid() != null) {
      editor.gid(change.gid());
    }
    if (change.size() != null) {
      editor.mtime(now);
    }
    if (change.newAtime(now) != null) {
      editor.atime(change.newAtime(now));
    }
    if (change.newMtime(now) != null) {
      editor.mtime(change.newMtime(now));
    }
    if (change.flags() != null) {
      editor.flags(
          (before.flags() & InodeRecord.HAS_XATTRS) | (change.flags() & ~InodeRecord.HAS_XATTRS));
    }
    return editor.done();
  }

  /** The value of an extended attribute, or null where there is none. */
  public byte[] getXattr(long inode, byte[] name) throws IOException {
    requireReadable();
    InodeHandle handle = table.pin(inode);
    try {
      return xattrs.get(handle, name);
    } finally {
      table.unpin(handle);
    }
  }

  /** Sets an extended attribute; all of an inode's names and values take at most 64 KiB. */
  public void setXattr(long inode, byte[] name, byte[] value, XattrMode mode) throws IOException {
    beginChange();
    InodeHandle handle = table.pin(inode);
    try {
      adding(
          () -> {
            xattrs.set(handle, name, value, mode);
            return null;
          });
      syncWhereAsked(handle);
    } finally {
      table.unpin(handle);
    }
  }

  /** Removes an extended attribute. */
  public void removeXattr(long inode, byte[] name) throws IOException {
    beginChange();
    InodeHandle handle = table.pin(inode);
    try {
      xattrs.remove(handle, name);
      syncWhereAsked(handle);
    } finally {
      table.unpin(handle);
    }
  }

  /** The names of an inode's extended attributes. */
  public List<byte[]> listXattr(long inode) throws IOException {
    requireReadable();
    InodeHandle handle = table.pin(inode);
    try {
      return xattrs.list(handle);
    } finally {
      table.unpin(handle);
    }
  }

  // ---- content ----

  /**
   * Reads a regular file from {@code offset} on into what remains of {@code target}; 0 at or past
   * the end.
   */
  public int read(long inode, long offset, ByteBuffer target) throws IOException {
    return read(inode, offset, target, true);
  }

  /** As above; the access time stays as it is unless {@code touches}. */
  public int read(long inode, long offset, ByteBuffer target, boolean touches) throws IOException {
    requireReadable();
    InodeHandle handle = table.pin(inode);
    try {
      int length = files.read(handle, offset, target);
      files.readAhead(handle, offset, length);
      if (touches) {
        touchAtime(handle);
      }
      return length;
    } finally {
      table.unpin(handle);
    }
  }

  private void touchAtime(InodeHandle handle) throws IOException {
    InodeRecord record = handle.record();
    if (options.atime() == AtimeMode.NOATIME
        || record == null
        || record.has(InodeRecord.NOATIME)
        || isReadOnly()) {
      return;
    }
    Timestamp now = inodes.now();
    boolean stale =
        !record.mtime().isBefore(record.atime())
            || !record.ctime().isBefore(record.atime())
            || now.seconds() - record.atime().seconds() >= DAY;
    if (options.atime() == AtimeMode.RELATIME && !stale) {
      return;
    }
    handle.lock().writeLock().lock();
    try {
      InodeRecord before = handle.record();
      if (before != null) {
        InodeRecord after = before.edit().atime(now).done();
        // Whoever reads waits for no checkpoint: the next read will do.
        Transaction transaction = transactions.begin(Operation.SETATTR, handle.number()).optional();
        transaction.putInode(handle.number(), before, after);
        transactions.commit(transaction);
        handle.record(after);
      }
    } catch (FsException e) {
      if (!e.fault().isWantOfSpace()) {
        throw e;
      }
    } finally {
      handle.lock().writeLock().unlock();
    }
  }

  /**
   * Writes all that remains of {@code source}, and less where a fault came after something was
   * written; returns how much.
   */
  public int write(long inode, long offset, ByteBuffer source) throws IOException {
    beginChange();
    InodeHandle handle = table.pin(inode);
    try {
      int written = files.write(handle, offset, source);
      syncWhereAsked(handle);
      foreseeSync(handle);
      return written;
    } finally {
      table.unpin(handle);
    }
  }

  /** As {@link #write}, durably, as for a file that was opened with O_SYNC. */
  public int writeDurably(long inode, long offset, ByteBuffer source) throws IOException {
    beginChange();
    InodeHandle handle = table.pin(inode);
    try {
      int written = files.write(handle, offset, source);
      makeDurable(handle);
      return written;
    } finally {
      table.unpin(handle);
    }
  }

  /**
   * Promises or takes away space of a file; lengths in bytes. All of it happens or nothing, however
   * many transactions it takes.
   */
  public void fallocate(long inode, FallocateMode mode, long offset, long length)
      throws IOException {
    beginChange();
    InodeHandle handle = table.pin(inode);
    try {
      adding(
          () -> {
            files.fallocate(handle, mode, offset, length);
            return null;
          });
      syncWhereAsked(handle);
    } finally {
      table.unpin(handle);
    }
  }

  /** The first offset from {@code offset} on with data; NO_SUCH_OFFSET where there is none. */
  public long seekData(long inode, long offset) throws IOException {
    requireReadable();
    InodeHandle handle = table.pin(inode);
    try {
      return files.seekData(handle, offset);
    } finally {
      table.unpin(handle);
    }
  }

  /** The first offset from {@code offset} on without data; the end of the file counts as one. */
  public long seekHole(long inode, long offset) throws IOException {
    requireReadable();
    InodeHandle handle = table.pin(inode);
    try {
      return files.seekHole(handle, offset);
    } finally {
      table.unpin(handle);
    }
  }

  /** Copies a range of one file into another; returns the bytes copied. */
  public long copyRange(long source, long sourceOffset, long target, long targetOffset, long length)
      throws IOException {
    beginChange();
    if (source == target && Math.abs(sourceOffset - targetOffset) < length) {
      throw FsException.of(Fault.INVALID_ARGUMENT, "ranges that overlap");
    }
    InodeHandle from = table.pin(source);
    try {
      InodeHandle to = table.pin(target);
      try {
        long copied = files.copy(from, sourceOffset, to, targetOffset, length);
        syncWhereAsked(to);
        return copied;
      } finally {
        table.unpin(to);
      }
    } finally {
      table.unpin(from);
    }
  }

  /**
   * Makes an inode's data and attributes durable, and every operation done before.
   *
   * @param dataOnly attributes that reading the data does not need may wait; here they never do
   */
  public void fsync(long inode, boolean dataOnly) throws IOException {
    if (options.readOnly()) {
      return;
    }
    transactions.requireWorking();
    InodeHandle handle = table.pin(inode);
    try {
      if (handle.data() != null) {
        handle.data().forecast().synced();
      }
      makeDurable(handle);
    } finally {
      table.unpin(handle);
    }
  }
}
