package org.razorfs.mount;

import java.io.IOException;
import org.razorfs.mount.handler.FileSystemHandler;

/** A way in which the kernel's calls reach the handler. */
public interface Transport {
  /** The name under which users choose it. */
  String name();

  /** Whether mounts can have access control lists, which the kernel then enforces. */
  boolean keepsAcls();

  /**
   * Mounts, and returns at once; calls wait until they are served.
   *
   * @throws TransportUnavailableException when the transport cannot be had here
   * @throws IOException when it cannot be mounted for any other reason
   */
  Mounted mount(FileSystemHandler handler, MountRequest request, MountLog log) throws IOException;

  /**
   * Whether a mount would keep idle processors from halting while requests come one after the
   * other.
   *
   * @throws IOException when that is insisted on and cannot be
   */
  default boolean pollsWhenIdle(OnOffAuto wanted) throws IOException {
    return false;
  }

  /** A mount that is in the mount table. */
  interface Mounted {
    /**
     * Answers calls until the directory is unmounted. Blocks for that long; to be called once.
     *
     * @param ready run once, when the kernel's first call has been answered
     * @throws TransportUnavailableException when it shows only now, before {@code ready}, that the
     *     transport cannot be had here; the mount is left for others to take away
     * @throws IOException when the connection to the kernel breaks
     */
    void serve(Runnable ready) throws IOException;

    /** Whether requests come through io_uring, once they are served. */
    default boolean usesIoUring() {
      return false;
    }

    /** Whether it keeps idle processors from halting. */
    default boolean pollsWhenIdle() {
      return false;
    }
  }
}
