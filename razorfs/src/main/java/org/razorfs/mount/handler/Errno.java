package org.razorfs.mount.handler;

import java.nio.channels.ClosedChannelException;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;

/** Linux's error numbers, and the one place where a fault becomes one. */
public final class Errno {
  public static final int EPERM = 1;
  public static final int ENOENT = 2;
  public static final int EINTR = 4;
  public static final int EIO = 5;
  public static final int ENXIO = 6;
  public static final int E2BIG = 7;
  public static final int EBADF = 9;
  public static final int EAGAIN = 11;
  public static final int EACCES = 13;
  public static final int EBUSY = 16;
  public static final int EEXIST = 17;
  public static final int ENOTDIR = 20;
  public static final int EISDIR = 21;
  public static final int EINVAL = 22;
  public static final int ENOTTY = 25;
  public static final int EFBIG = 27;
  public static final int ENOSPC = 28;
  public static final int EROFS = 30;
  public static final int EMLINK = 31;
  public static final int ERANGE = 34;
  public static final int ENAMETOOLONG = 36;
  public static final int ENOSYS = 38;
  public static final int ENOTEMPTY = 39;
  public static final int ELOOP = 40;
  public static final int ENODATA = 61;
  public static final int EPROTO = 71;
  public static final int EOPNOTSUPP = 95;
  public static final int ESTALE = 116;
  public static final int EDQUOT = 122;

  private Errno() {}

  /** The number for whatever an operation threw; what nobody expected is {@link #EIO}. */
  public static int of(Throwable problem) {
    if (problem instanceof FsException known) {
      return of(known.fault());
    }
    return EIO;
  }

  /** The number for a fault. */
  public static int of(Fault fault) {
    return switch (fault) {
      case NO_SUCH_ENTRY -> ENOENT;
      case EXISTS -> EEXIST;
      case NOT_DIRECTORY -> ENOTDIR;
      case IS_DIRECTORY -> EISDIR;
      case NOT_EMPTY -> ENOTEMPTY;
      case NAME_TOO_LONG -> ENAMETOOLONG;
      case INVALID_ARGUMENT -> EINVAL;
      case NO_SPACE -> ENOSPC;
      case READ_ONLY -> EROFS;
      // Damage gives EIO like a broken disk: "never a guess", and the log says what it was.
      case IO_ERROR, CORRUPT, SHUT_DOWN, UNSUPPORTED_FORMAT, NOT_A_VOLUME -> EIO;
      case NOT_PERMITTED -> EPERM;
      case ACCESS_DENIED -> EACCES;
      case TOO_MANY_LINKS -> EMLINK;
      case FILE_TOO_BIG -> EFBIG;
      case NO_ATTRIBUTE -> ENODATA;
      case RANGE -> ERANGE;
      case ATTRIBUTE_TOO_BIG -> E2BIG;
      case NO_SUCH_OFFSET -> ENXIO;
      case STALE -> ESTALE;
      case NOT_SUPPORTED -> EOPNOTSUPP;
      case LOOP -> ELOOP;
      case BUSY -> EBUSY;
      case QUOTA_EXCEEDED -> EDQUOT;
      case CANCELLED -> EINTR;
    };
  }

  /**
   * Whether a problem belongs into the log: damage, failing devices and everything nobody expected,
   * but not the answers that programs ask for all day.
   */
  public static boolean isRemarkable(Throwable problem) {
    if (problem instanceof FsException known) {
      return switch (known.fault()) {
        case IO_ERROR, CORRUPT, UNSUPPORTED_FORMAT, NOT_A_VOLUME -> true;
        default -> false;
      };
    }
    return !(problem instanceof ClosedChannelException);
  }
}
