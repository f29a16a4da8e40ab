package org.razorfs.volume;

import java.io.IOException;
import java.util.Iterator;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.layout.InodeRecord;
import org.razorfs.tx.Metadata;

/**
 * The inodes in memory, one handle each. Those in use stay; of the others a clock hand drops those
 * not used lately when there are more than the limit.
 */
final class InodeTable {
  private final Metadata metadata;
  private final int limit;
  private final ConcurrentHashMap<Long, InodeHandle> handles = new ConcurrentHashMap<>();
  private final AtomicInteger size = new AtomicInteger();
  private final AtomicLong evictions = new AtomicLong();
  private final LockWaits waits = new LockWaits();
  private Iterator<InodeHandle> hand = handles.values().iterator();

  InodeTable(Metadata metadata, int limit) {
    this.metadata = metadata;
    this.limit = limit;
  }

  /**
   * The inode's handle, pinned for the caller.
   *
   * @throws FsException STALE where there is no such inode
   */
  InodeHandle pin(long inode) throws IOException {
    while (true) {
      InodeHandle handle = handles.get(inode);
      if (handle == null) {
        InodeRecord record = metadata.inode(inode);
        InodeHandle fresh = new InodeHandle(inode, record, waits);
        // Locked before anybody can find it, so that nobody changes what it has not settled yet.
        fresh.lock().writeLock().lock();
        try {
          handle = handles.putIfAbsent(inode, fresh);
          if (handle == null) {
            // The record may have changed before the handle was there for the writer to update.
            return settle(fresh);
          }
        } finally {
          fresh.lock().writeLock().unlock();
        }
      }
      if (handle.pin()) {
        if (handle.record() == null) {
          handle.unpin();
          throw FsException.of(Fault.STALE, "inode " + inode);
        }
        return handle;
      }
      drop(handle);
    }
  }

  private InodeHandle settle(InodeHandle fresh) throws IOException {
    size.incrementAndGet();
    boolean read = false;
    try {
      fresh.record(metadata.inodeOrNull(fresh.number()));
      read = true;
    } finally {
      if (!read) {
        fresh.record(null);
        unpin(fresh);
      }
    }
    if (fresh.record() == null) {
      unpin(fresh);
      throw FsException.of(Fault.STALE, "inode " + fresh.number());
    }
    if (size.get() > limit) {
      shrink();
    }
    return fresh;
  }

  /**
   * Adds the handle of an inode that is about to be created, pinned for the caller: those who see
   * the inode as soon as it is there must find this handle, and not one that has gone again with
   * their changes when this comes.
   */
  InodeHandle add(long inode, InodeRecord record) {
    InodeHandle fresh = new InodeHandle(inode, record, waits);
    if (handles.putIfAbsent(inode, fresh) == null) {
      size.incrementAndGet();
      if (size.get() > limit) {
        shrink();
      }
    }
    return fresh;
  }

  /** The handle if there is one in memory, not pinned; only to look at. */
  InodeHandle peek(long inode) {
    return handles.get(inode);
  }

  void unpin(InodeHandle handle) {
    handle.unpin();
    if (handle.record() == null && handle.evict()) {
      drop(handle);
    }
  }

  /** The number of handles. */
  int size() {
    return size.get();
  }

  /** What threads have waited for the inodes' locks. */
  LockWaits waits() {
    return waits;
  }

  long evictions() {
    return evictions.get();
  }

  private void drop(InodeHandle handle) {
    if (handles.remove(handle.number(), handle)) {
      size.decrementAndGet();
    }
  }

  /** Moves the hand until enough is gone or it has been round. */
  private synchronized void shrink() {
    int surplus = size.get() - limit + limit / 64;
    int looks = size.get() * 2;
    while (surplus > 0 && looks-- > 0) {
      if (!hand.hasNext()) {
        hand = handles.values().iterator();
        if (!hand.hasNext()) {
          return;
        }
      }
      InodeHandle handle = hand.next();
      if (handle.recent()) {
        handle.recent(false);
      } else if (handle.evict()) {
        drop(handle);
        evictions.incrementAndGet();
        surplus--;
      }
    }
  }
}
