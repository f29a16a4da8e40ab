package org.razorfs.volume;

import java.io.IOException;
import java.time.Clock;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.layout.FileType;
import org.razorfs.layout.InodeRecord;
import org.razorfs.layout.Timestamp;
import org.razorfs.strings.StringTable;
import org.razorfs.tx.Transactions;

/** What all kinds of operations need: the store, the inodes in memory, names, the time. */
record Inodes(
    Transactions transactions,
    InodeTable table,
    StringTable strings,
    WriteBack writeBack,
    Clock clock) {

  Timestamp now() {
    return Timestamp.of(clock.instant());
  }

  Attributes attributes(InodeHandle handle) throws IOException {
    InodeRecord record = handle.record();
    if (record == null) {
      throw FsException.of(Fault.STALE, "inode " + handle.number());
    }
    FileData data = handle.data();
    if (data == null) {
      return Attributes.of(handle.number(), record, null);
    }
    handle.lock().readLock().lock();
    try {
      record = handle.record();
      if (record == null) {
        throw FsException.of(Fault.STALE, "inode " + handle.number());
      }
      return Attributes.of(handle.number(), record, data);
    } finally {
      handle.lock().readLock().unlock();
    }
  }

  /** The record of a live inode; the caller holds its lock. */
  static InodeRecord live(InodeHandle handle) throws FsException {
    InodeRecord record = handle.record();
    if (record == null) {
      throw FsException.of(Fault.STALE, "inode " + handle.number());
    }
    return record;
  }

  /** The record of a directory in which names may be changed; the caller holds its lock. */
  static InodeRecord directory(InodeHandle handle) throws FsException {
    InodeRecord record = live(handle);
    if (!record.isDirectory()) {
      throw FsException.of(Fault.NOT_DIRECTORY, "inode " + handle.number());
    }
    if (record.nlink() == 0) {
      throw FsException.of(Fault.NO_SUCH_ENTRY, "a removed directory");
    }
    if (record.has(InodeRecord.IMMUTABLE)) {
      throw FsException.of(Fault.NOT_PERMITTED, "an immutable directory");
    }
    return record;
  }

  /** The record of a regular file; the caller holds its lock. */
  static InodeRecord file(InodeHandle handle) throws FsException {
    InodeRecord record = live(handle);
    if (record.isDirectory()) {
      throw FsException.of(Fault.IS_DIRECTORY, "inode " + handle.number());
    }
    if (record.type() != FileType.REGULAR) {
      throw FsException.of(Fault.INVALID_ARGUMENT, "not a regular file");
    }
    return record;
  }
}
