package org.razorfs.mount.handler;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.layout.FileType;
import org.razorfs.layout.InodeRecord;
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
 * <p>References: {@link #lookup}, {@link #listed} and everything that returns a new node give the
 * caller one reference to its inode, given back with {@link #forget}; so an unlinked file lives on
 * for as long as the kernel knows it. A handle is a reference of its own.
 *
 * <p>Between a look-up and its count an inode could be unlinked and be gone. No kernel does that:
 * it holds the directory for the one as for the other.
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

  private static final int SET_ID = 06000;
  private static final byte[] CAPABILITY =
      "security.capability".getBytes(java.nio.charset.StandardCharsets.US_ASCII);

  /** Cookies 1 and 2 belong to "." and ".."; the volume's follow. */
  public static final long DOTS = 2;

  private static final byte[] DOT = {'.'};
  private static final byte[] DOT_DOT = {'.', '.'};
  private static final int DIRECTORY_CODE = FileType.code(FileType.DIRECTORY);

  private final Volume volume;
  private final Presentation presentation;
  private final KernelChecks kernel;
  private final XattrNames xattrs;
  private final AccessLists accessLists;
  private final LookupCounts lookups = new LookupCounts();

  /**
   * Inodes of which the kernel believes data to be here that was refused, until they are emptied or
   * it forgets them.
   */
  private final Set<Long> refused = ConcurrentHashMap.newKeySet();

  private volatile boolean closed;
  private IOException closing;

  /**
   * @param presentation how owners and permissions are shown
   * @param kernel what need not be checked here
   */
  public FileSystemHandler(Volume volume, Presentation presentation, KernelChecks kernel) {
    this.volume = volume;
    this.presentation = presentation;
    this.kernel = kernel;
    this.xattrs = new XattrNames(kernel.acls());
    this.accessLists = new AccessLists(volume, kernel.acls());
    volume.users(lookups::contains);
  }

  // Names.

  /** The node with that name and a reference to it, or null when there is none. */
  public Attributes lookup(long directory, byte[] name) throws IOException {
    Attributes found = volume.lookup(directory, name);
    return found == null ? null : entered(found);
  }

  /** The node of that inode and a reference to it. */
  public Attributes node(long inode) throws IOException {
    return entered(volume.attributes(inode));
  }

  /**
   * The node that a file handle tells and a reference to it; {@code STALE} when it has no name left
   * and so lives only until what the kernel has dropped is forgotten here as well.
   */
  public Attributes handled(long inode) throws IOException {
    if (volume.attributes(inode).nlink() == 0) {
      throw FsException.of(Fault.STALE, "inode " + inode + " has no name");
    }
    return node(inode);
  }

  /** The directory in which a directory lies and a reference to it. */
  public Attributes parent(long directory) throws IOException {
    return node(volume.parent(directory));
  }

  /** The node with that name without a reference, or null when there is none. */
  public Attributes find(long directory, byte[] name) throws IOException {
    Attributes found = volume.lookup(directory, name);
    return found == null ? null : presentation.of(found);
  }

  /** Gives back references to an inode. */
  public void forget(long inode, long references) throws IOException {
    if (lookups.subtract(inode, references)) {
      refused.remove(inode);
      volume.unused(inode);
    }
  }

  /** Takes one more reference to an inode; {@code STALE} when it has gone. */
  public void remember(long inode) throws IOException {
    entered(volume.attributes(inode));
  }

  /** How often the kernel has looked up what. */
  public LookupCounts lookups() {
    return lookups;
  }

  /**
   * Makes a node that is no directory and no link.
   *
   * @param mode type and permissions
   * @param umask what the caller wants nobody to have; it does not count where the directory has a
   *     default access control list. 0 where it has been applied already
   */
  public Attributes mknod(long directory, byte[] name, int mode, int umask, long rdev, Owner caller)
      throws IOException {
    AccessLists.NewNode node = accessLists.inherit(directory, mode, umask);
    return entered(volume.create(directory, name, node.mode(), caller, rdev, node.xattrs()));
  }

  /** Makes a directory; the umask as for {@link #mknod}. */
  public Attributes mkdir(long directory, byte[] name, int mode, int umask, Owner caller)
      throws IOException {
    AccessLists.NewNode node =
        accessLists.inherit(directory, FileType.DIRECTORY | (mode & 07777), umask);
    return entered(volume.mkdir(directory, name, node.mode(), caller, node.xattrs()));
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

  /** Makes and opens a regular file that was not there; the umask as for {@link #mknod}. */
  public Created create(
      long directory, byte[] name, int mode, int umask, int openFlags, Owner caller)
      throws IOException {
    int type = FileType.REGULAR | (mode & 07777);
    Attributes made = mknod(directory, name, type, umask, 0, caller);
    return opened(made, openFlags);
  }

  /** Makes and opens a regular file without a name; the umask as for {@link #mknod}. */
  public Created tmpfile(long directory, int mode, int umask, int openFlags, Owner caller)
      throws IOException {
    AccessLists.NewNode node =
        accessLists.inherit(directory, FileType.REGULAR | (mode & 07777), umask);
    Attributes made = entered(volume.tmpfile(directory, node.mode(), caller, node.xattrs()));
    return opened(made, openFlags);
  }

  /** Opens what was made; who gets no answer gets no reference either. */
  private Created opened(Attributes made, int openFlags) throws IOException {
    boolean done = false;
    try {
      Created created = new Created(made, open(made.inode(), openFlags & ~O_TRUNC));
      done = true;
      return created;
    } finally {
      if (!done) {
        forget(made.inode(), 1);
      }
    }
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
    accessLists.follow(inode, change);
    Attributes changed = volume.change(inode, change);
    if (changed.size() == 0) {
      refused.remove(inode);
    }
    return presentation.of(changed);
  }

  /**
   * Takes away what gives who runs the file another's rights, because it is about to change:
   * capabilities always, the set-user-id and set-group-id bits if asked for.
   */
  public void dropPrivileges(long inode, boolean bits) throws IOException {
    if (volume.getXattr(inode, CAPABILITY) != null) {
      volume.change(inode, new AttributeChange().xattr(CAPABILITY, null));
    }
    if (bits && (volume.attributes(inode).mode() & SET_ID) != 0) {
      volume.change(inode, new AttributeChange().dropPrivileges());
    }
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

  /**
   * FS_IOC_SETFLAGS.
   *
   * @param user who asks
   */
  public void setFlags(long inode, int flags, int user) throws IOException {
    if (!kernel.flags()) {
      requireMaySetFlags(inode, flags, user);
    }
    volume.change(inode, new AttributeChange().flags(flags));
  }

  /**
   * Passes when a user may set these flags, by the rules of ioctl_iflags(2). Capabilities are not
   * known here, so the superuser is user 0.
   */
  private void requireMaySetFlags(long inode, int flags, int user) throws IOException {
    Attributes attributes = getattr(inode);
    int fixed = InodeRecord.IMMUTABLE | InodeRecord.APPEND;
    if (user != 0 && (user != attributes.uid() || ((attributes.flags() ^ flags) & fixed) != 0)) {
      throw FsException.of(Fault.NOT_PERMITTED, Fault.NOT_PERMITTED.meaning());
    }
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
      refused.remove(inode);
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
    return volume.read(Handle.inode(handle), offset, target, !Handle.isWithoutAtime(handle));
  }

  /**
   * Writes what remains of the source, durably when the file was opened so.
   *
   * @return bytes written; less than all where a fault, such as a full volume, came in between
   */
  public int write(long handle, long offset, ByteBuffer source) throws IOException {
    long inode = Handle.inode(handle);
    return Handle.isSynchronous(handle)
        ? volume.writeDurably(inode, offset, source)
        : volume.write(inode, offset, source);
  }

  /**
   * Writes what the kernel has gathered in its pages. It takes them for written whatever the answer
   * is, and tells a failure to the first fsync only; where something is refused all later ones fail
   * as well.
   */
  public int writeGathered(long handle, long offset, ByteBuffer source) throws IOException {
    long inode = Handle.inode(handle);
    boolean done = false;
    try {
      int written = 0;
      while (source.hasRemaining()) { // The kernel would take less than all for all.
        written += write(handle, offset + written, source);
      }
      done = true;
      return written;
    } finally {
      if (!done) {
        refused.add(inode);
      }
    }
  }

  /** Makes a file durable; fails when data has been refused that whoever wrote it believes here. */
  public void fsync(long handle, boolean dataOnly) throws IOException {
    volume.fsync(Handle.inode(handle), dataOnly);
    if (refused.contains(Handle.inode(handle))) {
      throw FsException.of(Fault.IO_ERROR, "written pages of the file were refused, and are lost");
    }
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
   * The attributes of an entry that was listed and a reference to it, or null when it has gone.
   *
   * <p>To be called after the listing, which may hold the directory.
   */
  public Attributes listed(long inode) throws IOException {
    try {
      return node(inode);
    } catch (FsException e) {
      if (e.fault() == Fault.STALE) {
        return null;
      }
      throw e;
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
   * @param clearsSetGroupId whether an access control list takes the set-group-id bit away
   * @return whether the permissions may have changed with it, as they do with an access list
   */
  public boolean setxattr(
      long inode, byte[] name, byte[] value, int flags, boolean clearsSetGroupId)
      throws IOException {
    xattrs.check(name);
    XattrMode mode =
        switch (flags) {
          case 0 -> XattrMode.SET;
          case SETXATTR_CREATE -> XattrMode.CREATE;
          case SETXATTR_REPLACE -> XattrMode.REPLACE;
          default -> throw FsException.of(Fault.INVALID_ARGUMENT, "setxattr flags " + flags);
        };
    boolean permissions = accessLists.set(inode, name, value, clearsSetGroupId);
    if (!permissions) {
      volume.setXattr(inode, name, value, mode);
    }
    return permissions;
  }

  /** Removes a value. */
  public void removexattr(long inode, byte[] name) throws IOException {
    xattrs.check(name);
    volume.removeXattr(inode, name);
  }

  /**
   * All names that a user may know of, each ended by a zero byte. The kernel keeps others from
   * reading the values of {@code trusted.}, but not from being shown the names.
   */
  public byte[] listxattr(long inode, int user) throws IOException {
    ByteArrayOutputStream list = new ByteArrayOutputStream();
    for (byte[] name : volume.listXattr(inode)) {
      if (xattrs.isCarried(name) && (user == 0 || !XattrNames.isTrusted(name))) {
        list.writeBytes(name);
        list.write(0);
      }
    }
    return list.toByteArray();
  }

  // The whole.

  /** The volume's label. */
  public String label() {
    return volume.info().label();
  }

  /** Gives the volume another label. */
  public void relabel(String label) throws IOException {
    volume.relabel(label);
  }

  /** Gives free space back to the host, and returns how many bytes; the arguments are bytes. */
  public long trim(long from, long length, long minimum) throws IOException {
    return volume.trim(from, length, minimum);
  }

  /** Stops the volume as a power cut would. */
  public void shutDown() {
    volume.shutDown();
  }

  /** Makes everything durable. */
  public void sync() throws IOException {
    volume.sync();
  }

  /**
   * Closes the volume; when it is closed already, tells again how that went. A kernel that waits
   * for the end of a mount asks for it, and else whoever has opened the volume does.
   */
  public synchronized void close() throws IOException {
    if (!closed) {
      closed = true;
      try {
        volume.close();
      } catch (IOException | RuntimeException e) {
        closing = e instanceof IOException known ? known : new IOException(e);
      }
    }
    if (closing != null) {
      throw closing;
    }
  }

  /** Whether requests that change something have to wait now. */
  public boolean delaysChanges() {
    return volume.delaysChanges();
  }

  /** Whether changes of an inode wait for the disk, whoever makes them, as far as is known. */
  public boolean isSynchronous(long inode) {
    return volume.isSynchronous(inode);
  }

  /** Whether copying so many bytes of a file takes no longer than other changes do. */
  public boolean isQuickToCopy(long inode, long length) throws IOException {
    return volume.isQuickToCopy(inode, length);
  }

  /** Whether the volume is closed, or is being closed. */
  public boolean isClosed() {
    return closed;
  }

  private Attributes entered(Attributes node) {
    lookups.add(node.inode());
    return presentation.of(node);
  }
}
