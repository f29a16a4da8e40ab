package org.razorfs.transfer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;

/**
 * A directory of the host, read as an archive that its tar writes: that knows holes, attributes and
 * names of any bytes, which Java does not.
 */
public final class HostTree implements AutoCloseable {
  private final Process tar;

  private HostTree(Process tar) {
    this.tar = tar;
  }

  /**
   * Begins to read a directory.
   *
   * @throws IOException where there is no tar
   */
  public static HostTree open(Path directory) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            "tar",
            "--create",
            "--format=posix",
            "--xattrs",
            "--xattrs-include=*",
            "--sparse",
            "--numeric-owner",
            "--directory=" + directory,
            "--file=-",
            ".");
    builder.environment().remove("TAR_OPTIONS");
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    try {
      return new HostTree(builder.start());
    } catch (IOException e) {
      throw new IOException("GNU tar, which reads directories, cannot be run; install it", e);
    }
  }

  /** The archive. */
  public InputStream archive() {
    return tar.getInputStream();
  }

  /**
   * Waits until all has been read.
   *
   * @throws IOException when something could not be, which tar has told of
   */
  public void finish() throws IOException {
    try {
      int status = tar.waitFor();
      if (status != 0) {
        throw new IOException(
            "tar could not read everything (exit status "
                + status
                + "); what it could is in the image");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  @Override
  public void close() {
    tar.destroy();
  }
}
