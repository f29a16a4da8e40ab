package org.razorfs.compress;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;

/** Data of all kinds for the tests of this package. */
final class Samples {
  private static final String[] WORDS = {
    "static", "int", "return", "struct", "inode", "if", "else", "->", "=", "0;", "{", "}", "/*",
    "*/", "lock", "unlock", "page", "(", ")", "NULL", "error", "goto", "out", "while", "size"
  };

  private Samples() {}

  /** Something like source code. */
  static byte[] text(int length, long seed) {
    Random random = new Random(seed);
    StringBuilder builder = new StringBuilder();
    while (builder.length() < length) {
      builder.append(WORDS[random.nextInt(WORDS.length)]).append(random.nextInt(100));
      builder.append(random.nextInt(9) == 0 ? "\n\t" : " ");
    }
    return Arrays.copyOf(builder.toString().getBytes(StandardCharsets.US_ASCII), length);
  }

  /** What no codec can make smaller. */
  static byte[] random(int length, long seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  /** Little-endian numbers that grow slowly. */
  static byte[] numbers(int length) {
    ByteBuffer buffer = ByteBuffer.allocate(length + 8);
    for (int i = 0; buffer.position() < length; i++) {
      buffer.putInt(Integer.reverseBytes(i * 12));
    }
    return Arrays.copyOf(buffer.array(), length);
  }

  /** A buffer of either kind whose remaining bytes are these, with others on both sides. */
  static ByteBuffer buffer(byte[] bytes, boolean direct) {
    ByteBuffer buffer = room(bytes.length, direct);
    int position = buffer.position();
    return buffer.put(bytes).position(position);
  }

  /** A buffer of either kind with exactly this much room, and guard bytes on both sides. */
  static ByteBuffer room(int length, boolean direct) {
    int capacity = length + 2 * GUARD;
    ByteBuffer buffer =
        direct ? ByteBuffer.allocateDirect(capacity) : ByteBuffer.allocate(capacity);
    while (buffer.hasRemaining()) {
      buffer.put(GUARD_BYTE);
    }
    return buffer.position(GUARD).limit(GUARD + length);
  }

  /** Whether nothing outside the room has been touched. */
  static boolean guarded(ByteBuffer buffer, int length) {
    for (int i = 0; i < GUARD; i++) {
      if (buffer.duplicate().clear().get(i) != GUARD_BYTE
          || buffer.duplicate().clear().get(GUARD + length + i) != GUARD_BYTE) {
        return false;
      }
    }
    return true;
  }

  static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }

  private static final int GUARD = 64;
  private static final byte GUARD_BYTE = 0x5a;
}
