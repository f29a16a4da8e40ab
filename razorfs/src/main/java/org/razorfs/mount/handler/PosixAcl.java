package org.razorfs.mount.handler;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;

/**
 * An access control list as the kernel puts it into {@code system.posix_acl_access} and {@code
 * system.posix_acl_default}: version 2, then entries of tag, permissions and id. What it grants is
 * the kernel's business; here it is kept in step with the permission bits, as acl(5) tells.
 *
 * @param entries in the kernel's order
 */
record PosixAcl(List<Entry> entries) {
  /** Name of the list that decides about access. */
  static final String ACCESS = "system.posix_acl_access";

  /** Name of the list that new nodes of a directory inherit. */
  static final String DEFAULT = "system.posix_acl_default";

  private static final int VERSION = 2;
  private static final int ENTRY = 8;
  private static final int USER_OBJ = 0x01;
  private static final int USER = 0x02;
  private static final int GROUP_OBJ = 0x04;
  private static final int GROUP = 0x08;
  private static final int MASK = 0x10;
  private static final int OTHER = 0x20;
  private static final int ALL = 7;

  /**
   * One line of a list.
   *
   * @param tag whom it is about
   * @param permissions rwx
   * @param id of the user or group, where the tag needs one
   */
  record Entry(int tag, int permissions, int id) {
    Entry with(int newPermissions) {
      return new Entry(tag, newPermissions & ALL, id);
    }
  }

  PosixAcl {
    entries = List.copyOf(entries);
  }

  /** Reads a list. */
  static PosixAcl decode(byte[] value) throws FsException {
    ByteBuffer in = ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN);
    if (value.length < Integer.BYTES
        || (value.length - Integer.BYTES) % ENTRY != 0
        || in.getInt() != VERSION) {
      throw wrong();
    }
    List<Entry> entries = new ArrayList<>();
    int seen = 0;
    while (in.hasRemaining()) {
      int tag = in.getShort();
      int permissions = in.getShort();
      boolean named = tag == USER || tag == GROUP;
      boolean known = named || tag == USER_OBJ || tag == GROUP_OBJ || tag == MASK || tag == OTHER;
      if (!known || (permissions & ~ALL) != 0 || (!named && (seen & tag) != 0)) {
        throw wrong();
      }
      seen |= tag;
      entries.add(new Entry(tag, permissions, in.getInt()));
    }
    int base = USER_OBJ | GROUP_OBJ | OTHER;
    boolean needsMask = (seen & (USER | GROUP)) != 0;
    if ((seen & base) != base || (needsMask && (seen & MASK) == 0)) {
      throw wrong();
    }
    return new PosixAcl(entries);
  }

  private static FsException wrong() {
    return FsException.of(Fault.INVALID_ARGUMENT, "not an access control list");
  }

  /** The list's bytes. */
  byte[] encode() {
    ByteBuffer out =
        ByteBuffer.allocate(Integer.BYTES + entries.size() * ENTRY).order(ByteOrder.LITTLE_ENDIAN);
    out.putInt(VERSION);
    for (Entry entry : entries) {
      out.putShort((short) entry.tag).putShort((short) entry.permissions).putInt(entry.id);
    }
    return out.array();
  }

  /** Whether the permission bits say as much. */
  boolean isMinimal() {
    return entries.stream()
        .allMatch(e -> e.tag == USER_OBJ || e.tag == GROUP_OBJ || e.tag == OTHER);
  }

  /**
   * The nine permission bits that go with the list; the group's are the mask where there is one.
   */
  int mode() {
    int mode = 0;
    for (Entry entry : entries) {
      int place = place(entry.tag);
      if (place >= 0) {
        mode |= entry.permissions << place;
      }
    }
    return mode;
  }

  /** Where in a mode an entry's bits belong; -1 for an entry that has no place there. */
  private int place(int tag) {
    boolean hasMask = entries.stream().anyMatch(entry -> entry.tag == MASK);
    return switch (tag) {
      case USER_OBJ -> 6;
      case GROUP_OBJ -> hasMask ? -1 : 3;
      case MASK -> 3;
      case OTHER -> 0;
      default -> -1;
    };
  }

  /** The list after chmod(2). */
  PosixAcl withMode(int mode) {
    return map(mode, false);
  }

  /**
   * The list of a node made with this mode in a directory of which this is the default list: nobody
   * gets more than the mode asks for.
   */
  PosixAcl restrictedTo(int mode) {
    return map(mode, true);
  }

  /** Gives each entry that has a place in the mode its bits there. */
  private PosixAcl map(int mode, boolean restrict) {
    List<Entry> result = new ArrayList<>();
    for (Entry entry : entries) {
      int place = place(entry.tag);
      int allowed = restrict ? entry.permissions : ALL;
      result.add(place < 0 ? entry : entry.with(mode >> place & allowed));
    }
    return new PosixAcl(result);
  }
}
