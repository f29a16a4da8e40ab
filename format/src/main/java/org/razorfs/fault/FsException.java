package org.razorfs.fault;

import java.io.IOException;
import java.util.Objects;

/** The one checked exception of the engine: an {@link IOException} that names its {@link Fault}. */
public class FsException extends IOException {
  private static final long serialVersionUID = 1L;

  private final Fault fault;

  /**
   * A fault that nobody expects in normal work; it carries a stack trace.
   *
   * @param message what went wrong, where, and what to do; a line without a full stop
   */
  public FsException(Fault fault, String message) {
    super(message);
    this.fault = Objects.requireNonNull(fault);
  }

  /** A fault that another exception led to. */
  public FsException(Fault fault, String message, Throwable cause) {
    super(message, cause);
    this.fault = Objects.requireNonNull(fault);
  }

  /**
   * A fault that belongs to normal work (a name that does not exist, a directory that is not
   * empty). It has no stack trace, because lookups that fail are as frequent as those that succeed.
   */
  public static FsException of(Fault fault, String message) {
    return new Expected(fault, message);
  }

  /** What kind of failure this is; never null. */
  public final Fault fault() {
    return fault;
  }

  /** Differs from its parent only in that it does not walk the stack. */
  private static final class Expected extends FsException {
    private static final long serialVersionUID = 1L;

    Expected(Fault fault, String message) {
      super(fault, message);
    }

    @Override
    public synchronized Throwable fillInStackTrace() {
      return this;
    }
  }
}
