package org.razorfs.crash;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.razorfs.device.MemoryDevice;

/**
 * An image of which the enumerator tries variants: changes are made to a few pages on top of a
 * base, the 128-bit hash of the whole follows at the cost of these pages, and only a state that is
 * worth running becomes a device.
 */
final class ShadowImage {
  private static final int PAGE = MemoryDevice.PAGE_SIZE;
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final MemoryDevice device;
  private final byte[] base;
  private final long[] hashes; // two words a page
  private long high;
  private long low;

  private final byte[][] changed;
  private final int[] touched;
  private int touchedCount;
  private byte[][] pool = new byte[16][];
  private int pooled;

  /** Starts from a copy of {@code start}. */
  ShadowImage(MemoryDevice start) throws IOException {
    device = start.fork();
    int pages = Math.toIntExact((device.size() + PAGE - 1) / PAGE);
    base = new byte[pages * PAGE];
    device.read(0, ByteBuffer.wrap(base, 0, (int) device.size()));
    hashes = new long[pages * 2];
    changed = new byte[pages][];
    touched = new int[pages];
    for (int page = 0; page < pages; page++) {
      rehash(page);
    }
  }

  /** Puts bytes over what the base and earlier changes hold. */
  void change(long position, byte[] data, int from, int to) {
    int at = (int) position + from;
    while (from < to) {
      int page = at / PAGE;
      int in = at % PAGE;
      int count = Math.min(PAGE - in, to - from);
      System.arraycopy(data, from, page(page), in, count);
      from += count;
      at += count;
    }
  }

  /** Puts zeros over a range. */
  void zero(long position, long length) {
    int at = (int) position;
    int end = (int) (position + length);
    while (at < end) {
      int in = at % PAGE;
      int count = Math.min(PAGE - in, end - at);
      Arrays.fill(page(at / PAGE), in, in + count, (byte) 0);
      at += count;
    }
  }

  /** Both words of the hash of the image with the changes. */
  long[] hash() {
    long a = high;
    long b = low;
    for (int i = 0; i < touchedCount; i++) {
      int page = touched[i];
      a -= hashes[page * 2];
      b -= hashes[page * 2 + 1];
      long[] now = hash(changed[page], 0, page);
      a += now[0];
      b += now[1];
    }
    return new long[] {a, b};
  }

  /** A device that holds the image with the changes. */
  MemoryDevice toDevice() throws IOException {
    MemoryDevice fork = device.fork();
    for (int i = 0; i < touchedCount; i++) {
      store(fork, touched[i]);
    }
    return fork;
  }

  /** Forgets the changes. */
  void revert() {
    for (int i = 0; i < touchedCount; i++) {
      if (pooled == pool.length) {
        pool = Arrays.copyOf(pool, pooled * 2);
      }
      pool[pooled++] = changed[touched[i]];
      changed[touched[i]] = null;
    }
    touchedCount = 0;
  }

  /** Makes the changes part of the base. */
  void commit() throws IOException {
    for (int i = 0; i < touchedCount; i++) {
      int page = touched[i];
      store(device, page);
      System.arraycopy(changed[page], 0, base, page * PAGE, PAGE);
      high -= hashes[page * 2];
      low -= hashes[page * 2 + 1];
      rehash(page);
    }
    revert();
  }

  private void store(MemoryDevice target, int page) throws IOException {
    long at = (long) page * PAGE;
    int length = (int) Math.min(PAGE, target.size() - at);
    target.write(at, ByteBuffer.wrap(changed[page], 0, length));
  }

  private byte[] page(int page) {
    byte[] bytes = changed[page];
    if (bytes == null) {
      bytes = pooled > 0 ? pool[--pooled] : new byte[PAGE];
      System.arraycopy(base, page * PAGE, bytes, 0, PAGE);
      changed[page] = bytes;
      touched[touchedCount++] = page;
    }
    return bytes;
  }

  private void rehash(int page) {
    long[] hash = hash(base, page * PAGE, page);
    hashes[page * 2] = hash[0];
    hashes[page * 2 + 1] = hash[1];
    high += hash[0];
    low += hash[1];
  }

  private static long[] hash(byte[] bytes, int from, int page) {
    long a = mix(page + 1L);
    long b = ~a;
    for (int i = from; i < from + PAGE; i += 8) {
      long x = (long) LONGS.get(bytes, i);
      a = (a ^ x) * 0x9E3779B97F4A7C15L;
      a ^= a >>> 29;
      b = (Long.rotateLeft(b, 23) + x) * 0xC2B2AE3D27D4EB4FL;
      b ^= b >>> 31;
    }
    return new long[] {mix(a), mix(b)};
  }

  private static long mix(long value) {
    long z = value * 0xD6E8FEB86659FD93L;
    z = (z ^ (z >>> 32)) * 0xBF58476D1CE4E5B9L;
    return z ^ (z >>> 29);
  }
}
