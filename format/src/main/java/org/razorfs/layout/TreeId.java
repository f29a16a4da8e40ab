package org.razorfs.layout;

import org.razorfs.fault.CorruptImageException;

/** The trees of a volume, spec §5.1; the ordinal order is that of the superblock's roots. */
public enum TreeId {
  INODES(1),
  STRINGS(2),
  CHUNKS(3),
  FREE(4);

  private static final TreeId[] ALL = values();

  private final int code;

  TreeId(int code) {
    this.code = code;
  }

  /** The number on disk. */
  public int code() {
    return code;
  }

  /** Whether items of a type belong into this tree (INV-TREE-8). */
  public boolean holds(int type) {
    return switch (this) {
      case INODES -> type >= Keys.INODE && type <= Keys.ORPHAN;
      case STRINGS -> type == Keys.STRING || type == Keys.STRING_HASH;
      case CHUNKS -> type == Keys.CHUNK;
      case FREE -> type == Keys.SEGMENT;
    };
  }

  /** The tree with number {@code code}. */
  public static TreeId of(int code, String location) throws CorruptImageException {
    if (code < 1 || code > ALL.length) {
      throw new CorruptImageException(location, "tree id 1.." + ALL.length, "" + code);
    }
    return ALL[code - 1];
  }
}
