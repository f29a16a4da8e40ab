package org.razorfs.mount.handler;

import java.util.OptionalInt;
import org.razorfs.layout.FileType;
import org.razorfs.volume.Attributes;

/**
 * How owners and permissions are shown, whatever the volume holds; the options {@code uid=}, {@code
 * gid=} and {@code umask=}.
 *
 * @param uid the owner of everything
 * @param gid the group of everything
 * @param umask bits taken from 0777 for everything
 */
public record Presentation(OptionalInt uid, OptionalInt gid, OptionalInt umask) {
  /** Shows what is there. */
  public static final Presentation AS_STORED =
      new Presentation(OptionalInt.empty(), OptionalInt.empty(), OptionalInt.empty());

  /** The attributes as the mount shows them. */
  public Attributes of(Attributes stored) {
    if (uid.isEmpty() && gid.isEmpty() && umask.isEmpty()) {
      return stored;
    }
    int mode =
        umask.isPresent()
            ? (stored.mode() & FileType.MASK) | (0777 & ~umask.getAsInt())
            : stored.mode();
    return new Attributes(
        stored.inode(),
        stored.generation(),
        mode,
        stored.nlink(),
        uid.orElse(stored.uid()),
        gid.orElse(stored.gid()),
        stored.rdev(),
        stored.size(),
        stored.blocks(),
        stored.flags(),
        stored.atime(),
        stored.mtime(),
        stored.ctime(),
        stored.btime(),
        stored.pending());
  }
}
