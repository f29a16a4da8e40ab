package org.razorfs.mount.host;

import java.io.IOException;
import java.nio.file.Path;
import org.razorfs.device.Discarder;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;

/** Gives an image's free space back to the host with fallocate(2). */
public final class FallocateDiscarder implements Discarder {
  private static final int O_RDWR = 2;
  private static final int O_CLOEXEC = 02000000;
  private static final int KEEP_SIZE = 1;
  private static final int PUNCH_HOLE = 2;
  private static final int EINTR = 4;
  private static final int ENOSYS = 38;
  private static final int EOPNOTSUPP = 95;

  private final LibC libc;
  private final Path path;
  private final int descriptor;

  private FallocateDiscarder(LibC libc, Path path, int descriptor) {
    this.libc = libc;
    this.path = path;
    this.descriptor = descriptor;
  }

  /**
   * Opens the image a second time, as the descriptor of a channel cannot be had; {@link Discarder}
   * says why it has to stay open until the channel is closed.
   */
  public static Discarder open(LibC libc, Path path) throws IOException {
    int descriptor = libc.calls().open(LibC.path(path), O_RDWR | O_CLOEXEC, 0);
    if (descriptor < 0) {
      throw new FsException(
          Fault.IO_ERROR, path + ": cannot be opened for discarding (errno " + libc.errno() + ")");
    }
    return new FallocateDiscarder(libc, path, descriptor);
  }

  @Override
  public void discard(long position, long length) throws IOException {
    while (libc.calls().fallocate(descriptor, PUNCH_HOLE | KEEP_SIZE, position, length) != 0) {
      int errno = libc.errno();
      if (errno == EOPNOTSUPP || errno == ENOSYS) {
        throw FsException.of(Fault.NOT_SUPPORTED, path + ": its host punches no holes");
      }
      if (errno != EINTR) {
        throw new FsException(
            Fault.IO_ERROR,
            path + ": discard of " + length + " bytes at " + position + " failed, errno " + errno);
      }
    }
  }

  @Override
  public void close() {
    libc.calls().close(descriptor);
  }
}
