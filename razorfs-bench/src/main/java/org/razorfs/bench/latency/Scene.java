package org.razorfs.bench.latency;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SplittableRandom;
import org.razorfs.bench.input.RandomBytes;

/** The files that operations work on. */
final class Scene implements AutoCloseable {
  /** How many names the listed directory has. */
  static final int LISTED = 100;

  private static final int BLOCK = 4096;

  private final Path names;
  private final Path directory;
  private final Path file;
  private final long blocks;
  private final FileChannel appended;
  private final FileChannel random;
  private final SplittableRandom places = new SplittableRandom(1);
  private final ByteBuffer block = ByteBuffer.allocateDirect(BLOCK);

  /**
   * Makes them.
   *
   * @param root where; a new folder
   * @param fileBytes the size of the file that is read and written at random
   */
  Scene(Path root, long fileBytes) throws IOException {
    Files.createDirectory(root);
    names = Files.createDirectory(root.resolve("names"));
    directory = Files.createDirectory(root.resolve("listed"));
    for (int i = 0; i < LISTED; i++) {
      Files.createFile(directory.resolve("name-" + i));
    }
    file = root.resolve("random");
    blocks = Math.max(1, fileBytes / BLOCK);
    byte[] bytes = new byte[BLOCK];
    RandomBytes.fill(places, bytes);
    block.put(bytes);
    random =
        FileChannel.open(
            file, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
    for (long i = 0; i < blocks; i++) {
      random.write(block());
    }
    random.force(true);
    appended =
        FileChannel.open(
            root.resolve("appended"), StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
  }

  Path name(int number) {
    return names.resolve("file-" + number);
  }

  Path renamed(int number) {
    return names.resolve("renamed-" + number);
  }

  Path directory() {
    return directory;
  }

  Path file() {
    return file;
  }

  FileChannel appended() {
    return appended;
  }

  FileChannel random() {
    return random;
  }

  /** A block, from its beginning. */
  ByteBuffer block() {
    return block.clear();
  }

  /** The place of some block in the file. */
  long place() {
    return places.nextLong(blocks) * BLOCK;
  }

  @Override
  public void close() throws IOException {
    try (random) {
      appended.close();
    }
  }
}
