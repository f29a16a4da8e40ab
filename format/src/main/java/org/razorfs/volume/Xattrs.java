package org.razorfs.volume;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.InodeRecord;
import org.razorfs.layout.Operation;
import org.razorfs.tx.Metadata;
import org.razorfs.tx.Transaction;

/** The operations on extended attributes. */
final class Xattrs {
  private static final List<String> NAMESPACES =
      List.of("user.", "trusted.", "security.", "system.");

  private final Inodes inodes;
  private final long maxChange;

  /**
   * @param journalLength bytes of the ring, half of which one transaction can take
   */
  Xattrs(Inodes inodes, long journalLength) {
    this.inodes = inodes;
    this.maxChange = journalLength / 2 - 2048;
  }

  byte[] get(InodeHandle handle, byte[] name) throws IOException {
    InodeRecord record = Inodes.live(handle);
    if (!record.has(InodeRecord.HAS_XATTRS)) {
      return null;
    }
    long id = inodes.strings().find(name);
    return id == 0 ? null : metadata().xattr(handle.number(), id);
  }

  List<byte[]> list(InodeHandle handle) throws IOException {
    List<byte[]> names = new ArrayList<>();
    handle.lock().readLock().lock(); // Or a name may go between the look at its id and at it.
    try {
      if (Inodes.live(handle).has(InodeRecord.HAS_XATTRS)) {
        for (long id : metadata().xattrs(handle.number())) {
          names.add(inodes.strings().name(id));
        }
      }
    } finally {
      handle.lock().readLock().unlock();
    }
    return names;
  }

  /**
   * Adds what a change of attributes does to an extended one to its transaction; returns the record
   * with it. The caller holds the inode's lock.
   */
  InodeRecord change(
      Transaction transaction, InodeHandle handle, InodeRecord record, AttributeChange change)
      throws IOException {
    byte[] name = change.xattrName();
    if (name == null) {
      return record;
    }
    check(name);
    boolean some = record.has(InodeRecord.HAS_XATTRS);
    long known = some ? inodes.strings().find(name) : 0;
    byte[] old = known == 0 ? null : metadata().xattr(handle.number(), known);
    byte[] value = change.xattrValue();
    if (value == null) {
      if (old == null) {
        return record;
      }
      transaction.setXattr(handle.number(), known, old, null);
      inodes.strings().release(known, transaction);
      boolean last = metadata().xattrs(handle.number()).size() == 1;
      return last ? record.edit().flags(record.flags() & ~InodeRecord.HAS_XATTRS).done() : record;
    }
    requireRoom(handle, some, name, old, value);
    long id = old != null ? known : inodes.strings().intern(name, transaction);
    transaction.setXattr(handle.number(), id, old, value.clone());
    return record.edit().flags(record.flags() | InodeRecord.HAS_XATTRS).done();
  }

  void set(InodeHandle handle, byte[] name, byte[] value, XattrMode mode) throws IOException {
    check(name);
    handle.lock().writeLock().lock();
    try {
      InodeRecord before = writable(handle);
      long known = before.has(InodeRecord.HAS_XATTRS) ? inodes.strings().find(name) : 0;
      byte[] old = known == 0 ? null : metadata().xattr(handle.number(), known);
      if (old != null && mode == XattrMode.CREATE) {
        throw FsException.of(Fault.EXISTS, "the attribute exists");
      }
      if (old == null && mode == XattrMode.REPLACE) {
        throw FsException.of(Fault.NO_ATTRIBUTE, "no such attribute");
      }
      requireRoom(handle, before.has(InodeRecord.HAS_XATTRS), name, old, value);
      Transaction transaction = inodes.transactions().begin(Operation.SETXATTR, handle.number());
      boolean built = false;
      InodeRecord after =
          before.edit().flags(before.flags() | InodeRecord.HAS_XATTRS).ctime(inodes.now()).done();
      try {
        long id = old != null ? known : inodes.strings().intern(name, transaction);
        transaction.setXattr(handle.number(), id, old, value.clone());
        transaction.putInode(handle.number(), before, after);
        built = true;
      } finally {
        if (!built) {
          inodes.transactions().abort(transaction);
        }
      }
      inodes.transactions().commit(transaction);
      handle.record(after);
    } finally {
      handle.lock().writeLock().unlock();
    }
  }

  void remove(InodeHandle handle, byte[] name) throws IOException {
    check(name);
    handle.lock().writeLock().lock();
    try {
      InodeRecord before = writable(handle);
      long id = before.has(InodeRecord.HAS_XATTRS) ? inodes.strings().find(name) : 0;
      byte[] old = id == 0 ? null : metadata().xattr(handle.number(), id);
      if (old == null) {
        throw FsException.of(Fault.NO_ATTRIBUTE, "no such attribute");
      }
      boolean last = metadata().xattrs(handle.number()).size() == 1;
      int flags = last ? before.flags() & ~InodeRecord.HAS_XATTRS : before.flags();
      InodeRecord after = before.edit().flags(flags).ctime(inodes.now()).done();
      Transaction transaction =
          inodes.transactions().begin(Operation.REMOVEXATTR, handle.number()).freeing();
      boolean built = false;
      try {
        transaction.setXattr(handle.number(), id, old, null);
        inodes.strings().release(id, transaction);
        transaction.putInode(handle.number(), before, after);
        built = true;
      } finally {
        if (!built) {
          inodes.transactions().abort(transaction);
        }
      }
      inodes.transactions().commit(transaction);
      handle.record(after);
    } finally {
      handle.lock().writeLock().unlock();
    }
  }

  private void requireRoom(InodeHandle handle, boolean some, byte[] name, byte[] old, byte[] value)
      throws IOException {
    if (value.length > Geometry.MAX_XATTRS) {
      throw FsException.of(Fault.ATTRIBUTE_TOO_BIG, "a value of " + value.length + " bytes");
    }
    int oldLength = old == null ? 0 : old.length;
    int count = old == null ? 1 : 0;
    long names = old == null ? name.length : 0;
    long values = (long) value.length - oldLength;
    if (some) {
      for (long id : metadata().xattrs(handle.number())) {
        count++;
        names += inodes.strings().name(id).length;
        values += metadata().xattr(handle.number(), id).length;
      }
    }
    requireRoom(count, names, values);
    if (oldLength + value.length > maxChange) {
      throw FsException.of(Fault.NO_SPACE, "the journal is too small for such an attribute");
    }
  }

  /** Passes when an inode may have so many attributes, of so many bytes of names and of values. */
  static void requireRoom(int count, long names, long values) throws FsException {
    if (names + values > Geometry.MAX_XATTRS) {
      throw FsException.of(Fault.NO_SPACE, "more than 64 KiB of attributes");
    }
    // With a zero byte behind each; no system lists more, and what is not listed is not removed.
    if (names + count > Geometry.MAX_XATTRS) {
      throw FsException.of(Fault.NO_SPACE, "more than 64 KiB of attributes' names");
    }
  }

  private static InodeRecord writable(InodeHandle handle) throws FsException {
    InodeRecord record = Inodes.live(handle);
    if (record.has(InodeRecord.IMMUTABLE) || record.has(InodeRecord.APPEND)) {
      throw FsException.of(Fault.NOT_PERMITTED, "an immutable or append-only inode");
    }
    return record;
  }

  /** Throws where {@code name} can't be an attribute's name. */
  static void check(byte[] name) throws FsException {
    if (name.length > Geometry.MAX_NAME) {
      throw FsException.of(Fault.RANGE, "an attribute name of " + name.length + " bytes");
    }
    String text = new String(name, StandardCharsets.ISO_8859_1);
    if (text.indexOf(0) >= 0) {
      throw FsException.of(Fault.INVALID_ARGUMENT, "an attribute name with NUL in it");
    }
    for (String namespace : NAMESPACES) {
      if (text.startsWith(namespace) && text.length() > namespace.length()) {
        return;
      }
    }
    throw FsException.of(
        Fault.NOT_SUPPORTED, "an attribute outside user, trusted, security and system");
  }

  private Metadata metadata() {
    return inodes.transactions().metadata();
  }
}
