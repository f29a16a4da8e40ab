package org.razorfs.transfer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.layout.FileType;
import org.razorfs.layout.Timestamp;
import org.razorfs.volume.AttributeChange;
import org.razorfs.volume.Attributes;
import org.razorfs.volume.FirstXattrs;
import org.razorfs.volume.Owner;
import org.razorfs.volume.Volume;
import org.razorfs.volume.Xattr;
import org.razorfs.volume.XattrMode;

/**
 * Puts what a tar archive holds into a directory of a volume: all attributes, extended ones
 * included, whoever runs it. What is there already under the same name is replaced, but for
 * directories, which are merged.
 *
 * <p>Nothing gets out of that directory: no path leads upwards, and none through a symbolic link.
 * Memory does not grow with the archive; only the directories on the way to the present member are
 * remembered.
 */
public final class Importer {
  private static final int DEFAULT_DIRECTORY_MODE = 0755;

  private final Volume volume;
  private final TransferListener listener;
  private final Tally tally = new Tally();
  private final Timestamp begun;

  /** The directories on the way to the present member, the target first. */
  private final List<Level> way = new ArrayList<>();

  /** A directory, with the times that it gets when it is left; null where they are as they are. */
  private record Level(byte[] name, long inode, Timestamp atime, Timestamp mtime) {
    boolean is(byte[] other) {
      return Arrays.equals(name, other);
    }
  }

  /**
   * @param target path of the directory, which is made where it does not exist
   * @param clock by which the volume tells the time
   */
  public Importer(Volume volume, String target, Clock clock, TransferListener listener)
      throws IOException {
    this.volume = volume;
    this.listener = listener;
    List<byte[]> names = VolumePaths.split(target.getBytes(StandardCharsets.UTF_8));
    this.begun = Timestamp.of(clock.instant());
    long inode = Volume.ROOT;
    for (byte[] name : names) {
      inode = directory(inode, name).inode();
    }
    way.add(new Level(new byte[0], inode, null, null));
  }

  /**
   * Imports an archive.
   *
   * @param archive not compressed
   * @throws IOException when it is damaged, or the volume is full or fails; what came before is
   *     there then
   */
  public Tally run(InputStream archive) throws IOException {
    TarReader reader = new TarReader(archive);
    try {
      for (TarMember member = reader.next(); member != null; member = reader.next()) {
        add(member, reader);
      }
    } catch (IOException e) {
      alsoTry(this::leaveAll, e);
      throw e;
    }
    leaveAll();
    return tally;
  }

  private interface Attempt {
    void run() throws IOException;
  }

  private static void alsoTry(Attempt attempt, IOException problem) {
    try {
      attempt.run();
    } catch (IOException e) {
      problem.addSuppressed(e);
    }
  }

  private void add(TarMember member, TarReader reader) throws IOException {
    try {
      put(member.with(possibleXattrs(member)), reader);
      tally.count(member.kind());
      listener.advanced(tally);
    } catch (FsException e) {
      switch (e.fault()) {
        case NO_SPACE, READ_ONLY, IO_ERROR, CORRUPT, SHUT_DOWN, QUOTA_EXCEEDED -> throw e;
        default -> leave(member, e.getMessage());
      }
    }
  }

  private void leave(TarMember member, String why) {
    tally.countLeft();
    listener.left(new String(member.path(), StandardCharsets.UTF_8), why);
  }

  /** Those attributes that an inode can have; a file is worth having without the others. */
  private List<Xattr> possibleXattrs(TarMember member) {
    FirstXattrs possible = new FirstXattrs();
    for (Xattr xattr : member.xattrs()) {
      try {
        possible.add(xattr);
      } catch (FsException e) {
        String name = new String(xattr.name(), StandardCharsets.UTF_8);
        leave(member, "comes without its attribute " + name + ": " + e.getMessage());
      }
    }
    if (member.listAsText()) {
      leave(
          member,
          "comes without its access control list, which is text; GNU tar keeps it with --xattrs");
    }
    return possible.all();
  }

  private void put(TarMember member, TarReader reader) throws IOException {
    List<byte[]> names = VolumePaths.split(member.path());
    if (names.isEmpty()) {
      if (member.kind() != TarMember.Kind.DIRECTORY) {
        throw FsException.of(Fault.INVALID_ARGUMENT, "has no name");
      }
      leave(0);
      long target = way.get(0).inode();
      describe(target, member);
      way.set(0, new Level(new byte[0], target, member.atime(), member.mtime()));
      return;
    }
    byte[] name = names.get(names.size() - 1);
    long parent = enter(names.subList(0, names.size() - 1));
    switch (member.kind()) {
      case DIRECTORY -> putDirectory(parent, name, member);
      case HARD_LINK -> putLink(parent, name, member);
      case FILE -> putFile(parent, name, member, reader);
      case SYMLINK -> {
        clear(parent, name);
        Owner owner = new Owner(member.uid(), member.gid());
        Attributes made = volume.symlink(parent, name, member.link(), owner);
        for (Xattr xattr : member.xattrs()) {
          volume.setXattr(made.inode(), xattr.name(), xattr.value(), XattrMode.SET);
        }
        finish(made, member);
      }
      case CHARACTER_DEVICE -> putSpecial(parent, name, member, FileType.CHARACTER);
      case BLOCK_DEVICE -> putSpecial(parent, name, member, FileType.BLOCK);
      case FIFO -> putSpecial(parent, name, member, FileType.FIFO);
      case OTHER -> throw FsException.of(Fault.NOT_SUPPORTED, "is of an unknown kind");
    }
  }

  /** Goes to a directory, from where the last member was. */
  private long enter(List<byte[]> names) throws IOException {
    int same = 0;
    while (same < names.size() && same + 1 < way.size() && way.get(same + 1).is(names.get(same))) {
      same++;
    }
    leave(same);
    for (byte[] name : names.subList(same, names.size())) {
      long parent = way.get(way.size() - 1).inode();
      Attributes found = directory(parent, name);
      // One that came with the archive is as old as it says, also when more is put into it later.
      boolean ours = !found.btime().isBefore(begun);
      way.add(
          new Level(name, found.inode(), ours ? found.atime() : null, ours ? found.mtime() : null));
    }
    return way.get(way.size() - 1).inode();
  }

  /** Leaves directories until so many levels below the target are left. */
  private void leave(int depth) throws IOException {
    while (way.size() > depth + 1) {
      Level level = way.remove(way.size() - 1);
      setTimes(level.inode(), level.atime(), level.mtime());
    }
  }

  private void leaveAll() throws IOException {
    leave(0);
    Level target = way.get(0);
    setTimes(target.inode(), target.atime(), target.mtime());
  }

  private void setTimes(long inode, Timestamp atime, Timestamp mtime) throws IOException {
    if (mtime != null) {
      AttributeChange change = new AttributeChange().mtime(mtime);
      volume.change(inode, atime == null ? change : change.atime(atime));
    }
  }

  /** Finds or makes a directory. */
  private Attributes directory(long parent, byte[] name) throws IOException {
    Attributes found = volume.lookup(parent, name);
    if (found == null) {
      return volume.mkdir(parent, name, DEFAULT_DIRECTORY_MODE, Owner.ROOT);
    }
    if (!found.isDirectory()) {
      throw FsException.of(
          Fault.NOT_DIRECTORY,
          "leads through "
              + new String(name, StandardCharsets.UTF_8)
              + (found.isSymlink() ? ", a symbolic link" : ", which is no folder"));
    }
    return found;
  }

  private void putDirectory(long parent, byte[] name, TarMember member) throws IOException {
    Attributes found = volume.lookup(parent, name);
    if (found != null && !found.isDirectory()) {
      clear(parent, name);
      found = null;
    }
    long inode;
    if (found == null) {
      Owner owner = new Owner(member.uid(), member.gid());
      Attributes made = volume.mkdir(parent, name, member.mode(), owner, member.xattrs());
      inode = made.inode();
      if (!isAs(made, member)) {
        volume.change(inode, asIn(member));
      }
    } else {
      inode = found.inode();
      describe(inode, member);
    }
    // What it holds usually comes next, and would change its times.
    way.add(new Level(name, inode, member.atime(), member.mtime()));
  }

  /** False where something was inherited from a directory with the set-group-id bit. */
  private static boolean isAs(Attributes made, TarMember member) {
    return made.uid() == member.uid()
        && made.gid() == member.gid()
        && (made.isSymlink() || (made.mode() & 07777) == member.mode());
  }

  private static AttributeChange asIn(TarMember member) {
    return new AttributeChange().uid(member.uid()).gid(member.gid()).mode(member.mode());
  }

  /** Gives what was made the rest of its attributes, when nothing changes it any more. */
  private void finish(Attributes made, TarMember member) throws IOException {
    AttributeChange change = isAs(made, member) ? new AttributeChange() : asIn(member);
    change.mtime(member.mtime());
    volume.change(made.inode(), member.atime() == null ? change : change.atime(member.atime()));
  }

  /** Gives a directory that was there the attributes of a member. */
  private void describe(long inode, TarMember member) throws IOException {
    volume.change(inode, asIn(member));
    for (Xattr xattr : member.xattrs()) {
      volume.setXattr(inode, xattr.name(), xattr.value(), XattrMode.SET);
    }
  }

  private void putLink(long parent, byte[] name, TarMember member) throws IOException {
    Attributes target;
    try {
      target = VolumePaths.find(volume, way.get(0).inode(), VolumePaths.split(member.link()));
    } catch (FsException e) {
      throw new FsException(
          e.fault(),
          "its other name "
              + new String(member.link(), StandardCharsets.UTF_8)
              + " "
              + e.getMessage(),
          e);
    }
    if (target.isDirectory()) {
      throw FsException.of(Fault.NOT_PERMITTED, "is a hard link to a folder");
    }
    Attributes found = volume.lookup(parent, name);
    if (found == null || found.inode() != target.inode()) {
      clear(parent, name);
      volume.link(target.inode(), parent, name);
    }
  }

  private void putFile(long parent, byte[] name, TarMember member, TarReader reader)
      throws IOException {
    clear(parent, name);
    Owner owner = new Owner(member.uid(), member.gid());
    int mode = FileType.REGULAR | member.mode();
    Attributes made = volume.create(parent, name, mode, owner, 0, member.xattrs());
    long inode = made.inode();
    try {
      reader.copyData((offset, data) -> write(inode, offset, data));
      if (volume.attributes(inode).size() < member.size()) {
        volume.change(inode, new AttributeChange().size(member.size()));
      }
      finish(made, member);
    } catch (IOException e) {
      alsoTry(() -> volume.unlink(parent, name), e); // rather none than half of it
      throw e;
    }
  }

  private void write(long inode, long offset, ByteBuffer data) throws IOException {
    tally.countBytes(data.remaining());
    long at = offset;
    while (data.hasRemaining()) {
      at += volume.write(inode, at, data);
    }
  }

  private void putSpecial(long parent, byte[] name, TarMember member, int type) throws IOException {
    long rdev = type == FileType.FIFO ? 0 : member.rdev();
    if (rdev == TarMember.NO_DEVICE) {
      throw FsException.of(Fault.INVALID_ARGUMENT, "is a device with a number that is too large");
    }
    clear(parent, name);
    Owner owner = new Owner(member.uid(), member.gid());
    int mode = type | member.mode();
    finish(volume.create(parent, name, mode, owner, rdev, member.xattrs()), member);
  }

  /** Makes room for a name; a directory is not removed for something else. */
  private void clear(long parent, byte[] name) throws IOException {
    Attributes found = volume.lookup(parent, name);
    if (found == null) {
      return;
    }
    if (found.isDirectory()) {
      throw FsException.of(Fault.IS_DIRECTORY, "would replace a folder");
    }
    volume.unlink(parent, name);
  }
}
