package org.razorfs.mount;

import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;

/**
 * A transport cannot be had on this host, for a reason that says nothing of others; its message is
 * that reason. Never what a user has to mend: that would be no better over another transport.
 */
public final class TransportUnavailableException extends FsException {
  private static final long serialVersionUID = 1L;

  public TransportUnavailableException(String reason) {
    super(Fault.NOT_SUPPORTED, reason);
  }

  public TransportUnavailableException(String reason, Throwable cause) {
    super(Fault.NOT_SUPPORTED, reason, cause);
  }
}
