package org.razorfs.mount.handler;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.razorfs.layout.FileType;
import org.razorfs.volume.AttributeChange;
import org.razorfs.volume.Volume;
import org.razorfs.volume.Xattr;

/** Keeps access control lists and permission bits in step where a mount has lists. */
final class AccessLists {
  private static final byte[] ACCESS = PosixAcl.ACCESS.getBytes(StandardCharsets.US_ASCII);
  private static final byte[] DEFAULT = PosixAcl.DEFAULT.getBytes(StandardCharsets.US_ASCII);
  private static final int PERMISSIONS = 0777;
  private static final int SET_GROUP_ID = 02000;

  private final Volume volume;
  private final boolean enabled;

  /**
   * @param enabled whether there can be lists at all
   */
  AccessLists(Volume volume, boolean enabled) {
    this.volume = volume;
    this.enabled = enabled;
  }

  /**
   * How a node is made.
   *
   * @param mode type and permissions
   * @param xattrs what it inherits
   */
  record NewNode(int mode, List<Xattr> xattrs) {}

  /** What a new node gets: the directory's default list restricts it, or else the umask. */
  NewNode inherit(long directory, int mode, int umask) throws IOException {
    byte[] inherited = enabled ? volume.getXattr(directory, DEFAULT) : null;
    if (inherited == null) {
      return new NewNode(mode & ~(umask & PERMISSIONS), List.of());
    }
    PosixAcl list = PosixAcl.decode(inherited).restrictedTo(mode);
    List<Xattr> xattrs = new ArrayList<>();
    if (!list.isMinimal()) {
      xattrs.add(new Xattr(ACCESS, list.encode()));
    }
    if ((mode & FileType.MASK) == FileType.DIRECTORY) {
      xattrs.add(new Xattr(DEFAULT, inherited));
    }
    return new NewNode((mode & ~PERMISSIONS) | list.mode(), xattrs);
  }

  /** Adds to a change of the mode what it means for the list. */
  void follow(long inode, AttributeChange change) throws IOException {
    if (!enabled || change.newMode() == null) {
      return;
    }
    byte[] list = volume.getXattr(inode, ACCESS);
    if (list != null) {
      change.xattr(ACCESS, PosixAcl.decode(list).withMode(change.newMode()).encode());
    }
  }

  /**
   * Sets a list and the permission bits that go with it; a list that says no more than these is not
   * kept.
   *
   * @return false when the name is not that of an access list
   */
  boolean set(long inode, byte[] name, byte[] value, boolean clearsSetGroupId) throws IOException {
    if (enabled && Arrays.equals(name, DEFAULT)) {
      PosixAcl.decode(value);
    }
    if (!enabled || !Arrays.equals(name, ACCESS)) {
      return false;
    }
    PosixAcl list = PosixAcl.decode(value);
    int mode = (volume.attributes(inode).mode() & ~PERMISSIONS) | list.mode();
    if (clearsSetGroupId) {
      mode &= ~SET_GROUP_ID;
    }
    volume.change(
        inode,
        new AttributeChange().mode(mode).xattr(ACCESS, list.isMinimal() ? null : list.encode()));
    return true;
  }
}
