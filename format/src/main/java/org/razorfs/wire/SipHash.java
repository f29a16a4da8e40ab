package org.razorfs.wire;

/**
 * SipHash-2-4 of a byte string under a 128-bit key: the hash of the string table's index, keyed by
 * the volume so that nobody can choose names that collide (Aumasson and Bernstein, 2012).
 */
public final class SipHash {
  private final long k0;
  private final long k1;

  /** A hash under the key {@code (k0, k1)}, its two little-endian halves. */
  public SipHash(long k0, long k1) {
    this.k0 = k0;
    this.k1 = k1;
  }

  /** The 64-bit hash of {@code data}. */
  public long hash(byte[] data) {
    long v0 = 0x736f6d6570736575L ^ k0;
    long v1 = 0x646f72616e646f6dL ^ k1;
    long v2 = 0x6c7967656e657261L ^ k0;
    long v3 = 0x7465646279746573L ^ k1;
    int whole = data.length & ~7;
    for (int at = 0; at <= whole; at += 8) {
      long m = at < whole ? Bytes.i64(data, at) : tail(data, whole);
      v3 ^= m;
      for (int round = 0; round < 2; round++) {
        v0 += v1;
        v2 += v3;
        v1 = Long.rotateLeft(v1, 13) ^ v0;
        v3 = Long.rotateLeft(v3, 16) ^ v2;
        v0 = Long.rotateLeft(v0, 32);
        v2 += v1;
        v0 += v3;
        v1 = Long.rotateLeft(v1, 17) ^ v2;
        v3 = Long.rotateLeft(v3, 21) ^ v0;
        v2 = Long.rotateLeft(v2, 32);
      }
      v0 ^= m;
    }
    v2 ^= 0xff;
    for (int round = 0; round < 4; round++) {
      v0 += v1;
      v2 += v3;
      v1 = Long.rotateLeft(v1, 13) ^ v0;
      v3 = Long.rotateLeft(v3, 16) ^ v2;
      v0 = Long.rotateLeft(v0, 32);
      v2 += v1;
      v0 += v3;
      v1 = Long.rotateLeft(v1, 17) ^ v2;
      v3 = Long.rotateLeft(v3, 21) ^ v0;
      v2 = Long.rotateLeft(v2, 32);
    }
    return v0 ^ v1 ^ v2 ^ v3;
  }

  private static long tail(byte[] data, int from) {
    long last = (long) data.length << 56;
    for (int i = data.length - 1; i >= from; i--) {
      last |= (data[i] & 0xffL) << (8 * (i - from));
    }
    return last;
  }
}
