package org.razorfs.volume;

import org.razorfs.layout.FileType;
import org.razorfs.layout.InodeRecord;
import org.razorfs.layout.Timestamp;

/**
 * One node of the namespace as callers see it.
 *
 * @param inode its number
 * @param generation tells apart inodes that ever had the same number
 * @param mode file type and permission bits
 * @param nlink names that refer to it
 * @param uid the owner
 * @param gid the group
 * @param rdev the number of a device, else 0
 * @param size bytes of a file or symbolic link, entries of a directory
 * @param blocks space that its data would take uncompressed, in units of 512 bytes; less than the
 *     size only where there are holes
 * @param flags with the values of FS_IOC_GETFLAGS
 * @param atime last access
 * @param mtime last change of content
 * @param ctime last change of anything
 * @param btime creation
 * @param pending whether the blocks will change without another call, as written data waits to be
 *     stored
 */
public record Attributes(
    long inode,
    long generation,
    int mode,
    int nlink,
    int uid,
    int gid,
    long rdev,
    long size,
    long blocks,
    int flags,
    Timestamp atime,
    Timestamp mtime,
    Timestamp ctime,
    Timestamp btime,
    boolean pending) {

  /** The attributes in a record, with the size and time of data that is not stored yet. */
  static Attributes of(long inode, InodeRecord record, FileData data) {
    boolean pending = data != null && data.isPending();
    int type = record.type();
    boolean device = type == FileType.BLOCK || type == FileType.CHARACTER;
    long size = pending ? data.size() : record.size();
    return new Attributes(
        inode,
        record.generation(),
        record.mode(),
        record.nlink(),
        record.uid(),
        record.gid(),
        device ? record.link() : 0,
        size,
        pending ? data.blocks(record.units()) : record.units(),
        record.flags() & ~InodeRecord.HAS_XATTRS,
        record.atime(),
        pending ? data.mtime() : record.mtime(),
        pending ? data.ctime() : record.ctime(),
        record.btime(),
        pending && record.units() > 0); // What waits may replace what is stored.
  }

  /** The file type bits of the mode, as in {@link FileType}. */
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
}
