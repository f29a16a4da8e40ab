package org.razorfs.mount.devfuse.wire;

import java.io.IOException;
import org.razorfs.volume.Attributes;

/**
 * The entries of a directory in the reply to READDIR or READDIRPLUS: structs fuse_dirent or
 * fuse_direntplus, each padded to 8 bytes.
 */
public final class Listing {
  /** Bytes of struct fuse_dirent before the name. */
  static final int DIRENT = 24;

  /** Gets the attributes of entries; null for one that has gone. */
  @FunctionalInterface
  public interface Source {
    /** The attributes of an entry of the listing, with what the kernel's reference to it needs. */
    Attributes attributes(long inode) throws IOException;
  }

  /** Tells for how long attributes are valid. */
  @FunctionalInterface
  public interface Lifetime {
    /** The time for these. */
    Validity of(Attributes attributes);
  }

  private final Reply reply;
  private final int most;
  private final boolean plus;

  /**
   * @param most bytes that the kernel takes
   * @param plus whether room is left before each entry for its attributes
   */
  public Listing(Reply reply, int most, boolean plus) {
    this.reply = reply;
    this.most = most;
    this.plus = plus;
  }

  /**
   * Adds an entry.
   *
   * @param type as in struct dirent
   * @return false when there was no room left
   */
  public boolean add(byte[] name, long inode, int type, long cookie) {
    int length = (plus ? Structs.ENTRY : 0) + DIRENT + name.length;
    int padded = (length + 7) & ~7;
    if (reply.size() + padded > most || padded > reply.room()) {
      return false;
    }
    if (plus) {
      reply.zeros(Structs.ENTRY);
    }
    reply.u64(inode).u64(cookie).u32(name.length).u32(type).bytes(name).align();
    return true;
  }

  /**
   * Fills in the attributes of all entries but "." and "..", of which the kernel takes none. An
   * entry that has gone meanwhile, or whose attributes cannot be read, stays as a name: the kernel
   * looks it up by itself and is told then, while the others have given it references already.
   *
   * @param dots entries at the start that are "." and ".."
   */
  public void complete(int dots, Source source, Lifetime lifetime) {
    int end = reply.size();
    int at = 0;
    for (int entry = 0; at < end; entry++) {
      int dirent = at + Structs.ENTRY;
      int length = Structs.ENTRY + DIRENT + reply.getInt(dirent + 16);
      if (entry >= dots) {
        Attributes attributes = attributes(source, reply.getLong(dirent));
        if (attributes != null) {
          reply.rewrite(at);
          Structs.entry(reply, attributes, lifetime.of(attributes));
        }
      }
      at += (length + 7) & ~7;
    }
    reply.cut(end);
  }

  private static Attributes attributes(Source source, long inode) {
    try {
      return source.attributes(inode);
    } catch (IOException e) {
      return null;
    }
  }
}
