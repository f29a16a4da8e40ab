package org.razorfs.device;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * What plain Java cannot ask an image's host for: to take the space of ranges back by punching
 * holes, to set space aside for others, and to begin bringing what was written to its disk. Whoever
 * has native calls at hand passes an {@link Opener} to {@link FileDevice}.
 *
 * <p>A trap for implementations: when a process closes <em>any</em> descriptor of a file, the
 * kernel drops all POSIX locks that the process has on that file, and with them the image's. So
 * either use the channel's own descriptor, or keep a second one open until {@link #close}, which
 * the device calls after its channel is closed.
 */
public interface HostFile extends Closeable {

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

  /**
   * Begins to bring what was written of a range to the disk, without waiting for it; what fails is
   * left to the next flush. Called by several threads at once.
   */
  void startWriteback(long position, long length);

  /** Releases what was opened for this. */
  @Override
  default void close() throws IOException {}

  /** Opens one image's file; called once the image is open and locked for writing. */
  @FunctionalInterface
  interface Opener {
    /**
     * Opens the file of an image that is open.
     *
     * @param path the image
     * @param channel the channel over which the device reads and writes; not to be closed
     */
    HostFile open(Path path, FileChannel channel) throws IOException;
  }
}
