package org.razorfs.layout;

import org.razorfs.fault.CorruptImageException;
import org.razorfs.wire.ByteSink;
import org.razorfs.wire.ByteSource;

/**
 * Inode record, spec §5.3.
 *
 * @param mode file type and permission bits
 * @param uid the owner
 * @param gid the group
 * @param nlink names that refer to it; a directory counts 2 and one for each subdirectory
 * @param size bytes of a file or symbolic link; entries of a directory
 * @param link a directory's parent, a device's number, else 0
 * @param units allocation units attributed to it
 * @param generation never the same for two inodes of one volume
 * @param flags {@link #IMMUTABLE} and its like
 * @param atime last access
 * @param mtime last change of content
 * @param ctime last change of anything
 * @param btime creation
 * @param project the project id for quotas, 0 for none
 */
public record InodeRecord(
    int mode,
    int uid,
    int gid,
    int nlink,
    long size,
    long link,
    long units,
    long generation,
    int flags,
    Timestamp atime,
    Timestamp mtime,
    Timestamp ctime,
    Timestamp btime,
    int project) {

  /** The bytes of an encoded inode. */
  public static final int SIZE = 104;

  /** Flag bits with the values of FS_IOC_GETFLAGS. */
  public static final int SYNC = 0x8;

  public static final int IMMUTABLE = 0x10;
  public static final int APPEND = 0x20;
  public static final int NODUMP = 0x40;
  public static final int NOATIME = 0x80;

  /** Has extended attributes; not an FS_IOC flag, bit 30. */
  public static final int HAS_XATTRS = 0x4000_0000;

  /** All flags that are defined. */
  public static final int FLAGS = SYNC | IMMUTABLE | APPEND | NODUMP | NOATIME | HAS_XATTRS;

  /** The file type bits of the mode. */
  public int type() {
    return mode & FileType.MASK;
  }

  public boolean isDirectory() {
    return type() == FileType.DIRECTORY;
  }

  public boolean isRegular() {
    return type() == FileType.REGULAR;
  }

  public boolean isSymlink() {
    return type() == FileType.SYMLINK;
  }

  public boolean has(int flag) {
    return (flags & flag) != 0;
  }

  /** Whether the mode has a known type and no unknown bits (INV-INO-2). */
  boolean hasLegalMode() {
    return FileType.isKnown(mode) && mode >>> 16 == 0;
  }

  /** Whether all nanoseconds are in range (INV-INO-3). */
  boolean hasLegalTimes() {
    return atime.isNormal() && mtime.isNormal() && ctime.isNormal() && btime.isNormal();
  }

  /** Whether size and link count are what the type may have (INV-INO-4). */
  boolean hasLegalCounts() {
    return size >= 0
        && nlink >= 0
        && switch (type()) {
          case FileType.REGULAR, FileType.DIRECTORY -> true;
          case FileType.SYMLINK -> size > 0 && size <= Geometry.MAX_SYMLINK;
          default -> size == 0;
        };
  }

  /** Whether a reader can take this for an inode, whatever the volume's bounds are. */
  public boolean isLegal() {
    return hasLegalMode() && hasLegalTimes() && hasLegalCounts() && generation > 0;
  }

  /** A mutable copy to change some fields of. */
  public Editor edit() {
    return new Editor(this);
  }

  public void encode(ByteSink sink) {
    sink.u32(mode).u32(uid).u32(gid).u32(nlink);
    sink.u64(size).u64(link).u64(units).u64(generation).u32(flags);
    atime.encode(sink);
    mtime.encode(sink);
    ctime.encode(sink);
    btime.encode(sink);
    sink.u32(project);
  }

  public byte[] toBytes() {
    ByteSink sink = new ByteSink(SIZE);
    encode(sink);
    return sink.toBytes();
  }

  public static InodeRecord decode(ByteSource source) throws CorruptImageException {
    return new InodeRecord(
        source.i32(),
        source.i32(),
        source.i32(),
        source.i32(),
        source.i64(),
        source.i64(),
        source.i64(),
        source.i64(),
        source.i32(),
        Timestamp.decode(source),
        Timestamp.decode(source),
        Timestamp.decode(source),
        Timestamp.decode(source),
        source.i32());
  }

  /** Collects changes to an inode record; not thread-safe. */
  public static final class Editor {
    private int mode;
    private int uid;
    private int gid;
    private int nlink;
    private long size;
    private long link;
    private long units;
    private final long generation;
    private int flags;
    private Timestamp atime;
    private Timestamp mtime;
    private Timestamp ctime;
    private Timestamp btime;
    private int project;

    private Editor(InodeRecord from) {
      mode = from.mode;
      uid = from.uid;
      gid = from.gid;
      nlink = from.nlink;
      size = from.size;
      link = from.link;
      units = from.units;
      generation = from.generation;
      flags = from.flags;
      atime = from.atime;
      mtime = from.mtime;
      ctime = from.ctime;
      btime = from.btime;
      project = from.project;
    }

    public Editor mode(int value) {
      mode = value;
      return this;
    }

    public Editor uid(int value) {
      uid = value;
      return this;
    }

    public Editor gid(int value) {
      gid = value;
      return this;
    }

    public Editor nlink(int value) {
      nlink = value;
      return this;
    }

    public Editor size(long value) {
      size = value;
      return this;
    }

    public Editor link(long value) {
      link = value;
      return this;
    }

    public Editor units(long value) {
      units = Math.max(0, value); // A count that was too low must not become a huge one.
      return this;
    }

    public Editor flags(int value) {
      flags = value;
      return this;
    }

    public Editor atime(Timestamp value) {
      atime = value;
      return this;
    }

    public Editor mtime(Timestamp value) {
      mtime = value;
      return this;
    }

    public Editor ctime(Timestamp value) {
      ctime = value;
      return this;
    }

    public Editor btime(Timestamp value) {
      btime = value;
      return this;
    }

    public Editor project(int value) {
      project = value;
      return this;
    }

    public InodeRecord done() {
      return new InodeRecord(
          mode,
          uid,
          gid,
          nlink,
          size,
          link,
          units,
          generation,
          flags,
          atime,
          mtime,
          ctime,
          btime,
          project);
    }
  }
}
