package org.razorfs.mount;

import java.util.List;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.mount.devfuse.NativeTransport;
import org.razorfs.mount.jnrfuse.JnrFuseTransport;

/** Chooses transports by a name. */
public final class Transports {
  /** The names that can be asked for. */
  public static final List<String> NAMES = List.of("auto", "native", "jnr-fuse");

  private Transports() {}

  /**
   * The transports of that name, of which the first that can be had is meant; {@code auto} is all,
   * best first.
   *
   * @throws FsException {@code INVALID_ARGUMENT} for a name that is not known
   */
  public static List<Transport> named(String name) throws FsException {
    return switch (name) {
      case "auto" -> List.of(new NativeTransport(), new JnrFuseTransport());
      case "jnr-fuse" -> List.of(new JnrFuseTransport());
      case "native" -> List.of(new NativeTransport());
      default ->
          throw FsException.of(
              Fault.INVALID_ARGUMENT, "transport " + name + ": unknown; use one of " + NAMES);
    };
  }
}
