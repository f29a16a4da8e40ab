package org.razorfs.bench.input;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;

/** Bytes that no codec makes smaller, the same for the same seed. */
public final class RandomBytes {
  private static final int BLOCK = 1 << 16;

  private RandomBytes() {}

  /** Writes some. */
  public static void write(long seed, long count, OutputStream out) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    byte[] block = new byte[BLOCK];
    for (long left = count; left > 0; left -= BLOCK) {
      fill(random, block);
      out.write(block, 0, (int) Math.min(BLOCK, left));
    }
  }

  /** Fills an array whose length is a multiple of 8. */
  public static void fill(SplittableRandom random, byte[] block) {
    ByteBuffer buffer = ByteBuffer.wrap(block);
    while (buffer.hasRemaining()) {
      buffer.putLong(random.nextLong());
    }
  }
}
