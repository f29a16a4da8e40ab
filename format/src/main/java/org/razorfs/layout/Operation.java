package org.razorfs.layout;

import org.razorfs.fault.CorruptImageException;

/** The operation types of journal records, spec §6.2. */
public enum Operation {
  /** Closes a batch; everything before it in the ring counts. */
  COMMIT(1),
  /** Fills the ring up to its end. */
  PAD(2),
  CREATE(16),
  MKDIR(17),
  MKNOD(18),
  SYMLINK(19),
  TMPFILE(20),
  LINK(21),
  UNLINK(22),
  RMDIR(23),
  RENAME(24),
  SETATTR(32),
  SETXATTR(33),
  REMOVEXATTR(34),
  EXTENTS(48),
  TRUNCATE(49),
  FALLOCATE(50),
  CLONE(51),
  EVICT(52),
  COMPACT(53);

  private static final Operation[] ALL = values();

  private final int code;

  Operation(int code) {
    this.code = code;
  }

  /** The number on disk. */
  public int code() {
    return code;
  }

  /** The operation with number {@code code}. */
  public static Operation of(int code, String location) throws CorruptImageException {
    for (Operation operation : ALL) {
      if (operation.code == code) {
        return operation;
      }
    }
    throw new CorruptImageException(location, "an operation type", "" + code);
  }
}
