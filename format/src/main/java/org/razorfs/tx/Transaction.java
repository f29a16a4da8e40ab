package org.razorfs.tx;

import java.util.ArrayList;
import java.util.List;
import org.razorfs.layout.DirentRecord;
import org.razorfs.layout.ExtentRecord;
import org.razorfs.layout.InodeRecord;
import org.razorfs.layout.Mutation;
import org.razorfs.layout.Operation;
import org.razorfs.layout.OrphanRecord;

/**
 * One atomic operation being put together: what it changes, and for each change its inverse.
 * Nothing is visible before {@link Transactions#commit}; {@link Transactions#abort} runs the
 * inverses of what took effect early. The caller holds the write locks of all inodes whose items it
 * changes. Not thread-safe.
 */
public final class Transaction {
  private static final long[] NO_OWNERS = {};

  private final Operation operation;
  private final long inode;
  private final List<Mutation> redo = new ArrayList<>(8);
  private final List<Mutation> undo = new ArrayList<>(8);
  private final List<Runnable> atEnd = new ArrayList<>(2);
  private final List<Runnable> atCommit = new ArrayList<>(1);
  private boolean frees;
  private boolean optional;
  private Claim settled = Claim.NONE;

  Transaction(Operation operation, long inode) {
    this.operation = operation;
    this.inode = inode;
  }

  Operation operation() {
    return operation;
  }

  long inode() {
    return inode;
  }

  /** The changes in the order in which they apply. */
  List<Mutation> redo() {
    return redo;
  }

  /** The inverse of each change, in the order of the changes. */
  List<Mutation> undo() {
    return undo;
  }

  /** Whether the operation gives space back, so that it must work on a full volume. */
  boolean frees() {
    return frees;
  }

  /**
   * Lets the operation dip into the space that is held back: it gives some back, or stores what was
   * accepted before.
   */
  public Transaction freeing() {
    frees = true;
    return this;
  }

  /** Has the operation refused, NO_SPACE, where it would have to wait for a checkpoint. */
  public Transaction optional() {
    optional = true;
    return this;
  }

  boolean isOptional() {
    return optional;
  }

  /** Notes that the operation stores waiting data for which this was claimed. */
  public void settles(Claim claim) {
    settled = settled.plus(claim);
  }

  /** What was claimed for the data that the operation stores. */
  Claim settled() {
    return settled;
  }

  /** Runs {@code action} when the transaction has been committed or aborted. */
  public void atEnd(Runnable action) {
    atEnd.add(action);
  }

  /** Runs {@code action} when the transaction has been committed, and only then. */
  public void atCommit(Runnable action) {
    atCommit.add(action);
  }

  void committed() {
    atCommit.forEach(Runnable::run);
  }

  void end() {
    atEnd.forEach(Runnable::run);
  }

  /**
   * Whether the transaction puts the space at {@code address} to use, so that aborting frees it.
   */
  public boolean allocates(long address) {
    for (Mutation mutation : redo) {
      if (mutation instanceof Mutation.Allocate space && space.address() == address) {
        return true;
      }
    }
    return false;
  }

  public boolean isEmpty() {
    return redo.isEmpty();
  }

  /** Adds an inode. */
  public void createInode(long number, InodeRecord record) {
    change(new Mutation.PutInode(number, true, record), new Mutation.DeleteInode(number));
  }

  /** Changes any fields of an inode. */
  public void putInode(long number, InodeRecord before, InodeRecord after) {
    change(
        new Mutation.PutInode(number, false, after), new Mutation.PutInode(number, false, before));
  }

  /** Changes nothing but link count, size, units, mtime and ctime of an inode. */
  public void touchInode(long number, InodeRecord before, InodeRecord after) {
    change(Mutation.TouchInode.of(number, after), Mutation.TouchInode.of(number, before));
  }

  /** Removes an inode. */
  public void deleteInode(long number, InodeRecord before) {
    change(new Mutation.DeleteInode(number), new Mutation.PutInode(number, true, before));
  }

  /** Adds a directory entry. */
  public void addEntry(long directory, long name, DirentRecord entry) {
    change(
        new Mutation.PutDirent(directory, name, entry), new Mutation.DeleteDirent(directory, name));
  }

  /** Points an existing directory entry at something else. */
  public void replaceEntry(long directory, long name, DirentRecord before, DirentRecord after) {
    change(
        new Mutation.PutDirent(directory, name, after),
        new Mutation.PutDirent(directory, name, before));
  }

  /** Removes a directory entry. */
  public void removeEntry(long directory, long name, DirentRecord before) {
    change(
        new Mutation.DeleteDirent(directory, name),
        new Mutation.PutDirent(directory, name, before));
  }

  /** Adds {@code change} references to a name. */
  public void referName(long name, byte[] text, int change) {
    change(
        new Mutation.NameReference(name, change, text),
        new Mutation.NameReference(name, -change, text));
  }

  /** Stores an extent where none starts. */
  public void addExtent(long number, long offset, ExtentRecord extent) {
    change(
        new Mutation.PutExtent(number, offset, extent), new Mutation.DeleteExtent(number, offset));
  }

  /** Stores an extent where another one starts. */
  public void replaceExtent(long number, long offset, ExtentRecord before, ExtentRecord after) {
    change(
        new Mutation.PutExtent(number, offset, after),
        new Mutation.PutExtent(number, offset, before));
  }

  /** Removes an extent. */
  public void removeExtent(long number, long offset, ExtentRecord before) {
    change(
        new Mutation.DeleteExtent(number, offset), new Mutation.PutExtent(number, offset, before));
  }

  /** Sets an attribute, or removes it where {@code after} is null. */
  public void setXattr(long number, long name, byte[] before, byte[] after) {
    change(new Mutation.SetXattr(number, name, after), new Mutation.SetXattr(number, name, before));
  }

  /** Puts an inode among the orphans or takes it off. */
  public void orphan(long number, boolean present) {
    OrphanRecord plain = OrphanRecord.PLAIN;
    orphan(number, present ? null : plain, present ? plain : null);
  }

  /** Changes what is left to do with an inode; null where nothing is. */
  public void orphan(long number, OrphanRecord before, OrphanRecord after) {
    change(new Mutation.Orphan(number, after), new Mutation.Orphan(number, before));
  }

  /** Changes the counts of a shared chunk. */
  public void referChunk(long address, int stored, int change, long live) {
    shareChunk(address, stored, change, live, NO_OWNERS);
  }

  /** Makes a chunk a shared one, with its first references and their owners. */
  public void shareChunk(long address, int stored, int change, long live, long[] owners) {
    change(
        new Mutation.ChunkReference(address, stored, change, live, owners),
        new Mutation.ChunkReference(address, stored, -change, -live, NO_OWNERS));
  }

  /** Records that space taken from the allocator is in use. */
  public void allocate(long address, int length) {
    change(new Mutation.Allocate(address, length), new Mutation.Release(address, length));
  }

  /** Gives space back. */
  public void release(long address, int length) {
    change(new Mutation.Release(address, length), new Mutation.Allocate(address, length));
  }

  /** Changes the volume's totals. */
  public void totals(long reservedUnits, long logicalBytes, long storedBytes) {
    if ((reservedUnits | logicalBytes | storedBytes) != 0) {
      change(
          new Mutation.Totals(reservedUnits, logicalBytes, storedBytes),
          new Mutation.Totals(-reservedUnits, -logicalBytes, -storedBytes));
    }
  }

  private void change(Mutation forward, Mutation inverse) {
    redo.add(forward);
    undo.add(inverse);
  }
}
