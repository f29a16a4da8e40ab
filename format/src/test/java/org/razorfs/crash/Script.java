package org.razorfs.crash;

import java.util.ArrayList;
import java.util.List;
import org.razorfs.model.posix.Content.Texture;
import org.razorfs.model.posix.Op;
import org.razorfs.volume.FallocateMode;
import org.razorfs.volume.RenameMode;
import org.razorfs.volume.XattrMode;

/** Puts histories together, one short call an operation; numbers the writes. */
final class Script {
  private final List<Op> ops = new ArrayList<>();
  private int sequence;

  List<Op> ops() {
    return List.copyOf(ops);
  }

  private Script add(Op op) {
    ops.add(op);
    return this;
  }

  Script create(String path) {
    return add(new Op.Create(path, 0644, 0, 0));
  }

  Script mknod(String path, int mode, long rdev) {
    return add(new Op.Mknod(path, mode, rdev));
  }

  Script mkdir(String path) {
    return add(new Op.Mkdir(path, 0755));
  }

  Script symlink(String path, String target) {
    return add(new Op.Symlink(path, target));
  }

  Script tmpfile(String handle, String directory) {
    return add(new Op.Tmpfile(handle, directory, 0600));
  }

  Script open(String handle, String target) {
    return add(new Op.Open(handle, target));
  }

  Script close(String handle) {
    return add(new Op.Close(handle));
  }

  Script link(String target, String path) {
    return add(new Op.Link(target, path));
  }

  Script unlink(String path) {
    return add(new Op.Unlink(path));
  }

  Script rmdir(String path) {
    return add(new Op.Rmdir(path));
  }

  Script rename(String from, String to) {
    return rename(from, to, RenameMode.REPLACE);
  }

  Script rename(String from, String to, RenameMode mode) {
    return add(new Op.Rename(from, to, mode));
  }

  Script write(String target, long offset, int length) {
    return write(target, offset, length, Texture.TEXT);
  }

  Script write(String target, long offset, int length, Texture texture) {
    return add(new Op.Write(target, offset, length, ++sequence, texture));
  }

  Script append(String target, int length) {
    return write(target, -1, length);
  }

  Script truncate(String target, long size) {
    return add(new Op.Truncate(target, size));
  }

  Script allocate(String target, FallocateMode mode, long offset, long length) {
    return add(new Op.Allocate(target, mode, offset, length));
  }

  Script copy(String from, long fromOffset, String to, long toOffset, long length) {
    return add(new Op.CopyRange(from, fromOffset, to, toOffset, length));
  }

  Script chmod(String target, int permissions) {
    return add(new Op.Chmod(target, permissions));
  }

  Script chown(String target, int uid, int gid) {
    return add(new Op.Chown(target, uid, gid));
  }

  Script utimes(String target, long atime, long mtime) {
    return add(new Op.Utimes(target, atime, mtime));
  }

  Script flags(String target, int flags) {
    return add(new Op.Flags(target, flags));
  }

  Script xattr(String target, String name, int length) {
    return add(new Op.SetXattr(target, name, length, ++sequence, XattrMode.SET));
  }

  Script removeXattr(String target, String name) {
    return add(new Op.RemoveXattr(target, name));
  }

  Script fsync(String target) {
    return add(new Op.Fsync(target, false));
  }

  Script fdatasync(String target) {
    return add(new Op.Fsync(target, true));
  }

  Script sync() {
    return add(new Op.Sync());
  }

  Script checkpoint() {
    return add(new Op.Checkpoint());
  }

  Script compact() {
    return add(new Op.Compact());
  }

  Script reopen() {
    return add(new Op.Reopen());
  }

  Script read(String target, long offset, int length) {
    return add(new Op.Read(target, offset, length));
  }
}
