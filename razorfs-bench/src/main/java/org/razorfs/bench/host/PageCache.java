package org.razorfs.bench.host;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The kernel's caches, and how what they hold gets onto the disk. */
public final class PageCache {
  private static final Path DROP = Path.of("/proc/sys/vm/drop_caches");

  private PageCache() {}

  /** Forgets everything clean: pages, names and inodes. Needs root. */
  public static void drop(Commands commands) throws IOException {
    commands.run("sync");
    try (FileChannel channel = FileChannel.open(DROP, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap("3\n".getBytes(StandardCharsets.US_ASCII)));
    }
  }

  /** fsync of a file or a directory. */
  public static void fsync(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** syncfs of the file system that a path lies on. */
  public static void syncfs(Commands commands, Path path) throws IOException {
    commands.run("sync", "-f", path.toString());
  }
}
