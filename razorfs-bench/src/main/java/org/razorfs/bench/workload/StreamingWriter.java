package org.razorfs.bench.workload;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import org.razorfs.bench.input.RandomBytes;

/** Someone who writes a file over and over, with an fsync every MiB; others are measured beside. */
public final class StreamingWriter {
  private static final int WRITE = 64 << 10;
  private static final int WRITES_PER_FSYNC = 16;
  private static final long WRAP = 64L << 20;

  private StreamingWriter() {}

  /**
   * Writes at least once.
   *
   * @param goOn whether to write more; asked after each fsync
   * @param written gets the bytes that are on the disk, after each fsync
   */
  public static void write(Path file, BooleanSupplier goOn, LongConsumer written)
      throws IOException {
    byte[] bytes = new byte[WRITE];
    RandomBytes.fill(new SplittableRandom(1), bytes);
    ByteBuffer buffer = ByteBuffer.allocateDirect(WRITE).put(bytes);
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE)) {
      long at = 0;
      do {
        for (int i = 0; i < WRITES_PER_FSYNC; i++) {
          channel.write(buffer.rewind(), at % WRAP);
          at += WRITE;
        }
        channel.force(true);
        written.accept(at);
      } while (goOn.getAsBoolean());
    }
  }
}
