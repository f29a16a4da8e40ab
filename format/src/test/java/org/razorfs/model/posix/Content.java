package org.razorfs.model.posix;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The bytes that tests write. Each 512-byte sector tells the write it came from and its offset, so
 * that a foreign or stale one is recognised wherever it turns up.
 */
public final class Content {
  /** Bytes that carry one tag. */
  public static final int SECTOR = 512;

  /** How well the bytes compress. */
  public enum Texture {
    /** Lines of text that differ in a few digits. */
    TEXT,
    /** Nothing to be gained. */
    NOISE,
    /** Zeros that were written, not a hole. */
    ZEROS
  }

  private static final int LINE = 32;

  private Content() {}

  /** The bytes that write number {@code sequence} puts at {@code offset} and on. */
  public static byte[] bytes(int sequence, Texture texture, long offset, int length) {
    byte[] bytes = new byte[length];
    if (texture == Texture.ZEROS) {
      return bytes;
    }
    byte[] sector = new byte[SECTOR];
    for (int done = 0; done < length; ) {
      long at = offset + done;
      int in = (int) (at % SECTOR);
      int count = Math.min(SECTOR - in, length - done);
      fill(sector, sequence, texture, at / SECTOR);
      System.arraycopy(sector, in, bytes, done, count);
      done += count;
    }
    return bytes;
  }

  private static void fill(byte[] sector, int sequence, Texture texture, long number) {
    String tag =
        String.format("%c%09d at %015d ;\n", texture == Texture.TEXT ? 'T' : 'N', sequence, number);
    byte[] line = Arrays.copyOf(tag.getBytes(StandardCharsets.US_ASCII), LINE);
    System.arraycopy(line, 0, sector, 0, LINE);
    if (texture == Texture.TEXT) {
      for (int at = LINE; at < SECTOR; at += LINE) {
        System.arraycopy(line, 0, sector, at, LINE);
      }
    } else {
      long state = (long) sequence << 40 ^ number;
      ByteBuffer buffer = ByteBuffer.wrap(sector);
      for (int at = LINE; at < SECTOR; at += 8) {
        state += 0x9E3779B97F4A7C15L;
        long z = (state ^ (state >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        buffer.putLong(at, z ^ (z >>> 31));
      }
    }
  }

  /** The bytes of an extended attribute's value. */
  public static byte[] value(int sequence, int length) {
    return bytes(sequence, sequence % 3 == 0 ? Texture.NOISE : Texture.TEXT, 0, length);
  }

  /** What a sector says of itself, for messages. */
  public static String describe(byte[] bytes, int from, int length) {
    boolean zeros = true;
    for (int i = from; i < from + length; i++) {
      zeros &= bytes[i] == 0;
    }
    if (zeros) {
      return "zeros";
    }
    String text =
        new String(bytes, from, Math.min(length, LINE), StandardCharsets.ISO_8859_1)
            .replaceAll("[^ -~]", ".");
    return "\"" + text + "\" (hash " + Integer.toHexString(hash(bytes, from, length)) + ")";
  }

  private static int hash(byte[] bytes, int from, int length) {
    return Arrays.hashCode(Arrays.copyOfRange(bytes, from, from + length));
  }
}
