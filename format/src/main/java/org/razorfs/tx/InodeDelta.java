package org.razorfs.tx;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.razorfs.layout.DirentRecord;
import org.razorfs.layout.ExtentRecord;
import org.razorfs.layout.InodeRecord;

/**
 * What an epoch changed of one inode's items. Writers hold the inode's lock; readers hold nothing,
 * so everything here is published through volatile or concurrent structures.
 */
final class InodeDelta {
  /** Stands for a removed directory entry. */
  static final DirentRecord NO_DIRENT = new DirentRecord(0, 0);

  /** Stands for a removed extent. */
  static final ExtentRecord NO_EXTENT = new ExtentRecord.Reserved(0);

  /** Whether an entry is the one that stands for a removed one. */
  @SuppressWarnings("ReferenceEquality")
  static boolean isRemoved(DirentRecord entry) {
    return entry == NO_DIRENT;
  }

  /** Whether an extent is the one that stands for a removed one. */
  @SuppressWarnings("ReferenceEquality")
  static boolean isRemoved(ExtentRecord extent) {
    return extent == NO_EXTENT;
  }

  private volatile InodeRecord record;
  private volatile boolean deleted;
  private volatile ConcurrentSkipListMap<Long, DirentRecord> dirents;
  private volatile ConcurrentSkipListMap<Long, ExtentRecord> extents;
  private volatile ConcurrentHashMap<Long, Xattr> xattrs;

  /**
   * The new value of an attribute.
   *
   * @param value the content, or null of a removed one
   */
  record Xattr(byte[] value) {}

  /** The new record, or null where the epoch did not change it or removed it. */
  InodeRecord record() {
    return record;
  }

  /** Whether the epoch removed the inode. */
  boolean isDeleted() {
    return deleted;
  }

  void put(InodeRecord value) {
    deleted = false;
    record = value;
  }

  void delete() {
    deleted = true;
    record = null;
  }

  /** The changed entries by string id, or null where there are none. */
  ConcurrentNavigableMap<Long, DirentRecord> dirents() {
    return dirents;
  }

  /** The changed extents by offset, or null where there are none. */
  ConcurrentNavigableMap<Long, ExtentRecord> extents() {
    return extents;
  }

  /** The changed attributes by string id, or null where there are none. */
  ConcurrentHashMap<Long, Xattr> xattrs() {
    return xattrs;
  }

  void putDirent(long name, DirentRecord value) {
    ConcurrentSkipListMap<Long, DirentRecord> map = dirents;
    if (map == null) {
      map = new ConcurrentSkipListMap<>();
      dirents = map;
    }
    map.put(name, value);
  }

  void putExtent(long offset, ExtentRecord value) {
    ConcurrentSkipListMap<Long, ExtentRecord> map = extents;
    if (map == null) {
      map = new ConcurrentSkipListMap<>();
      extents = map;
    }
    map.put(offset, value);
  }

  void putXattr(long name, byte[] value) {
    ConcurrentHashMap<Long, Xattr> map = xattrs;
    if (map == null) {
      map = new ConcurrentHashMap<>();
      xattrs = map;
    }
    map.put(name, new Xattr(value));
  }
}
