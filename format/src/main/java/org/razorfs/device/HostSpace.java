package org.razorfs.device;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * Gives ranges of an image back to its host by punching holes, and has the host set space aside for
 * others, neither of which plain Java can do; whoever has native calls at hand passes an {@link
 * Opener} to {@link FileDevice}.
 *
 * <p>A trap for implementations: when a process closes <em>any</em> descriptor of a file, the
 * kernel drops all POSIX locks that the process has on that file, and with them the image's. So
 * either use the channel's own descriptor, or keep a second one open until {@link #close}, which
 * the device calls after its channel is closed.
 */
public interface HostSpace extends Closeable {

  /**
   * Releases the space of a range, which then reads as zeros. Called by several threads at once.
   *
   * @throws org.razorfs.fault.FsException {@code NOT_SUPPORTED} when the host cannot do that at
   *     all; the device does not ask again then
   * @throws IOException when it failed this time
   */
  void discard(long position, long length) throws IOException;

  /**
   * Has the host set aside the space of a range, as far as it has not yet, without a change of what
   * is there. Called by several threads at once.
   *
   * @throws org.razorfs.fault.FsException {@code NO_SPACE} or {@code QUOTA_EXCEEDED} where it has
   *     none; {@code NOT_SUPPORTED} when the host cannot do that at all; the device does not ask
   *     again then
   * @throws IOException when it failed this time
   */
  void allocate(long position, long length) throws IOException;

  /** Releases what was opened for this. */
  @Override
  default void close() throws IOException {}

  /** Opens the space of one image; called once the image is open and locked for writing. */
  @FunctionalInterface
  interface Opener {
    /**
     * Opens the space of an image that is open.
     *
     * @param path the image
     * @param channel the channel over which the device reads and writes; not to be closed
     */
    HostSpace open(Path path, FileChannel channel) throws IOException;
  }
}
