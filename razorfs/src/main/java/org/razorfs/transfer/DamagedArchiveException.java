package org.razorfs.transfer;

import java.io.IOException;

/** An archive is cut, or is none. */
final class DamagedArchiveException extends IOException {
  private static final long serialVersionUID = 1L;

  DamagedArchiveException(String what) {
    super(what);
  }

  DamagedArchiveException(String what, Throwable cause) {
    super(what, cause);
  }
}
