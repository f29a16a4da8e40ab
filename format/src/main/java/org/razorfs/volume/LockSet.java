package org.razorfs.volume;

import java.util.TreeSet;

/**
 * The write locks of several inodes, always taken in ascending order of their numbers, so that no
 * two operations wait for each other. Pins the inodes as long as it is open.
 */
final class LockSet implements AutoCloseable {
  private final InodeTable inodes;
  private final TreeSet<InodeHandle> handles = new TreeSet<>();

  LockSet(InodeTable inodes) {
    this.inodes = inodes;
  }

  /** Adds an inode that may be in the set already; before {@link #lock}. */
  InodeHandle add(long inode) throws java.io.IOException {
    InodeHandle handle = inodes.pin(inode);
    if (!handles.add(handle)) {
      inodes.unpin(handle);
    }
    return handle;
  }

  void lock() {
    handles.forEach(handle -> handle.lock().writeLock().lock());
  }

  @Override
  public void close() {
    for (InodeHandle handle : handles) {
      if (handle.lock().isWriteLockedByCurrentThread()) {
        handle.lock().writeLock().unlock();
      }
    }
    handles.forEach(inodes::unpin);
  }
}
