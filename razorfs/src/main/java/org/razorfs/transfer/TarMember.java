package org.razorfs.transfer;

import java.util.List;
import org.razorfs.layout.Timestamp;
import org.razorfs.volume.Xattr;

/**
 * What an archive says of one file, but for its data.
 *
 * @param path bytes as in the archive
 * @param kind what it is
 * @param mode permission bits, 07777
 * @param atime when it was last read, or null where the archive does not say
 * @param size bytes of a regular file, holes included
 * @param rdev a device's number, as the kernel packs it into 32 bits, or {@link #NO_DEVICE}
 * @param link a symbolic link's target, or the path of an earlier member that is the same file
 * @param listAsText whether there is an access control list, as text, which has names of users
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record TarMember(
    byte[] path,
    Kind kind,
    int mode,
    int uid,
    int gid,
    Timestamp mtime,
    Timestamp atime,
    long size,
    long rdev,
    byte[] link,
    List<Xattr> xattrs,
    boolean listAsText) {

  /** A device's number that Linux does not have. */
  static final long NO_DEVICE = -1;

  /** The same with other attributes. */
  TarMember with(List<Xattr> others) {
    return new TarMember(
        path, kind, mode, uid, gid, mtime, atime, size, rdev, link, others, listAsText);
  }

  /** What a member can be. */
  enum Kind {
    FILE,
    DIRECTORY,
    SYMLINK,
    HARD_LINK,
    CHARACTER_DEVICE,
    BLOCK_DEVICE,
    FIFO,
    /** Something that has no place in a file system, or that nobody knows. */
    OTHER
  }
}
