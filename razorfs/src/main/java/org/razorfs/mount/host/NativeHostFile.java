package org.razorfs.mount.host;

import java.io.IOException;
import java.nio.file.Path;
import org.razorfs.device.HostFile;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;

/** Asks an image's host with fallocate(2) and sync_file_range(2). */
public final class NativeHostFile implements HostFile {
  private static final int O_RDWR = 2;
  private static final int O_CLOEXEC = 02000000;
  private static final int KEEP_SIZE = 1;
  private static final int PUNCH_HOLE = 2;
  private static final int SYNC_FILE_RANGE_WRITE = 2;
  private static final int EINTR = 4;
  private static final int ENOSYS = 38;
  private static final int ENOSPC = 28;
  private static final int EOPNOTSUPP = 95;
  private static final int EDQUOT = 122;

  private final LibC libc;
  private final Path path;
  private final int descriptor;

  private NativeHostFile(LibC libc, Path path, int descriptor) {
    this.libc = libc;
    this.path = path;
    this.descriptor = descriptor;
  }

  /**
   * Opens the image a second time, as the descriptor of a channel cannot be had; {@link HostFile}
   * says why it has to stay open until the channel is closed.
   */
  public static HostFile open(LibC libc, Path path) throws IOException {
    int descriptor = libc.calls().open(LibC.path(path), O_RDWR | O_CLOEXEC, 0);
    if (descriptor < 0) {
      throw new FsException(
          Fault.IO_ERROR, path + ": cannot be opened a second time (errno " + libc.errno() + ")");
    }
    return new NativeHostFile(libc, path, descriptor);
  }

  @Override
  public void discard(long position, long length) throws IOException {
    fallocate("discard", PUNCH_HOLE | KEEP_SIZE, position, length);
  }

  @Override
  public void allocate(long position, long length) throws IOException {
    fallocate("allocation", KEEP_SIZE, position, length);
  }

  @Override
  public void startWriteback(long position, long length) {
    // Without its flags that wait it takes no error away from the fdatasync(2) that follows.
    libc.calls().sync_file_range(descriptor, position, length, SYNC_FILE_RANGE_WRITE);
  }

  private void fallocate(String what, int mode, long position, long length) throws IOException {
    while (libc.calls().fallocate(descriptor, mode, position, length) != 0) {
      int errno = libc.errno();
      if (errno == EOPNOTSUPP || errno == ENOSYS) {
        throw FsException.of(Fault.NOT_SUPPORTED, path + ": its host has no " + what);
      }
      if (errno != EINTR) {
        throw new FsException(
            switch (errno) {
              case ENOSPC -> Fault.NO_SPACE;
              case EDQUOT -> Fault.QUOTA_EXCEEDED;
              default -> Fault.IO_ERROR;
            },
            path
                + ": "
                + what
                + " of "
                + length
                + " bytes at "
                + position
                + " failed: "
                + reason(errno));
      }
    }
  }

  private static String reason(int errno) {
    return switch (errno) {
      case ENOSPC -> "No space left on device";
      case EDQUOT -> "Disk quota exceeded";
      default -> "errno " + errno;
    };
  }

  @Override
  public void close() {
    libc.calls().close(descriptor);
  }
}
