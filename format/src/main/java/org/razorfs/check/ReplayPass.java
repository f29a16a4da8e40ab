package org.razorfs.check;

import java.io.IOException;
import java.time.Clock;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.razorfs.alloc.AllocationFault;
import org.razorfs.alloc.FreeRunVisitor;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.journal.JournalRing;
import org.razorfs.journal.JournalScan;
import org.razorfs.journal.JournalScanner;
import org.razorfs.journal.Transaction;
import org.razorfs.journal.TransactionReader;
import org.razorfs.layout.DirentRecord;
import org.razorfs.layout.ExtentRecord;
import org.razorfs.layout.FileType;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.InodeRecord;
import org.razorfs.layout.Invariant;
import org.razorfs.layout.Keys;
import org.razorfs.layout.Mutation;
import org.razorfs.layout.Superblock;
import org.razorfs.layout.TreeId;
import org.razorfs.layout.TreeRoot;
import org.razorfs.tree.Tree;
import org.razorfs.tx.Metadata;
import org.razorfs.tx.Recovery;
import org.razorfs.tx.Transactions;
import org.razorfs.wire.ByteSource;
import org.razorfs.wire.Name;

/**
 * What follows the passes where the journal holds transactions, spec §7.3. Replays them in memory
 * as a mount would, and checks that the trees with these changes are still consistent: since the
 * trees alone are, it is enough to look at what changed. Needs sound trees; takes as much memory as
 * the changes that a mount would replay.
 */
final class ReplayPass {
  private static final String NAME = "replay";

  private final Subject subject;
  private final Reporter reporter;
  private final ChunkVerifier verifier;
  private final Set<Long> inodes = new TreeSet<>();
  private final Set<Long> withExtents = new HashSet<>();
  private final Map<Long, Set<Long>> entries = new HashMap<>();

  /** By how many the names of an inode changed. */
  private final Map<Long, Integer> names = new HashMap<>();

  /** By how many the entries of a directory changed, and those that are directories. */
  private final Map<Long, Integer> sizes = new HashMap<>();

  private final Map<Long, Integer> subdirectories = new HashMap<>();

  /** Units in use by the trees or the transactions, and those among them that were given back. */
  private final UnitMap units;

  private final UnitMap released;

  /**
   * @param units where something lies as of the checkpoint; it is changed
   */
  ReplayPass(Subject subject, ChunkVerifier verifier, UnitMap units) {
    this.subject = subject;
    this.reporter = subject.reporter();
    this.verifier = verifier;
    this.units = units;
    this.released = new UnitMap(subject.superblock().identity().volumeSize());
  }

  void run(JournalScan scan) {
    subject.listener().progress(NAME, 0, 3);
    try {
      collect(scan);
      subject.listener().progress(NAME, 1, 3);
      Metadata metadata = open().metadata();
      subject.listener().progress(NAME, 2, 3);
      TreeRoot root = subject.superblock().roots().get(TreeId.INODES);
      Tree before = new Tree(TreeId.INODES, root, subject.store());
      for (Map.Entry<Long, Set<Long>> directory : entries.entrySet()) {
        for (long name : directory.getValue()) {
          entry(before, metadata, directory.getKey(), name);
        }
      }
      ExtentTally tally = new ExtentTally(reporter);
      Set<Long> orphans = new HashSet<>(metadata.orphans(0, Integer.MAX_VALUE));
      for (long inode : inodes) {
        inode(before, metadata, inode, orphans.contains(inode));
        if (withExtents.contains(inode)) {
          extents(metadata, inode, tally, orphans.contains(inode));
        }
      }
      subject.listener().progress(NAME, 3, 3);
    } catch (IOException e) {
      boolean refused = e instanceof FsException known && known.fault() != Fault.IO_ERROR;
      reporter.add(
          refused ? Problem.REPLAY : Problem.UNREADABLE, "journal", String.valueOf(e.getMessage()));
    } catch (IllegalStateException | IllegalArgumentException | ArithmeticException e) {
      // Mutations that are legal one by one, but not together, such as a unit given back twice.
      reporter.add(Problem.REPLAY, "journal", e.toString());
    }
  }

  private Transactions open() throws IOException {
    Recovery.Options options =
        new Recovery.Options(
            true,
            subject.options().cacheBytes(),
            Long.MAX_VALUE,
            0,
            null,
            FreeRunVisitor.IGNORE,
            AllocationFault.NONE,
            Clock.systemUTC());
    Transactions.TransactionListener nobody =
        new Transactions.TransactionListener() {
          @Override
          public void nameRemoved(long id, Name name) {}

          @Override
          public void packDwindled(long address) {}

          @Override
          public void failed(IOException cause) {}
        };
    return Recovery.open(subject.device(), subject.superblock(), options, nobody);
  }

  /** Collects what the transactions touch; those that replay drops change nothing. */
  private void collect(JournalScan scan) throws IOException {
    Superblock superblock = subject.superblock();
    JournalRing ring =
        new JournalRing(
            superblock.identity().journalStart(), superblock.identity().journalLength());
    TransactionReader reader =
        new JournalScanner(
                subject.device(), ring, superblock.journalEpoch(), superblock.journalTail())
            .transactions(scan);
    for (Transaction next = reader.next(); next != null; next = reader.next()) {
      for (Transaction.Part part : next.parts()) {
        ByteSource source =
            new ByteSource(part.redo(), 0, part.redo().length, "transaction", next.id());
        while (source.remaining() > 0) {
          touch(next.id(), Mutation.decode(source));
        }
      }
    }
  }

  private void touch(long transaction, Mutation mutation) {
    if (mutation instanceof Mutation.Allocate m) {
      space(
          transaction,
          units.mark(m.address(), m.length()),
          "puts the unit to use that is not free");
    } else if (mutation instanceof Mutation.Release m) {
      String twice = "gives the unit back that is not in use";
      space(transaction, units.firstUnmarked(m.address(), m.length()), twice);
      space(transaction, released.mark(m.address(), m.length()), twice);
    } else if (mutation instanceof Mutation.PutInode m) {
      inodes.add(m.inode());
    } else if (mutation instanceof Mutation.TouchInode m) {
      inodes.add(m.inode());
    } else if (mutation instanceof Mutation.DeleteInode m) {
      inodes.add(m.inode());
    } else if (mutation instanceof Mutation.Orphan m) {
      inodes.add(m.inode());
    } else if (mutation instanceof Mutation.PutDirent m) {
      inodes.add(m.directory());
      inodes.add(m.value().inode());
      entries.computeIfAbsent(m.directory(), d -> new HashSet<>()).add(m.name());
    } else if (mutation instanceof Mutation.DeleteDirent m) {
      inodes.add(m.directory());
      entries.computeIfAbsent(m.directory(), d -> new HashSet<>()).add(m.name());
    } else if (mutation instanceof Mutation.PutExtent m) {
      inodes.add(m.inode());
      withExtents.add(m.inode());
    } else if (mutation instanceof Mutation.DeleteExtent m) {
      inodes.add(m.inode());
      withExtents.add(m.inode());
    }
  }

  private void space(long transaction, long address, String problem) {
    if (address >= 0) {
      reporter.add(Problem.REPLAY, "transaction " + transaction, problem + ", at " + address);
    }
  }

  private void entry(Tree before, Metadata after, long directory, long name) throws IOException {
    byte[] value = before.get(Keys.hi(directory, Keys.DIRENT), name);
    if (value != null) {
      count(directory, DirentRecord.decode(source(value, "entry")), -1);
    }
    DirentRecord now = after.dirent(directory, name);
    if (now == null) {
      return;
    }
    count(directory, now, 1);
    String location = "after replay, directory " + directory + ", entry with name " + name;
    InodeRecord target = after.inodeOrNull(now.inode());
    if (target == null || FileType.code(target.mode()) != now.type()) {
      reporter.add(
          Invariant.DIR_3,
          location,
          "expected inode "
              + now.inode()
              + " of type "
              + now.type()
              + (target == null ? ", got none" : ", got " + FileType.code(target.mode())));
    }
    after.name(name); // throws where there is none
  }

  private void count(long directory, DirentRecord entry, int change) {
    inodes.add(entry.inode());
    names.merge(entry.inode(), change, Integer::sum);
    sizes.merge(directory, change, Integer::sum);
    if (entry.type() == FileType.code(FileType.DIRECTORY)) {
      subdirectories.merge(directory, change, Integer::sum);
    }
  }

  private void inode(Tree before, Metadata metadata, long inode, boolean orphan)
      throws IOException {
    String location = "after replay, inode " + inode;
    byte[] value = before.get(Keys.hi(inode, Keys.INODE), 0);
    InodeRecord old = value == null ? null : InodeRecord.decode(source(value, location));
    InodeRecord now = metadata.inodeOrNull(inode);
    int named = namesBefore(inode, old) + names.getOrDefault(inode, 0);
    if (now == null) {
      if (old != null && named != 0) {
        reporter.add(Invariant.INO_14, location, "does not exist, but has " + named + " names");
      }
      if (orphan) {
        reporter.add(Invariant.ORP_2, location, "is on the orphan list and does not exist");
      }
      return;
    }
    int expected = named;
    if (now.isDirectory()) {
      // The root has no name; an orphan has neither names nor entries.
      int due = inode == Geometry.ROOT_INODE || now.nlink() == 0 ? 0 : 1;
      if (named != due) {
        reporter.add(Invariant.DIR_5, location, "is a directory with " + named + " names");
      }
      int links = old == null || old.nlink() == 0 ? 2 : old.nlink();
      expected = now.nlink() == 0 ? 0 : links + subdirectories.getOrDefault(inode, 0);
      long size = (old == null ? 0 : old.size()) + sizes.getOrDefault(inode, 0);
      if (now.size() != size) {
        reporter.add(
            Invariant.INO_9, location, "expected a size of " + size + ", got " + now.size());
      }
    }
    if (now.nlink() != expected) {
      reporter.add(
          Invariant.INO_8,
          location,
          "expected a link count of " + expected + ", got " + now.nlink());
    } else if (now.nlink() == 0 && !orphan) {
      reporter.add(
          Invariant.INO_8, location, "has a link count of 0 and is not on the orphan list");
    }
  }

  /** The names that an inode had before, which the passes have found to be what it says. */
  private static int namesBefore(long inode, InodeRecord old) {
    if (old == null || inode == Geometry.ROOT_INODE) {
      return 0;
    }
    return old.isDirectory() ? Math.min(1, old.nlink()) : old.nlink();
  }

  private void extents(Metadata metadata, long inode, ExtentTally tally, boolean orphan)
      throws IOException {
    InodeRecord record = metadata.inodeOrNull(inode);
    String location = "after replay, inode " + inode;
    tally.begin(location);
    metadata.extents(
        inode,
        0,
        (offset, extent) -> {
          if (record == null) {
            reporter.add(Invariant.INO_14, location, "has extents and does not exist");
            return false;
          }
          tally.add(offset, extent);
          if (extent instanceof ExtentRecord.Chunk chunk
              && chunk.birth() > subject.superblock().generation()
              && subject.options().verifyData()) {
            verify(chunk);
          }
          return true;
        });
    if (record != null) {
      tally.end(record, orphan);
    }
  }

  private void verify(ExtentRecord.Chunk chunk) {
    try {
      verifier.verify(
          subject.device(),
          chunk.address(),
          chunk.stored(),
          chunk.logical(),
          chunk.crc(),
          chunk.codec());
    } catch (IOException e) {
      reporter.add(e, Invariant.EXT_10, "chunk at " + chunk.address());
    }
  }

  private static ByteSource source(byte[] value, String what) {
    return new ByteSource(value, 0, value.length, what);
  }
}
