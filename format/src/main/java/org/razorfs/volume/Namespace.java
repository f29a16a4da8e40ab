package org.razorfs.volume;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import org.razorfs.extent.ExtentEditor;
import org.razorfs.fault.CorruptImageException;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.layout.DirentRecord;
import org.razorfs.layout.ExtentRecord;
import org.razorfs.layout.FileType;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.InodeRecord;
import org.razorfs.layout.Operation;
import org.razorfs.layout.Timestamp;
import org.razorfs.strings.StringTable;
import org.razorfs.tx.Metadata;
import org.razorfs.tx.Transaction;

/**
 * The operations that change names, one transaction each. Each finds out without locks which inodes
 * it needs, locks these in the order of their numbers, and looks again.
 */
final class Namespace {
  private static final int SETGID = 02000;
  private static final int MAX_LINKS = Integer.MAX_VALUE - 1;

  private final Inodes inodes;
  private final Evictor evictor;
  private final int maxInline;

  /** Held while a directory gets another parent, so that no two such moves make a loop. */
  private final ReentrantLock directoryMoves = new ReentrantLock();

  Namespace(Inodes inodes, Evictor evictor, int nodeSize) {
    this.inodes = inodes;
    this.evictor = evictor;
    this.maxInline = Geometry.maxValue(nodeSize) - ExtentRecord.INLINE_HEADER;
  }

  Attributes create(
      long directory,
      byte[] name,
      int mode,
      Owner owner,
      long rdev,
      byte[] target,
      List<Xattr> xattrs)
      throws IOException {
    StringTable.check(name);
    Operation operation =
        switch (mode & FileType.MASK) {
          case FileType.DIRECTORY -> Operation.MKDIR;
          case FileType.REGULAR -> Operation.CREATE;
          case FileType.SYMLINK -> Operation.SYMLINK;
          default -> Operation.MKNOD;
        };
    InodeHandle parent = inodes.table().pin(directory);
    parent.lock().writeLock().lock();
    try {
      InodeRecord before = Inodes.directory(parent);
      Transaction transaction = inodes.transactions().begin(operation, directory);
      boolean built = false;
      long inode = inodes.transactions().counters().inode().getAndIncrement();
      InodeRecord record;
      InodeRecord after;
      try {
        long id = inodes.strings().intern(name, transaction);
        if (metadata().dirent(directory, id) != null) {
          throw FsException.of(Fault.EXISTS, "the name exists");
        }
        Timestamp now = inodes.now();
        record = fresh(before, directory, mode, owner, rdev, now);
        if (target != null) {
          long units = addTarget(transaction, inode, target);
          record = record.edit().size(target.length).units(units).done();
        }
        record = addXattrs(transaction, inode, record, xattrs);
        boolean isDirectory = record.isDirectory();
        after =
            before
                .edit()
                .size(before.size() + 1)
                .nlink(before.nlink() + (isDirectory ? 1 : 0))
                .mtime(now)
                .ctime(now)
                .done();
        transaction.createInode(inode, record);
        transaction.addEntry(directory, id, new DirentRecord(inode, FileType.code(mode)));
        transaction.touchInode(directory, before, after);
        built = true;
      } finally {
        if (!built) {
          inodes.transactions().abort(transaction);
        }
      }
      commit(transaction, inode, record);
      parent.record(after);
      return Attributes.of(inode, record, null);
    } finally {
      parent.lock().writeLock().unlock();
      inodes.table().unpin(parent);
    }
  }

  /** Commits a transaction that makes an inode. */
  private void commit(Transaction transaction, long inode, InodeRecord record) throws IOException {
    InodeHandle made = inodes.table().add(inode, record);
    boolean done = false;
    try {
      inodes.transactions().commit(transaction);
      done = true;
    } finally {
      if (!done) {
        made.record(null);
      }
      inodes.table().unpin(made);
    }
  }

  private InodeRecord fresh(
      InodeRecord parent, long directory, int mode, Owner owner, long rdev, Timestamp now) {
    int type = mode & FileType.MASK;
    boolean isDirectory = type == FileType.DIRECTORY;
    boolean inherits = (parent.mode() & SETGID) != 0;
    long link = isDirectory ? directory : 0;
    if (type == FileType.CHARACTER || type == FileType.BLOCK) {
      link = rdev;
    }
    return new InodeRecord(
        inherits && isDirectory ? mode | SETGID : mode,
        owner.uid(),
        inherits ? parent.gid() : owner.gid(),
        isDirectory ? 2 : 1,
        0,
        link,
        0,
        inodes.transactions().counters().generation().getAndIncrement(),
        0,
        now,
        now,
        now,
        now,
        0);
  }

  private InodeRecord addXattrs(
      Transaction transaction, long inode, InodeRecord record, List<Xattr> xattrs)
      throws IOException {
    if (xattrs.isEmpty()) {
      return record;
    }
    FirstXattrs first = new FirstXattrs();
    for (Xattr xattr : xattrs) {
      first.add(xattr);
      long id = inodes.strings().intern(xattr.name(), transaction);
      transaction.setXattr(inode, id, null, xattr.value());
    }
    return record.edit().flags(record.flags() | InodeRecord.HAS_XATTRS).done();
  }

  /** A symbolic link's target is its content, kept in the tree; returns the units it counts for. */
  private long addTarget(Transaction transaction, long inode, byte[] target) throws IOException {
    long units = 0;
    for (int at = 0; at < target.length; at += maxInline) {
      ExtentRecord extent =
          new ExtentRecord.Inline(
              Arrays.copyOfRange(target, at, Math.min(target.length, at + maxInline)));
      transaction.addExtent(inode, at, extent);
      units += ExtentEditor.units(extent);
    }
    transaction.totals(0, target.length, 0);
    return units;
  }

  Attributes tmpfile(long directory, int mode, Owner owner, List<Xattr> xattrs) throws IOException {
    InodeHandle parent = inodes.table().pin(directory);
    try {
      InodeRecord parentRecord = Inodes.directory(parent);
      long inode = inodes.transactions().counters().inode().getAndIncrement();
      InodeRecord record =
          fresh(parentRecord, directory, FileType.REGULAR | (mode & 07777), owner, 0, inodes.now())
              .edit()
              .nlink(0)
              .done();
      Transaction transaction = inodes.transactions().begin(Operation.TMPFILE, inode);
      boolean built = false;
      try {
        record = addXattrs(transaction, inode, record, xattrs);
        transaction.createInode(inode, record);
        transaction.orphan(inode, true);
        built = true;
      } finally {
        if (!built) {
          inodes.transactions().abort(transaction);
        }
      }
      evictor.making(inode);
      boolean made = false;
      try {
        commit(transaction, inode, record);
        made = true;
      } finally {
        if (!made) {
          evictor.notMade(inode);
        }
      }
      evictor.orphaned(inode);
      return Attributes.of(inode, record, null);
    } finally {
      inodes.table().unpin(parent);
    }
  }

  Attributes link(long inode, long directory, byte[] name) throws IOException {
    StringTable.check(name);
    try (LockSet locks = new LockSet(inodes.table())) {
      InodeHandle parent = locks.add(directory);
      InodeHandle child = locks.add(inode);
      locks.lock();
      InodeRecord before = Inodes.directory(parent);
      InodeRecord record = Inodes.live(child);
      if (record.isDirectory()) {
        throw FsException.of(Fault.NOT_PERMITTED, "a hard link to a directory");
      }
      if (record.has(InodeRecord.IMMUTABLE) || record.has(InodeRecord.APPEND)) {
        throw FsException.of(Fault.NOT_PERMITTED, "an immutable or append-only inode");
      }
      if (record.nlink() >= MAX_LINKS) {
        throw FsException.of(Fault.TOO_MANY_LINKS, "inode " + inode);
      }
      if (record.nlink() == 0) {
        evictor.beforeGrowth(child); // Off the orphan list, nothing else would remind of it.
        record = Inodes.live(child);
      }
      Transaction transaction = inodes.transactions().begin(Operation.LINK, inode);
      boolean built = false;
      InodeRecord after;
      InodeRecord linked;
      try {
        long id = inodes.strings().intern(name, transaction);
        if (metadata().dirent(directory, id) != null) {
          throw FsException.of(Fault.EXISTS, "the name exists");
        }
        Timestamp now = inodes.now();
        linked = record.edit().nlink(record.nlink() + 1).ctime(now).done();
        after = before.edit().size(before.size() + 1).mtime(now).ctime(now).done();
        transaction.addEntry(directory, id, new DirentRecord(inode, FileType.code(record.mode())));
        transaction.touchInode(inode, record, linked);
        transaction.touchInode(directory, before, after);
        if (record.nlink() == 0) {
          transaction.orphan(inode, false);
        }
        built = true;
      } finally {
        if (!built) {
          inodes.transactions().abort(transaction);
        }
      }
      inodes.transactions().commit(transaction);
      parent.record(after);
      child.record(linked);
      if (record.nlink() == 0) {
        evictor.named(inode);
      }
      return inodes.attributes(child);
    }
  }

  void remove(long directory, byte[] name, boolean wantDirectory) throws IOException {
    StringTable.check(name);
    while (true) {
      long id = inodes.strings().find(name);
      DirentRecord entry = id == 0 ? null : metadata().dirent(directory, id);
      if (entry == null) {
        requireDirectory(directory);
        throw FsException.of(Fault.NO_SUCH_ENTRY, "no such name");
      }
      Unlinked unlinked;
      try (LockSet locks = new LockSet(inodes.table())) {
        InodeHandle parent = locks.add(directory);
        InodeHandle child = addOrNull(locks, entry.inode());
        locks.lock();
        if (!entry.equals(metadata().dirent(directory, id))) {
          continue;
        }
        requireThere(directory, entry, child);
        unlinked = remove(parent, id, entry, child, wantDirectory);
      }
      unlinked.finish();
      return;
    }
  }

  /**
   * Takes the name off; on a volume that is too full to remove the inode in the same transaction,
   * the name alone, for which room is held back.
   */
  private Unlinked remove(
      InodeHandle parent, long id, DirentRecord entry, InodeHandle child, boolean wantDirectory)
      throws IOException {
    try {
      return remove(parent, id, entry, child, wantDirectory, true);
    } catch (FsException e) {
      if (!e.fault().isWantOfSpace()) {
        throw e;
      }
      return remove(parent, id, entry, child, wantDirectory, false);
    }
  }

  private Unlinked remove(
      InodeHandle parent,
      long id,
      DirentRecord entry,
      InodeHandle child,
      boolean wantDirectory,
      boolean atOnce)
      throws IOException {
    InodeRecord before = Inodes.directory(parent);
    InodeRecord record = Inodes.live(child);
    refuseAppendOnly(before);
    requireRemovable(record, wantDirectory);
    Transaction transaction =
        inodes
            .transactions()
            .begin(wantDirectory ? Operation.RMDIR : Operation.UNLINK, child.number())
            .freeing();
    boolean built = false;
    InodeRecord after;
    Unlinked unlinked;
    try {
      Timestamp now = inodes.now();
      transaction.removeEntry(parent.number(), id, entry);
      inodes.strings().release(id, transaction);
      after =
          before
              .edit()
              .size(before.size() - 1)
              .nlink(before.nlink() - (wantDirectory ? 1 : 0))
              .mtime(now)
              .ctime(now)
              .done();
      transaction.touchInode(parent.number(), before, after);
      unlinked = unlink(transaction, child, record, now, atOnce);
      built = true;
    } finally {
      if (!built) {
        inodes.transactions().abort(transaction);
      }
    }
    inodes.transactions().commit(transaction);
    parent.record(after);
    unlinked.apply();
    return unlinked;
  }

  /** What becomes of an inode that loses a name. */
  private final class Unlinked {
    private final InodeHandle handle;
    private final InodeRecord record;

    Unlinked(InodeHandle handle, InodeRecord record) {
      this.handle = handle;
      this.record = record;
    }

    void apply() {
      if (record == null) {
        inodes.writeBack().drop(handle, 0, Long.MAX_VALUE);
      }
      handle.record(record);
      if (record != null && record.nlink() == 0) {
        evictor.orphaned(handle.number());
      }
    }

    /**
     * Deletes an inode that nobody uses and that was too much for one transaction; unlocked. Its
     * name is gone by now, so that this fails only as a later operation would.
     */
    void finish() throws IOException {
      if (record == null || record.nlink() > 0 || evictor.isUsed(handle)) {
        return;
      }
      InodeHandle again = addOrNull(handle.number());
      if (again != null) {
        try {
          evictor.evictOrPostpone(again);
        } finally {
          inodes.table().unpin(again);
        }
      }
    }

    private InodeHandle addOrNull(long inode) throws IOException {
      try {
        return inodes.table().pin(inode);
      } catch (FsException e) {
        if (e.fault() == Fault.STALE) {
          return null; // Somebody has released it meanwhile, and it is gone.
        }
        throw e;
      }
    }
  }

  /**
   * Takes one link off an inode; the last one takes the inode along, or orphans it.
   *
   * @param atOnce whether the inode may go in the same transaction
   */
  private Unlinked unlink(
      Transaction transaction, InodeHandle child, InodeRecord record, Timestamp now, boolean atOnce)
      throws IOException {
    int nlink = record.isDirectory() ? 0 : record.nlink() - 1;
    InodeRecord after = record.edit().nlink(nlink).ctime(now).done();
    if (nlink > 0) {
      transaction.touchInode(child.number(), record, after);
      return new Unlinked(child, after);
    }
    boolean small =
        atOnce
            && !evictor.isUsed(child)
            && !record.has(InodeRecord.HAS_XATTRS)
            && !evictor.hasLeftovers(child)
            && evictor.fitsOneStep(child.number(), 0);
    FileData data = child.data();
    if (small && (data == null || data.storing().isEmpty())) {
      evictor.remove(transaction, child.number(), record);
      return new Unlinked(child, null);
    }
    transaction.touchInode(child.number(), record, after);
    evictor.orphan(transaction, child);
    return new Unlinked(child, after);
  }

  private static void requireRemovable(InodeRecord record, boolean wantDirectory)
      throws FsException {
    if (record.has(InodeRecord.IMMUTABLE) || record.has(InodeRecord.APPEND)) {
      throw FsException.of(Fault.NOT_PERMITTED, "an immutable or append-only inode");
    }
    if (wantDirectory && !record.isDirectory()) {
      throw FsException.of(Fault.NOT_DIRECTORY, "not a directory");
    }
    if (!wantDirectory && record.isDirectory()) {
      throw FsException.of(Fault.IS_DIRECTORY, "a directory");
    }
    if (wantDirectory && record.size() > 0) {
      throw FsException.of(Fault.NOT_EMPTY, "the directory is not empty");
    }
  }

  /** One end of a rename. */
  private record End(InodeHandle parent, long id, DirentRecord entry, InodeHandle child) {}

  void rename(
      long directory, byte[] name, long newDirectory, byte[] newName, RenameMode mode, Owner owner)
      throws IOException {
    StringTable.check(name);
    StringTable.check(newName);
    while (!tryRename(directory, name, newDirectory, newName, mode, owner)) {
      // A name has changed between the look and the locks.
      Thread.onSpinWait();
    }
  }

  private boolean tryRename(
      long directory, byte[] name, long newDirectory, byte[] newName, RenameMode mode, Owner owner)
      throws IOException {
    long id = inodes.strings().find(name);
    DirentRecord entry = id == 0 ? null : metadata().dirent(directory, id);
    if (entry == null) {
      requireDirectory(directory);
      throw FsException.of(Fault.NO_SUCH_ENTRY, "no such name");
    }
    long newId = inodes.strings().find(newName);
    DirentRecord newEntry = newId == 0 ? null : metadata().dirent(newDirectory, newId);
    if (newEntry == null) {
      requireDirectory(newDirectory);
      if (mode == RenameMode.EXCHANGE) {
        throw FsException.of(Fault.NO_SUCH_ENTRY, "nothing to exchange with");
      }
    } else if (mode == RenameMode.NO_REPLACE) {
      throw FsException.of(Fault.EXISTS, "the new name exists");
    } else if (newEntry.inode() == entry.inode()) {
      return true; // Two names of one inode: POSIX wants nothing to happen.
    }
    boolean moves =
        directory != newDirectory
            && (isDirectory(entry) || (mode == RenameMode.EXCHANGE && isDirectory(newEntry)));
    if (newEntry != null && mode != RenameMode.EXCHANGE) {
      storeBeforeReplacing(entry.inode());
    }
    if (moves) {
      directoryMoves.lock();
    }
    Unlinked unlinked = null;
    try (LockSet locks = new LockSet(inodes.table())) {
      if (moves && isDirectory(entry)) {
        refuseLoop(entry.inode(), newDirectory);
      }
      if (moves && mode == RenameMode.EXCHANGE && isDirectory(newEntry)) {
        refuseLoop(newEntry.inode(), directory);
      }
      InodeHandle from = locks.add(directory);
      InodeHandle to = locks.add(newDirectory);
      InodeHandle child = addOrNull(locks, entry.inode());
      InodeHandle newChild = newEntry == null ? null : addOrNull(locks, newEntry.inode());
      locks.lock();
      boolean stillThere =
          entry.equals(metadata().dirent(directory, id))
              && (newId == 0
                  ? inodes.strings().find(newName) == 0
                  : Objects.equals(newEntry, metadata().dirent(newDirectory, newId)));
      if (!stillThere) {
        return false;
      }
      requireThere(directory, entry, child);
      if (newEntry != null) {
        requireThere(newDirectory, newEntry, newChild);
      }
      End source = new End(from, id, entry, child);
      End target = new End(to, newId, newEntry, newChild);
      if (mode == RenameMode.EXCHANGE) {
        exchange(source, target);
      } else {
        unlinked = move(source, target, newName, mode, owner);
      }
    } finally {
      if (moves) {
        directoryMoves.unlock();
      }
    }
    if (unlinked != null) {
      unlinked.finish();
    }
    return true;
  }

  /** Under the directory's lock: who tries again with such an entry does so for ever. */
  private static void requireThere(long directory, DirentRecord entry, InodeHandle child)
      throws CorruptImageException {
    if (child == null) {
      throw new CorruptImageException(
          "directory " + directory, "the inode " + entry.inode() + " that an entry names", "none");
    }
  }

  private static boolean isDirectory(DirentRecord entry) {
    return entry.type() == FileType.code(FileType.DIRECTORY);
  }

  /** What replaces a file must not be found empty after a crash. */
  private void storeBeforeReplacing(long inode) throws IOException {
    InodeHandle handle = inodes.table().peek(inode);
    if (handle != null && handle.data() != null && handle.pin()) {
      try {
        inodes.writeBack().storeFile(handle, false, false);
      } finally {
        inodes.table().unpin(handle);
      }
    }
  }

  /** Throws where {@code directory} lies in {@code moved} or is it. */
  private void refuseLoop(long moved, long directory) throws IOException {
    long at = directory;
    long mark = 0;
    for (long steps = 1; at != Geometry.ROOT_INODE; steps++) {
      if (at == moved) {
        throw FsException.of(Fault.INVALID_ARGUMENT, "a directory into itself");
      }
      if (at == mark) {
        throw new CorruptImageException("directory " + at, "a way up to the root", "a loop");
      }
      // No move runs meanwhile. A mark that moves ever more seldom is met in any loop.
      mark = Long.bitCount(steps) == 1 ? at : mark;
      at = metadata().inode(at).link();
    }
    if (moved == Geometry.ROOT_INODE) {
      throw FsException.of(Fault.BUSY, "the root directory");
    }
  }

  private void exchange(End one, End two) throws IOException {
    InodeRecord oneParent = Inodes.directory(one.parent);
    InodeRecord twoParent = Inodes.directory(two.parent);
    refuseAppendOnly(oneParent);
    refuseAppendOnly(twoParent);
    refuseFixed(one.child.record());
    refuseFixed(two.child.record());
    Timestamp now = inodes.now();
    Transaction transaction = inodes.transactions().begin(Operation.RENAME, one.child.number());
    transaction.replaceEntry(one.parent.number(), one.id, one.entry, two.entry);
    transaction.replaceEntry(two.parent.number(), two.id, two.entry, one.entry);
    int shift =
        one.parent == two.parent
            ? 0
            : (isDirectory(two.entry) ? 1 : 0) - (isDirectory(one.entry) ? 1 : 0);
    InodeRecord oneAfter =
        oneParent.edit().nlink(oneParent.nlink() + shift).mtime(now).ctime(now).done();
    InodeRecord twoAfter =
        twoParent.edit().nlink(twoParent.nlink() - shift).mtime(now).ctime(now).done();
    transaction.touchInode(one.parent.number(), oneParent, oneAfter);
    if (one.parent != two.parent) {
      transaction.touchInode(two.parent.number(), twoParent, twoAfter);
    }
    InodeRecord oneChild = moved(transaction, one.child, two.parent.number(), now);
    InodeRecord twoChild = moved(transaction, two.child, one.parent.number(), now);
    inodes.transactions().commit(transaction);
    two.parent.record(twoAfter);
    one.parent.record(oneAfter);
    one.child.record(oneChild);
    two.child.record(twoChild);
  }

  /** Adds the change of an inode that got another name, perhaps in another directory. */
  private static InodeRecord moved(
      Transaction transaction, InodeHandle child, long parent, Timestamp now) {
    InodeRecord before = child.record();
    InodeRecord.Editor editor = before.edit().ctime(now);
    if (before.isDirectory() && before.link() != parent) {
      InodeRecord after = editor.link(parent).done();
      transaction.putInode(child.number(), before, after);
      return after;
    }
    InodeRecord after = editor.done();
    transaction.touchInode(child.number(), before, after);
    return after;
  }

  /** Names in a directory to which names can only be added stay. */
  private static void refuseAppendOnly(InodeRecord directory) throws FsException {
    if (directory.has(InodeRecord.APPEND)) {
      throw FsException.of(Fault.NOT_PERMITTED, "an append-only directory");
    }
  }

  private static void refuseFixed(InodeRecord record) throws FsException {
    if (record.has(InodeRecord.IMMUTABLE) || record.has(InodeRecord.APPEND)) {
      throw FsException.of(Fault.NOT_PERMITTED, "an immutable or append-only inode");
    }
  }

  /** Moves a name; returns what became of the inode that it replaced, or null. */
  private Unlinked move(End source, End target, byte[] newName, RenameMode mode, Owner owner)
      throws IOException {
    InodeRecord fromBefore = Inodes.directory(source.parent);
    InodeRecord toBefore = Inodes.directory(target.parent);
    boolean same = source.parent == target.parent;
    boolean isDirectory = isDirectory(source.entry);
    refuseAppendOnly(fromBefore);
    if (target.entry != null) {
      refuseAppendOnly(toBefore);
    }
    refuseFixed(Inodes.live(source.child));
    if (target.entry != null) {
      InodeRecord replaced = Inodes.live(target.child);
      if (isDirectory && !replaced.isDirectory()) {
        throw FsException.of(Fault.NOT_DIRECTORY, "a directory over a file");
      }
      requireRemovable(replaced, isDirectory);
    }
    Transaction transaction = inodes.transactions().begin(Operation.RENAME, source.child.number());
    boolean built = false;
    InodeRecord fromAfter;
    InodeRecord toAfter;
    InodeRecord childAfter;
    Unlinked unlinked = null;
    long whiteout = 0;
    InodeRecord whiteoutRecord = null;
    try {
      Timestamp now = inodes.now();
      boolean leaves = mode != RenameMode.WHITEOUT;
      if (leaves) {
        transaction.removeEntry(source.parent.number(), source.id, source.entry);
        inodes.strings().release(source.id, transaction);
      } else {
        whiteout = inodes.transactions().counters().inode().getAndIncrement();
        whiteoutRecord =
            fresh(fromBefore, source.parent.number(), FileType.CHARACTER, owner, 0, now);
        transaction.createInode(whiteout, whiteoutRecord);
        transaction.replaceEntry(
            source.parent.number(),
            source.id,
            source.entry,
            new DirentRecord(whiteout, FileType.code(FileType.CHARACTER)));
      }
      if (target.entry != null) {
        transaction.replaceEntry(target.parent.number(), target.id, target.entry, source.entry);
        unlinked = unlink(transaction, target.child, target.child.record(), now, true);
      } else {
        long newId = inodes.strings().intern(newName, transaction);
        transaction.addEntry(target.parent.number(), newId, source.entry);
      }
      int fromSize = leaves ? -1 : 0;
      int toSize = target.entry == null ? 1 : 0;
      int fromLinks = isDirectory && (!same || target.entry != null) ? -1 : 0;
      int toLinks = isDirectory && !same && target.entry == null ? 1 : 0;
      if (same) {
        fromSize += toSize;
      }
      fromAfter = parentAfter(fromBefore, fromSize, fromLinks, now);
      toAfter = same ? fromAfter : parentAfter(toBefore, toSize, toLinks, now);
      transaction.touchInode(source.parent.number(), fromBefore, fromAfter);
      if (!same) {
        transaction.touchInode(target.parent.number(), toBefore, toAfter);
      }
      childAfter = moved(transaction, source.child, target.parent.number(), now);
      built = true;
    } finally {
      if (!built) {
        inodes.transactions().abort(transaction);
      }
    }
    if (whiteoutRecord == null) {
      inodes.transactions().commit(transaction);
    } else {
      commit(transaction, whiteout, whiteoutRecord);
    }
    source.parent.record(fromAfter);
    target.parent.record(toAfter);
    source.child.record(childAfter);
    if (unlinked != null) {
      unlinked.apply();
    }
    return unlinked;
  }

  private static InodeRecord parentAfter(
      InodeRecord before, int entries, int links, Timestamp now) {
    return before
        .edit()
        .size(before.size() + entries)
        .nlink(before.nlink() + links)
        .mtime(now)
        .ctime(now)
        .done();
  }

  private static InodeHandle addOrNull(LockSet locks, long inode) throws IOException {
    try {
      return locks.add(inode);
    } catch (FsException e) {
      if (e.fault() == Fault.STALE) {
        return null;
      }
      throw e;
    }
  }

  private void requireDirectory(long inode) throws IOException {
    InodeRecord record = metadata().inode(inode);
    if (!record.isDirectory()) {
      throw FsException.of(Fault.NOT_DIRECTORY, "inode " + inode);
    }
  }

  private Metadata metadata() {
    return inodes.transactions().metadata();
  }
}
