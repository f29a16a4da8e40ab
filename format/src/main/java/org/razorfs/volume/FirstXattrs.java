package org.razorfs.volume;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.wire.Name;

/** The extended attributes that a new inode begins with: no more than one can have. */
public final class FirstXattrs {
  private final List<Xattr> xattrs = new ArrayList<>();
  private final Set<Name> names = new HashSet<>();
  private long nameBytes;
  private long valueBytes;

  /**
   * Adds one.
   *
   * @throws FsException RANGE, NOT_SUPPORTED, INVALID_ARGUMENT where it has no name for an
   *     attribute, or one that is there already; NO_SPACE where it is too much beside the others.
   *     All is as before then
   */
  public void add(Xattr xattr) throws FsException {
    Xattrs.check(xattr.name());
    long newNameBytes = nameBytes + xattr.name().length;
    long newValueBytes = valueBytes + xattr.value().length;
    Xattrs.requireRoom(xattrs.size() + 1, newNameBytes, newValueBytes);
    if (!names.add(new Name(xattr.name()))) {
      throw FsException.of(Fault.INVALID_ARGUMENT, "the same attribute twice");
    }
    nameBytes = newNameBytes;
    valueBytes = newValueBytes;
    xattrs.add(xattr);
  }

  /** Those that have been added. */
  public List<Xattr> all() {
    return xattrs;
  }
}
