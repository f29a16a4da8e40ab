package org.razorfs.mount;

import java.util.List;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.mount.devfuse.NativeTransport;
import org.razorfs.mount.jnrfuse.JnrFuseTransport;

/** Chooses a transport by its name. */
public final class Transports {
  /** The names that can be asked for. */
  public static final List<String> NAMES = List.of("auto", "native", "jnr-fuse");

  private Transports() {}

  /**
   * The transport of that name; {@code auto} is the best that works here.
   *
   * @throws FsException {@code NOT_SUPPORTED} for one that is not known
   */
  public static Transport named(String name) throws FsException {
    return switch (name) {
      case "auto" -> NativeTransport.isSupported() ? new NativeTransport() : new JnrFuseTransport();
      case "jnr-fuse" -> new JnrFuseTransport();
      case "native" -> new NativeTransport();
      default ->
          throw FsException.of(
              Fault.INVALID_ARGUMENT, "transport " + name + ": unknown; use one of " + NAMES);
    };
  }
}
