package org.razorfs.model.posix;

import java.util.TreeMap;
import org.razorfs.layout.FileType;

/** An inode of the model. */
public final class ModelNode {
  private final long id;
  int mode;
  int uid;
  int gid;
  long rdev;
  int flags;
  int nlink;
  int handles;
  boolean neverNamed;
  String target;
  ModelNode parent;
  final SparseBytes data = new SparseBytes();
  final TreeMap<String, byte[]> xattrs = new TreeMap<>();
  final TreeMap<String, ModelNode> entries = new TreeMap<>();

  ModelNode(long id, int mode, int uid, int gid) {
    this.id = id;
    this.mode = mode;
    this.uid = uid;
    this.gid = gid;
  }

  /** Never the same for two inodes of one model. */
  public long id() {
    return id;
  }

  /** A file's content; not to be changed. */
  public SparseBytes data() {
    return data;
  }

  public boolean isDirectory() {
    return (mode & FileType.MASK) == FileType.DIRECTORY;
  }

  public boolean isFile() {
    return (mode & FileType.MASK) == FileType.REGULAR;
  }

  public boolean isSymlink() {
    return (mode & FileType.MASK) == FileType.SYMLINK;
  }
}
