package org.razorfs.mount.devfuse.wire;

/** What a request asks for, by the numbers of the protocol. */
public enum Opcode {
  LOOKUP(1, 1),
  FORGET(2, 8),
  GETATTR(3, 16),
  SETATTR(4, 88),
  READLINK(5, 0),
  SYMLINK(6, 2),
  MKNOD(8, 17),
  MKDIR(9, 9),
  UNLINK(10, 1),
  RMDIR(11, 1),
  RENAME(12, 10),
  LINK(13, 9),
  OPEN(14, 8),
  READ(15, 40),
  WRITE(16, 40),
  STATFS(17, 0),
  RELEASE(18, 24),
  FSYNC(20, 16),
  SETXATTR(21, 9),
  GETXATTR(22, 9),
  LISTXATTR(23, 8),
  REMOVEXATTR(24, 1),
  FLUSH(25, 24),
  INIT(26, 16),
  OPENDIR(27, 8),
  READDIR(28, 40),
  RELEASEDIR(29, 24),
  FSYNCDIR(30, 16),
  GETLK(31, 48),
  SETLK(32, 48),
  SETLKW(33, 48),
  ACCESS(34, 8),
  CREATE(35, 17),
  INTERRUPT(36, 8),
  BMAP(37, 16),
  DESTROY(38, 0),
  IOCTL(39, 32),
  POLL(40, 24),
  NOTIFY_REPLY(41, 40),
  BATCH_FORGET(42, 8),
  FALLOCATE(43, 32),
  READDIRPLUS(44, 40),
  RENAME2(45, 18),
  LSEEK(46, 24),
  COPY_FILE_RANGE(47, 56),
  SETUPMAPPING(48, 40),
  REMOVEMAPPING(49, 4),
  SYNCFS(50, 8),
  TMPFILE(51, 17),
  STATX(52, 24),
  COPY_FILE_RANGE_64(53, 56);

  private static final Opcode[] BY_CODE = byCode();

  private final int code;
  private final int least;

  /**
   * @param code the protocol's number
   * @param least bytes of arguments that there have to be
   */
  Opcode(int code, int least) {
    this.code = code;
    this.least = least;
  }

  private static Opcode[] byCode() {
    Opcode[] table = new Opcode[COPY_FILE_RANGE_64.code + 1];
    for (Opcode opcode : values()) {
      table[opcode.code] = opcode;
    }
    return table;
  }

  /** What the number means, or null for one that is not known. */
  public static Opcode of(int code) {
    return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
  }

  /** The protocol's number. */
  public int code() {
    return code;
  }

  /** How many bytes of arguments a request has at least. */
  int least() {
    return least;
  }

  /** Whether the kernel waits for a reply; to the others it must not get one. */
  public boolean isAnswered() {
    return this != FORGET && this != BATCH_FORGET && this != NOTIFY_REPLY;
  }

  /** Whether it copies within the volume. */
  public boolean isCopy() {
    return this == COPY_FILE_RANGE || this == COPY_FILE_RANGE_64;
  }

  /** Whether it is expected to take so long that nobody should have to wait behind it. */
  public boolean isSlow() {
    return switch (this) {
      case FSYNC, FSYNCDIR, SYNCFS, FALLOCATE, COPY_FILE_RANGE, COPY_FILE_RANGE_64, IOCTL -> true;
      default -> false;
    };
  }

  /** Whether it changes the volume, and so may have to wait for a checkpoint. */
  public boolean isChange() {
    return switch (this) {
      case SETATTR,
          SYMLINK,
          MKNOD,
          MKDIR,
          UNLINK,
          RMDIR,
          RENAME,
          RENAME2,
          LINK,
          CREATE,
          TMPFILE,
          WRITE,
          COPY_FILE_RANGE,
          COPY_FILE_RANGE_64,
          SETXATTR,
          REMOVEXATTR ->
          true;
      default -> false;
    };
  }
}
