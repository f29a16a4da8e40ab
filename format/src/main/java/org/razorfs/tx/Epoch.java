package org.razorfs.tx;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.razorfs.layout.ChunkRecord;
import org.razorfs.layout.InodeRecord;
import org.razorfs.layout.Mutation;
import org.razorfs.layout.OrphanRecord;
import org.razorfs.layout.Run;
import org.razorfs.wire.Name;

/**
 * All changes between two checkpoints, in memory: each of them is also in the journal. Transactions
 * that touch the same inode are ordered by its lock; counts that several may change at once are
 * kept as differences.
 */
public final class Epoch {
  private static final int OVERHEAD = 160;

  private static final Footprint SPARE = Footprint.builder().runs(1).build();

  /** The most entries that a new epoch makes room for beforehand. */
  private static final int MOST_EXPECTED = 1 << 16;

  private final ConcurrentHashMap<Long, InodeDelta> inodes;
  private final ConcurrentSkipListMap<Long, Optional<OrphanRecord>> orphans =
      new ConcurrentSkipListMap<>();
  private final ConcurrentHashMap<Long, NameDelta> names;
  private final ConcurrentHashMap<Name, NameDelta> namesByText;
  private final ConcurrentHashMap<Long, ChunkRecord> chunks = new ConcurrentHashMap<>();
  private final List<Run> allocated = new ArrayList<>();
  private final List<Run> released = new ArrayList<>();
  private final AtomicLong inodeChange = new AtomicLong();
  private final AtomicLong reservedUnits = new AtomicLong();
  private final AtomicLong logicalBytes = new AtomicLong();
  private final AtomicLong storedBytes = new AtomicLong();
  private final Footprint.Sum footprint = new Footprint.Sum();
  private final AtomicInteger applying = new AtomicInteger();

  Epoch() {
    this(0, 0);
  }

  private Epoch(int inodeCount, int nameCount) {
    inodes = new ConcurrentHashMap<>(Math.min(inodeCount, MOST_EXPECTED));
    names = new ConcurrentHashMap<>(Math.min(nameCount, MOST_EXPECTED));
    namesByText = new ConcurrentHashMap<>(Math.min(nameCount, MOST_EXPECTED));
  }

  /** An empty epoch with room for as much as this one has, as what is busy mostly stays so. */
  Epoch next() {
    return new Epoch(inodes.size(), names.size());
  }

  /** A name's change of references. */
  static final class NameDelta {
    final long id;
    final Name name;
    final AtomicInteger change = new AtomicInteger();

    NameDelta(long id, Name name) {
      this.id = id;
      this.name = name;
    }
  }

  /**
   * A transaction of this epoch begins to apply; called where the epoch can't be frozen.
   *
   * @param changes what its mutations mean for the trees
   */
  void enter(Footprint changes) {
    applying.incrementAndGet();
    footprint.add(changes);
  }

  /** A transaction has been applied. */
  void exit() {
    if (applying.decrementAndGet() == 0) {
      synchronized (applying) {
        applying.notifyAll();
      }
    }
  }

  /** Waits until no transaction is being applied; the epoch is frozen, so none can begin. */
  void awaitApplied() {
    boolean interrupted = false;
    synchronized (applying) {
      while (applying.get() > 0) {
        try {
          applying.wait();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Makes a mutation visible. {@code reader} gives the records that a touch builds on. */
  void apply(Mutation mutation, Metadata reader) throws java.io.IOException {
    if (mutation instanceof Mutation.PutInode m) {
      if (m.fresh()) {
        inodeChange.incrementAndGet();
      }
      delta(m.inode()).put(m.value());
    } else if (mutation instanceof Mutation.TouchInode m) {
      InodeRecord after = m.result() != null ? m.result() : m.applyTo(reader.inode(m.inode()));
      delta(m.inode()).put(after);
    } else if (mutation instanceof Mutation.DeleteInode m) {
      inodeChange.decrementAndGet();
      delta(m.inode()).delete();
    } else if (mutation instanceof Mutation.PutDirent m) {
      delta(m.directory()).putDirent(m.name(), m.value());
    } else if (mutation instanceof Mutation.DeleteDirent m) {
      delta(m.directory()).putDirent(m.name(), InodeDelta.NO_DIRENT);
    } else if (mutation instanceof Mutation.PutExtent m) {
      delta(m.inode()).putExtent(m.offset(), m.value());
    } else if (mutation instanceof Mutation.DeleteExtent m) {
      delta(m.inode()).putExtent(m.offset(), InodeDelta.NO_EXTENT);
    } else if (mutation instanceof Mutation.SetXattr m) {
      delta(m.inode()).putXattr(m.name(), m.value());
    } else if (mutation instanceof Mutation.Orphan m) {
      orphans.put(m.inode(), Optional.ofNullable(m.value()));
    } else if (mutation instanceof Mutation.NameReference m) {
      applyName(m);
    } else if (mutation instanceof Mutation.ChunkReference m) {
      chunks.merge(
          m.address(),
          new ChunkRecord(m.change(), m.live(), m.stored(), m.owners()),
          ChunkRecord::plus);
    } else if (mutation instanceof Mutation.Allocate m) {
      synchronized (allocated) {
        allocated.add(new Run(m.address(), m.length()));
      }
    } else if (mutation instanceof Mutation.Release m) {
      synchronized (allocated) {
        released.add(new Run(m.address(), m.length()));
      }
    } else if (mutation instanceof Mutation.Totals m) {
      reservedUnits.addAndGet(m.reservedUnits());
      logicalBytes.addAndGet(m.logicalBytes());
      storedBytes.addAndGet(m.storedBytes());
    }
  }

  private void applyName(Mutation.NameReference m) {
    NameDelta delta = names.get(m.name());
    if (delta == null) {
      delta = names.computeIfAbsent(m.name(), id -> new NameDelta(id, new Name(m.bytes())));
      namesByText.put(delta.name, delta);
    }
    delta.change.addAndGet(m.change());
  }

  private InodeDelta delta(long inode) {
    InodeDelta delta = inodes.get(inode);
    return delta != null ? delta : inodes.computeIfAbsent(inode, i -> new InodeDelta());
  }

  /** Gives space back that the checkpoint before left as spare. */
  void releaseSpare(Run run) {
    footprint.add(SPARE);
    synchronized (allocated) {
      released.add(run);
    }
  }

  /** The changes of an inode, or null. */
  InodeDelta inode(long inode) {
    return inodes.get(inode);
  }

  ConcurrentHashMap<Long, InodeDelta> inodes() {
    return inodes;
  }

  /** Inodes that became orphans, or ceased to be (empty). */
  ConcurrentSkipListMap<Long, Optional<OrphanRecord>> orphans() {
    return orphans;
  }

  ConcurrentHashMap<Long, NameDelta> names() {
    return names;
  }

  /** The name with this id if the epoch used it, or null. */
  public byte[] name(long id) {
    NameDelta delta = names.get(id);
    return delta == null ? null : delta.name.bytes();
  }

  /** The id of a name that the epoch used, or 0. */
  public long nameId(Name name) {
    NameDelta delta = namesByText.get(name);
    return delta == null ? 0 : delta.id;
  }

  ConcurrentHashMap<Long, ChunkRecord> chunks() {
    return chunks;
  }

  /** The ranges put to use; only after {@link #awaitApplied()}. */
  List<Run> allocated() {
    return allocated;
  }

  /** The ranges given back; only after {@link #awaitApplied()}. */
  List<Run> released() {
    return released;
  }

  long inodeChange() {
    return inodeChange.get();
  }

  long reservedUnits() {
    return reservedUnits.get();
  }

  long logicalBytes() {
    return logicalBytes.get();
  }

  long storedBytes() {
    return storedBytes.get();
  }

  /** What the changes mean for the trees. */
  Footprint footprint() {
    return footprint.get();
  }

  /** About the heap that the changes take. */
  long memory() {
    Footprint changes = footprint.get();
    return (changes.places() + changes.runs()) * OVERHEAD + changes.bytes();
  }

  /** Whether any transaction has changed anything, spare runs given back apart. */
  boolean hasChanges() {
    synchronized (allocated) {
      return footprint.get().places() > 0 || !allocated.isEmpty();
    }
  }

  boolean isEmpty() {
    synchronized (allocated) {
      return footprint.get().places() == 0 && allocated.isEmpty() && released.isEmpty();
    }
  }
}
