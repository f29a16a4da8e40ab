package org.razorfs.model.posix;

import org.razorfs.volume.FallocateMode;
import org.razorfs.volume.RenameMode;
import org.razorfs.volume.XattrMode;

/**
 * One operation of a history. Targets are paths such as {@code "/a/b"}, each character one byte of
 * the name, or handles such as {@code "#1"}, which {@link Open} and {@link Tmpfile} make.
 */
public sealed interface Op {
  /** A new regular file. */
  record Create(String path, int permissions, int uid, int gid) implements Op {}

  /** A new node of any type that has no content. */
  record Mknod(String path, int mode, long rdev) implements Op {}

  record Mkdir(String path, int permissions) implements Op {}

  record Symlink(String path, String target) implements Op {}

  /** A file without a name, held open by a handle. */
  record Tmpfile(String handle, String directory, int permissions) implements Op {}

  /** Keeps what the target is now, whatever becomes of its name. */
  record Open(String handle, String target) implements Op {}

  record Close(String handle) implements Op {}

  record Link(String target, String path) implements Op {}

  record Unlink(String path) implements Op {}

  record Rmdir(String path) implements Op {}

  record Rename(String from, String to, RenameMode mode) implements Op {}

  /**
   * Writes bytes that {@link Content} derives from the sequence number.
   *
   * @param offset -1 for the end of the file
   */
  record Write(String target, long offset, int length, int sequence, Content.Texture texture)
      implements Op {}

  record Truncate(String target, long size) implements Op {}

  record Allocate(String target, FallocateMode mode, long offset, long length) implements Op {}

  record CopyRange(String from, long fromOffset, String to, long toOffset, long length)
      implements Op {}

  record Chmod(String target, int permissions) implements Op {}

  record Chown(String target, int uid, int gid) implements Op {}

  /** Sets both times to seconds since 1970. */
  record Utimes(String target, long atime, long mtime) implements Op {}

  record Flags(String target, int flags) implements Op {}

  /** Stores {@code length} bytes derived from the sequence number. */
  record SetXattr(String target, String name, int length, int sequence, XattrMode mode)
      implements Op {}

  record RemoveXattr(String target, String name) implements Op {}

  record Fsync(String target, boolean dataOnly) implements Op {}

  record Sync() implements Op {}

  record Checkpoint() implements Op {}

  /** Checkpoint, merge and repack whatever takes less space then, and checkpoint again. */
  record Compact() implements Op {}

  /** Closes the volume and opens it again; handles are lost. */
  record Reopen() implements Op {}

  record Read(String target, long offset, int length) implements Op {}

  record Stat(String target) implements Op {}

  record ReadDirectory(String target) implements Op {}

  record Readlink(String target) implements Op {}

  record GetXattr(String target, String name) implements Op {}

  record ListXattr(String target) implements Op {}
}
