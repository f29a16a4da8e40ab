package org.razorfs.tx;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.zip.CRC32;
import org.razorfs.alloc.AllocationFault;
import org.razorfs.alloc.AllocationStream;
import org.razorfs.alloc.Allocator;
import org.razorfs.alloc.AllocatorOptions;
import org.razorfs.alloc.FreeRunVisitor;
import org.razorfs.alloc.SpaceBacking;
import org.razorfs.block.NodeCache;
import org.razorfs.block.NodeStore;
import org.razorfs.block.Superblocks;
import org.razorfs.device.BlockDevice;
import org.razorfs.device.HostRoom;
import org.razorfs.fault.CorruptImageException;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.journal.Journal;
import org.razorfs.journal.JournalOrigin;
import org.razorfs.journal.JournalScan;
import org.razorfs.journal.JournalScanner;
import org.razorfs.journal.TransactionReader;
import org.razorfs.layout.ExtentRecord;
import org.razorfs.layout.Features;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.Mutation;
import org.razorfs.layout.MutationCheck;
import org.razorfs.layout.Superblock;
import org.razorfs.layout.TreeId;
import org.razorfs.layout.Violation;
import org.razorfs.layout.VolumeBounds;
import org.razorfs.wire.ByteSink;
import org.razorfs.wire.ByteSource;
import org.razorfs.wire.SipHash;

/**
 * Opens a volume's transactional store, spec §7.3: the newest superblock, then the transactions
 * that the journal holds after it, up to the first whose data is not there. Until the checkpoint
 * that follows nothing is written, so a crash in recovery is just another crash.
 */
public final class Recovery {
  private Recovery() {}

  /**
   * How to open.
   *
   * @param readOnly write nothing; the journal is replayed in memory
   * @param cacheBytes the limit of the cache of tree nodes
   * @param maxEpochBytes the memory of changes at which a checkpoint is started
   * @param journalBuffer the bytes of journal records held in memory
   * @param background what runs checkpoints, or null to run them where they are needed
   * @param discarder learns which space became free
   * @param allocationFault fails allocations, for tests
   */
  public record Options(
      boolean readOnly,
      long cacheBytes,
      long maxEpochBytes,
      int journalBuffer,
      Executor background,
      FreeRunVisitor discarder,
      AllocationFault allocationFault,
      Clock clock) {}

  /** What the node pool sets aside, and gives back where the volume discards. */
  private record Backing(HostRoom host, FreeRunVisitor discarder) implements SpaceBacking {
    @Override
    public boolean allocate(long position, long length) throws IOException {
      return host.allocate(position, length);
    }

    @Override
    public void free(long address, long length) {
      discarder.free(address, length);
    }
  }

  /** Opens the store of a device whose newest superblock is {@code superblock}. */
  public static Transactions open(
      BlockDevice device,
      Superblock superblock,
      Options options,
      Transactions.TransactionListener listener)
      throws IOException {
    NodeStore store =
        new NodeStore(device, superblock.identity().uuid(), new NodeCache(options.cacheBytes()));
    View view = View.of(new Epoch(), null, Transactions.trees(superblock, store), superblock);
    View[] current = {view};
    Superblock.Identity identity = superblock.identity();
    Transactions[] transactions = new Transactions[1];
    HostRoom host = new HostRoom(device);
    Allocator allocator =
        new Allocator(
            new AllocatorOptions(
                identity.volumeSize(),
                identity.dataStart(),
                identity.backupAddress(),
                superblock.totals().freeUnits(),
                identity.nodeSize(),
                4096,
                holdBack(identity)),
            segment ->
                bitmap(
                    () -> transactions[0] == null ? current[0] : transactions[0].currentView(),
                    () -> {
                      if (transactions[0] != null) {
                        transactions[0].damageMet();
                      }
                    },
                    segment,
                    identity.volumeSize()),
            options.allocationFault(),
            new Backing(host, options.discarder()));
    Counters counters = Counters.of(superblock);
    long newest = superblock.roots().get(TreeId.FREE).pointer().address();
    allocator.startAt(AllocationStream.DATA, newest);
    allocator.startAt(AllocationStream.NODE, newest);
    for (var spare : superblock.spares()) {
      allocator.release(spare.address(), (int) spare.length());
      view.active().releaseSpare(spare);
    }
    Metadata metadata = new Metadata(() -> current[0], () -> {});
    JournalScanner scanner =
        new JournalScanner(
            device,
            Transactions.ring(superblock),
            superblock.journalEpoch(),
            superblock.journalTail());
    JournalScan scan = superblock.clean() ? scanner.nothing() : scanner.scan();
    if (!options.readOnly()) {
      scan.requireSound();
    }
    VolumeBounds bounds = VolumeBounds.ofJournal(superblock);
    TransactionReader reader = scanner.transactions(scan);
    replay(device, reader, scan.durable(), bounds, view.active(), metadata, allocator, counters);
    SipHash hash = new SipHash(identity.hashKey0(), identity.hashKey1());
    MetadataRoom room = new MetadataRoom(allocator, () -> transactions[0].currentView());
    CheckpointWriter writer = new CheckpointWriter(device, store, room, hash, options.clock());
    Transactions result =
        new Transactions(
            new Transactions.Opening(store, allocator, host, counters, view),
            writer,
            room,
            options.background(),
            options.discarder(),
            options.maxEpochBytes(),
            listener);
    transactions[0] = result;
    if (!options.readOnly()) {
      JournalOrigin origin =
          scan.origin(
              nextEpoch(superblock), superblock.nextTransaction(), superblock.nextSequence());
      result.adopt(
          new CheckpointWriter.State(
              origin.epoch(),
              origin.lsn(),
              origin.transaction(),
              origin.sequence(),
              false,
              false,
              true));
      result.start(
          new Journal(
              device,
              Transactions.ring(superblock),
              origin,
              options.journalBuffer(),
              result.journalListener()));
    }
    return result;
  }

  /** A segment's bitmap; as {@link Metadata}, starts over where a checkpoint took the tree away. */
  private static long[] bitmap(Supplier<View> views, Runnable damage, long segment, long end)
      throws IOException {
    while (true) {
      View view = views.get();
      try {
        return FreeSpace.bitmap(view.tree(TreeId.FREE), segment, end);
      } catch (CorruptImageException e) {
        if (views.get().trees() == view.trees()) {
          damage.run();
          throw e;
        }
      }
    }
  }

  /**
   * The epoch of the records to come. Users' bytes get into the journal, so that nobody must be
   * able to guess it and to write what looks like a record. Never 0, and the last bit is another
   * one than before: so it differs, whatever the hash is.
   */
  private static long nextEpoch(Superblock superblock) {
    Superblock.Identity identity = superblock.identity();
    SipHash secret = new SipHash(identity.hashKey0(), identity.hashKey1());
    byte[] before =
        new ByteSink(16).u64(superblock.journalEpoch()).u64(superblock.generation()).toBytes();
    return secret.hash(before) >>> 3 << 2 | 2 | (~superblock.journalEpoch() & 1);
  }

  /**
   * The space that only operations which free something may take for more nodes than the pool holds
   * for them.
   */
  static long holdBack(Superblock.Identity identity) {
    long bytes = identity.volumeSize() - identity.dataStart();
    return Geometry.units(Math.min(64L << 20, bytes / 64));
  }

  /** Applies the journal's transactions, up to the first whose data is not there. */
  private static void replay(
      BlockDevice device,
      TransactionReader reader,
      long durable,
      VolumeBounds bounds,
      Epoch epoch,
      Metadata metadata,
      Allocator allocator,
      Counters counters)
      throws IOException {
    for (var transaction = reader.next(); transaction != null; transaction = reader.next()) {
      List<Mutation> mutations = new ArrayList<>();
      String location = "journal transaction " + transaction.id();
      List<Mutation> inverses = new ArrayList<>();
      for (var part : transaction.parts()) {
        mutations.addAll(decode(part.redo(), location, bounds));
        List<Mutation> undo = decode(part.undo(), location, bounds);
        Collections.reverse(undo);
        inverses.addAll(undo);
      }
      if (transaction.end() > durable && !isDataThere(device, mutations)) {
        return;
      }
      epoch.enter(Footprint.of(mutations, inverses));
      for (Mutation mutation : mutations) {
        if (mutation instanceof Mutation.Allocate m) {
          allocator.markUsed(m.address(), m.length());
        } else if (mutation instanceof Mutation.Release m) {
          allocator.release(m.address(), m.length());
        }
        epoch.apply(mutation, metadata);
        counters.replayed(mutation);
      }
      epoch.exit();
    }
  }

  /** The mutations of a payload; refused where one of them is not legal (INV-JRN-8). */
  private static List<Mutation> decode(byte[] payload, String location, VolumeBounds bounds)
      throws CorruptImageException {
    List<Mutation> mutations = new ArrayList<>();
    ByteSource source = new ByteSource(payload, 0, payload.length, location);
    while (source.remaining() > 0) {
      Mutation mutation = Mutation.decode(source);
      Violation.refuse(MutationCheck.check(mutation, location, bounds));
      mutations.add(mutation);
    }
    return mutations;
  }

  /** Whether the chunks that a transaction put to use were written before the crash. */
  private static boolean isDataThere(BlockDevice device, List<Mutation> mutations)
      throws IOException {
    Map<Long, Integer> fresh = new HashMap<>();
    for (Mutation mutation : mutations) {
      if (mutation instanceof Mutation.Allocate m) {
        fresh.put(m.address(), m.length());
      }
    }
    for (Mutation mutation : mutations) {
      if (mutation instanceof Mutation.PutExtent m
          && m.value() instanceof ExtentRecord.Chunk chunk
          && fresh.remove(chunk.address()) != null) {
        ByteBuffer bytes = ByteBuffer.allocate(chunk.stored());
        device.read(chunk.address(), bytes);
        CRC32 crc = new CRC32();
        crc.update(bytes.flip());
        if ((int) crc.getValue() != chunk.crc()) {
          return false;
        }
      }
    }
    return true;
  }

  /** The newest superblock of a device, if this release may open it. */
  public static Superblock superblock(BlockDevice device, boolean readOnly) throws IOException {
    Superblock superblock = Superblocks.newest(device);
    Superblock.Identity identity = superblock.identity();
    if (!readOnly && !Features.canWrite(identity)) {
      throw new FsException(
          Fault.UNSUPPORTED_FORMAT,
          device.name()
              + ": can only be opened read-only, unknown features 0x"
              + Long.toHexString(identity.roCompat() & ~Features.KNOWN_RO_COMPAT));
    }
    return superblock;
  }
}
