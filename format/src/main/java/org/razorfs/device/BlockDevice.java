package org.razorfs.device;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The only way from the engine to storage: an array of bytes of fixed size that is read and written
 * at positions, with a flush that makes everything written before it durable.
 *
 * <p>All methods may be called by several threads at once. Reads and writes of ranges that do not
 * overlap do not disturb each other; a read that overlaps a write in progress may see any mixture
 * of old and new bytes, as on a disk. Positions and lengths are bytes and need no alignment.
 *
 * <p>Every failure is an {@link org.razorfs.fault.FsException}: {@code IO_ERROR} for a device that
 * fails and for ranges outside it (also negative or overflowing ones, which only a damaged image
 * asks for), {@code NO_SPACE} or {@code QUOTA_EXCEEDED} where the host refuses the space that a
 * write takes, {@code READ_ONLY} for writing to a device opened for reading, {@code SHUT_DOWN}
 * after {@link #close}.
 */
public interface BlockDevice extends Closeable {

  /** A name for messages: the path of the file, or what the device is. */
  String name();

  /** The number of bytes; does not change while the device is open. */
  long size();

  /** Whether writes and discards are refused; a flush then has nothing to do. */
  boolean readOnly();

  /**
   * Fills all that remains of the target with the bytes from {@code position} on.
   *
   * @throws IOException when not every byte could be read; the target's position and contents are
   *     then undefined. Never a short read
   */
  void read(long position, ByteBuffer target) throws IOException;

  /**
   * Writes all that remains of the source to {@code position} and on; the source's position moves
   * to its limit.
   *
   * @throws IOException when not every byte was accepted; any part of the range, or none, may then
   *     have changed
   */
  void write(long position, ByteBuffer source) throws IOException;

  /**
   * Writes what remains of all sources one after the other to {@code position} and on.
   * Implementations make one transfer of it where they can; it is no more atomic than {@link
   * #write(long, ByteBuffer)}.
   */
  default void write(long position, ByteBuffer[] sources) throws IOException {
    long at = position;
    for (ByteBuffer source : sources) {
      int length = source.remaining();
      write(at, source);
      at += length;
    }
  }

  /**
   * Makes durable every write that had returned before this call began (fdatasync).
   *
   * @throws IOException when that cannot be promised; the writes since the last flush that
   *     succeeded are then in doubt, and a later flush that succeeds does not change that
   */
  void flush() throws IOException;

  /**
   * Says that the bytes of a range are no longer needed, so that the host may have their space. A
   * hint: afterwards they read as zeros or as before, until they are written again.
   */
  default void discard(long position, long length) throws IOException {}

  /**
   * Has the host set aside space for a range, so that the next write there is not refused for want
   * of it; what is there stays. Where the host does no such thing, nothing happens.
   *
   * @throws org.razorfs.fault.FsException {@code NO_SPACE} or {@code QUOTA_EXCEEDED} where the host
   *     has no space
   */
  default void allocate(long position, long length) throws IOException {}

  /**
   * Has the host begin to bring a range that was written to its disk, without waiting for it, so
   * that the next {@link #flush} finds less to do. A hint: nothing is durable before the flush, and
   * what goes wrong is told by that.
   */
  default void startWriteback(long position, long length) {}

  /** Gives the device back without flushing it; closing again does nothing. */
  @Override
  void close() throws IOException;
}
