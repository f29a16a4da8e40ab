package org.razorfs.bench.input;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** The bytes of a file, which begins anew at its end. */
final class EndlessFile implements AutoCloseable {
  private static final int BUFFER = 1 << 16;

  private final Path path;
  private InputStream in;

  EndlessFile(Path path) throws IOException {
    this.path = path;
    this.in = open(path);
  }

  private static InputStream open(Path path) throws IOException {
    if (Files.size(path) == 0) {
      throw new IOException(path + " is empty");
    }
    return new BufferedInputStream(Files.newInputStream(path));
  }

  /** Copies the next bytes. */
  void copy(long count, OutputStream out) throws IOException {
    byte[] buffer = new byte[BUFFER];
    long left = count;
    while (left > 0) {
      int read = in.read(buffer, 0, (int) Math.min(buffer.length, left));
      if (read < 0) {
        in.close();
        in = open(path);
      } else {
        out.write(buffer, 0, read);
        left -= read;
      }
    }
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
