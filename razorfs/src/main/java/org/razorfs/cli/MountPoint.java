package org.razorfs.cli;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.razorfs.tools.CommandFailure;

/**
 * A directory as the mount table names it, which also works when the daemon behind it has died.
 *
 * @param path absolute, without symbolic links
 * @param dead whether what is mounted there answers no more
 */
record MountPoint(Path path, boolean dead) {
  /** What Linux says of a FUSE mount without a daemon (ENOTCONN). */
  private static final String NOT_CONNECTED = "Transport endpoint is not connected";

  /**
   * Finds the directory.
   *
   * @param exitCode for the failure
   * @throws CommandFailure when there is none
   */
  static MountPoint of(Path directory, int exitCode) throws IOException {
    try {
      Path real = directory.toRealPath();
      if (!Files.isDirectory(real)) {
        throw new CommandFailure(exitCode, directory + ": is not a directory");
      }
      return new MountPoint(real, false);
    } catch (CommandFailure e) {
      throw e;
    } catch (FileSystemException e) {
      if (!NOT_CONNECTED.equals(e.getReason())) {
        throw e;
      }
      Path absolute = directory.toAbsolutePath().normalize();
      return new MountPoint(
          absolute.getParent().toRealPath().resolve(absolute.getFileName()), true);
    }
  }
}
