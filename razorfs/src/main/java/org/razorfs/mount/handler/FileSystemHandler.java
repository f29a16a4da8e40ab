package org.razorfs.mount.handler;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.layout.FileType;
import org.razorfs.volume.AttributeChange;
import org.razorfs.volume.Attributes;
import org.razorfs.volume.DirectoryVisitor;
import org.razorfs.volume.FallocateMode;
import org.razorfs.volume.Owner;
import org.razorfs.volume.RenameMode;
import org.razorfs.volume.StatFs;
import org.razorfs.volume.Volume;
import org.razorfs.volume.XattrMode;

/**
 * Answers the calls of a transport, one method for each kind of request that a FUSE kernel sends:
 * arguments to the volume's terms, the volume's answer back.
 *
 * <p>Methods throw what the volume throws; {@link Errno} turns it into a number. Names are bytes.
 * Permissions are the kernel's business ({@code default_permissions}). All methods may be called by
 * several threads at once.
 *
 * <p>References: {@link #lookup} and everything that returns a new node give the caller one
 * reference to its inode, given back with {@link #forget}; so an unlinked file lives on for as long
 * as the kernel knows it. A handle is a reference of its own.
 */
public final class FileSystemHandler {
  /** The inode of the root directory. */
  public static final long ROOT = Volume.ROOT;

  private static final int SETXATTR_CREATE = 1;
  private static final int SETXATTR_REPLACE = 2;
  private static final int RENAME_NOREPLACE = 1;
  private static final int RENAME_EXCHANGE = 2;
  private static final int RENAME_WHITEOUT = 4;
  private static final int FALLOC_KEEP_SIZE = 1;
  private static final int FALLOC_PUNCH_HOLE = 2;
  private static final int FALLOC_ZERO_RANGE = 16;
  private static final int SEEK_DATA = 3;
  private static final int SEEK_HOLE = 4;
  private static final int O_TRUNC = 01000;

  /** Cookies 1 and 2 belong to "." and ".."; the volume's follow. */
  private static final long DOTS = 2;

  private static final byte[] DOT = {'.'};
  private static final byte[] DOT_DOT = {'.', '.'};
  private static final int DIRECTORY_CODE = FileType.code(FileType.DIRECTORY);

  private final Volume volume;
  private final Presentation presentation;
  private final XattrNames xattrs;

  /**
   * @param presentation how owners and permissions are shown
   * @param acls whether the transport has the kernel enforce access control lists
   */
  public FileSystemHandler(Volume volume, Presentation presentation, boolean acls) {
    this.volume = volume;
    this.presentation = presentation;
    this.xattrs = new XattrNames(acls);
  }

  // Names.

  /** The node with that name and a reference to it, or null when there is none. */
  public Attributes lookup(long directory, byte[] name) throws IOException {
    while (true) {
      Attributes found = volume.lookup(directory, name);
      if (found == null) {
        return null;
      }
      try {
        volume.retain(found.inode());
        return presentation.of(found);
      } catch (FsException e) {
        if (e.fault() != Fault.STALE) {
          throw e;
        } // unlinked in between; look again
      }
    }
  }

  /** The node with that name without a reference, or null when there is none. */
  public Attributes find(long directory, byte[] name) throws IOException {
    Attributes found = volume.lookup(directory, name);
    return found == null ? null : presentation.of(found);
  }

  /** Gives back references to an inode. */
  public void forget(long inode, long references) throws IOException {
    volume.release(inode, references);
  }

  /** Takes one more reference to an inode; {@code STALE} when it has gone. */
  public void remember(long inode) throws IOException {
    volume.retain(inode);
  }

  /**
   * Makes a node that is no directory and no link.
   *
   * @param mode type and permissions, the umask applied already
   */
  public Attributes mknod(long directory, byte[] name, int mode, long rdev, Owner caller)
      throws IOException {
    return entered(volume.create(directory, name, mode, caller, rdev));
  }

  /** Makes a directory. */
  public Attributes mkdir(long directory, byte[] name, int mode, Owner caller) throws IOException {
    return entered(volume.mkdir(directory, name, mode, caller));
  }

  /** Makes a symbolic link. */
  public Attributes symlink(long directory, byte[] name, byte[] target, Owner caller)
      throws IOException {
    return entered(volume.symlink(directory, name, target, caller));
  }

  /** Gives an inode another name. */
  public Attributes link(long inode, long directory, byte[] name) throws IOException {
    return entered(volume.link(inode, directory, name));
  }

  /** Makes and opens a regular file that was not there. */
  public Created create(long directory, byte[] name, int mode, int openFlags, Owner caller)
      throws IOException {
    int type = FileType.REGULAR | (mode & 07777);
    Attributes made = entered(volume.create(directory, name, type, caller, 0));
    return new Created(made, open(made.inode(), openFlags & ~O_TRUNC));
  }

  /** Makes and opens a regular file without a name. */
  public Created tmpfile(long directory, int mode, int openFlags, Owner caller) throws IOException {
    int type = FileType.REGULAR | (mode & 07777);
    Attributes made = entered(volume.tmpfile(directory, type, caller));
    return new Created(made, open(made.inode(), openFlags & ~O_TRUNC));
  }

  /** Removes a name of what is no directory. */
  public void unlink(long directory, byte[] name) throws IOException {
    volume.unlink(directory, name);
  }

  /** Removes an empty directory. */
  public void rmdir(long directory, byte[] name) throws IOException {
    volume.rmdir(directory, name);
  }

  /**
   * Renames.
   *
   * @param flags of renameat2(2)
   */
  public void rename(
      long directory, byte[] name, long newDirectory, byte[] newName, int flags, Owner caller)
      throws IOException {
    RenameMode mode =
        switch (flags) {
          case 0 -> RenameMode.REPLACE;
          case RENAME_NOREPLACE -> RenameMode.NO_REPLACE;
          case RENAME_EXCHANGE -> RenameMode.EXCHANGE;
          case RENAME_WHITEOUT -> RenameMode.WHITEOUT;
          default -> throw FsException.of(Fault.INVALID_ARGUMENT, "rename flags " + flags);
        };
    volume.rename(directory, name, newDirectory, newName, mode, caller);
  }

  // Attributes.

  /** The attributes of an inode. */
  public Attributes getattr(long inode) throws IOException {
    return presentation.of(volume.attributes(inode));
  }

  /** Changes attributes, and returns all of them. */
  public Attributes setattr(long inode, AttributeChange change) throws IOException {
    return presentation.of(volume.change(inode, change));
  }

  /** Where a symbolic link leads. */
  public byte[] readlink(long inode) throws IOException {
    return volume.readlink(inode);
  }

  /** The volume's space. */
  public StatFs statfs() {
    return volume.statfs();
  }

  /** FS_IOC_GETFLAGS. */
  public int getFlags(long inode) throws IOException {
    return volume.attributes(inode).flags();
  }

  /** FS_IOC_SETFLAGS. */
  public void setFlags(long inode, int flags) throws IOException {
    volume.change(inode, new AttributeChange().flags(flags));
  }

  // Files.

  /**
   * Opens an inode.
   *
   * @param openFlags as open(2) takes them; the kernel has dealt with creation and exclusion
   * @return a handle, to be released
   */
  public long open(long inode, int openFlags) throws IOException {
    volume.retain(inode);
    if ((openFlags & O_TRUNC) != 0) {
      truncateOpened(inode);
    }
    return Handle.of(inode, openFlags);
  }

  private void truncateOpened(long inode) throws IOException {
    boolean done = false;
    try {
      volume.change(inode, new AttributeChange().size(0).mtimeNow());
      done = true;
    } finally {
      if (!done) {
        volume.release(inode, 1);
      }
    }
  }

  /**
   * Reads into what remains of the target.
   *
   * @return bytes read; less than asked for only at the end of the file
   */
  public int read(long handle, long offset, ByteBuffer target) throws IOException {
    return volume.read(Handle.inode(handle), offset, target);
  }

  /**
   * Writes all that remains of the source, durably when the file was opened so.
   *
   * @return bytes written
   */
  public int write(long handle, long offset, ByteBuffer source) throws IOException {
    int written = volume.write(Handle.inode(handle), offset, source);
    if (Handle.isSynchronous(handle)) {
      volume.fsync(Handle.inode(handle), Handle.isDataOnly(handle));
    }
    return written;
  }

  /** Makes a file durable. */
  public void fsync(long handle, boolean dataOnly) throws IOException {
    volume.fsync(Handle.inode(handle), dataOnly);
  }

  /** Closes a file or directory. */
  public void release(long handle) throws IOException {
    volume.release(Handle.inode(handle), 1);
  }

  /**
   * Allocates, punches or zeroes.
   *
   * @param mode of fallocate(2)
   */
  public void fallocate(long handle, int mode, long offset, long length) throws IOException {
    FallocateMode what =
        switch (mode) {
          case 0 -> FallocateMode.ALLOCATE;
          case FALLOC_KEEP_SIZE -> FallocateMode.KEEP_SIZE;
          case FALLOC_PUNCH_HOLE | FALLOC_KEEP_SIZE -> FallocateMode.PUNCH_HOLE;
          case FALLOC_ZERO_RANGE -> FallocateMode.ZERO_RANGE;
          case FALLOC_ZERO_RANGE | FALLOC_KEEP_SIZE -> FallocateMode.ZERO_RANGE_KEEP_SIZE;
          default -> throw FsException.of(Fault.NOT_SUPPORTED, "fallocate mode " + mode);
        };
    volume.fallocate(Handle.inode(handle), what, offset, length);
  }

  /**
   * Finds the next data or hole; the kernel does the other kinds of seeking itself.
   *
   * @param whence SEEK_DATA or SEEK_HOLE
   */
  public long lseek(long handle, long offset, int whence) throws IOException {
    return switch (whence) {
      case SEEK_DATA -> volume.seekData(Handle.inode(handle), offset);
      case SEEK_HOLE -> volume.seekHole(Handle.inode(handle), offset);
      default -> throw FsException.of(Fault.INVALID_ARGUMENT, "lseek whence " + whence);
    };
  }

  /**
   * Copies a range without the data passing the kernel.
   *
   * @return bytes copied
   */
  public long copyFileRange(
      long source, long sourceOffset, long target, long targetOffset, long length)
      throws IOException {
    long copied =
        volume.copyRange(
            Handle.inode(source), sourceOffset, Handle.inode(target), targetOffset, length);
    if (Handle.isSynchronous(target)) {
      volume.fsync(Handle.inode(target), Handle.isDataOnly(target));
    }
    return copied;
  }

  // Directories.

  /** Opens a directory. */
  public long opendir(long inode) throws IOException {
    volume.retain(inode);
    return Handle.of(inode, 0);
  }

  /**
   * Lists a directory, "." and ".." first.
   *
   * @param cookie 0 to start, else where to continue
   */
  public void readdir(long handle, long cookie, DirectoryVisitor visitor) throws IOException {
    long directory = Handle.inode(handle);
    if (cookie < 1 && !visitor.entry(DOT, directory, DIRECTORY_CODE, 1)) {
      return;
    }
    if (cookie < DOTS && !visitor.entry(DOT_DOT, volume.parent(directory), DIRECTORY_CODE, DOTS)) {
      return;
    }
    volume.readdir(
        directory,
        Math.max(0, cookie - DOTS),
        (name, inode, type, next) -> visitor.entry(name, inode, type, next + DOTS));
  }

  /**
   * Lists a directory with attributes, and with a reference for each entry that was taken but "."
   * and "..".
   *
   * @param most how many entries to fetch at most; there may be more
   */
  public void readdirPlus(long handle, long cookie, int most, EntryVisitor visitor)
      throws IOException {
    record Entry(byte[] name, long inode, long cookie) {}
    List<Entry> entries = new ArrayList<>();
    readdir(
        handle,
        cookie,
        (name, inode, type, next) ->
            entries.size() < most && entries.add(new Entry(name, inode, next)));
    // Attributes are fetched outside the listing, which may hold the directory.
    for (Entry entry : entries) {
      boolean dots = entry.cookie <= DOTS;
      Attributes attributes =
          dots ? getattr(entry.inode) : lookup(Handle.inode(handle), entry.name);
      if (attributes == null) {
        continue; // removed meanwhile
      }
      if (!visitor.entry(entry.name, attributes, entry.cookie)) {
        if (!dots) {
          forget(attributes.inode(), 1);
        }
        return;
      }
    }
  }

  // Extended attributes.

  /** The value; {@code NO_ATTRIBUTE} when there is none. */
  public byte[] getxattr(long inode, byte[] name) throws IOException {
    xattrs.check(name);
    byte[] value = volume.getXattr(inode, name);
    if (value == null) {
      throw FsException.of(Fault.NO_ATTRIBUTE, Fault.NO_ATTRIBUTE.meaning());
    }
    return value;
  }

  /**
   * Sets a value.
   *
   * @param flags of setxattr(2)
   */
  public void setxattr(long inode, byte[] name, byte[] value, int flags) throws IOException {
    xattrs.check(name);
    XattrMode mode =
        switch (flags) {
          case 0 -> XattrMode.SET;
          case SETXATTR_CREATE -> XattrMode.CREATE;
          case SETXATTR_REPLACE -> XattrMode.REPLACE;
          default -> throw FsException.of(Fault.INVALID_ARGUMENT, "setxattr flags " + flags);
        };
    volume.setXattr(inode, name, value, mode);
  }

  /** Removes a value. */
  public void removexattr(long inode, byte[] name) throws IOException {
    xattrs.check(name);
    volume.removeXattr(inode, name);
  }

  /** All names, each ended by a zero byte. */
  public byte[] listxattr(long inode) throws IOException {
    ByteArrayOutputStream list = new ByteArrayOutputStream();
    for (byte[] name : volume.listXattr(inode)) {
      if (xattrs.isCarried(name)) {
        list.writeBytes(name);
        list.write(0);
      }
    }
    return list.toByteArray();
  }

  // The whole.

  /** Makes everything durable. */
  public void sync() throws IOException {
    volume.sync();
  }

  private Attributes entered(Attributes made) throws IOException {
    volume.retain(made.inode());
    return presentation.of(made);
  }
}
