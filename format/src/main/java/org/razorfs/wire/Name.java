package org.razorfs.wire;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A file name as a map key: bytes with their hash. The bytes are never changed. */
public final class Name {
  private final byte[] bytes;
  private final int hash;

  /** Wraps {@code bytes}, which the caller gives away. */
  public Name(byte[] bytes) {
    this.bytes = bytes;
    this.hash = Arrays.hashCode(bytes);
  }

  /** The name itself; not to be changed. */
  public byte[] bytes() {
    return bytes;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Name name && hash == name.hash && Arrays.equals(bytes, name.bytes);
  }

  @Override
  public int hashCode() {
    return hash;
  }

  @Override
  public String toString() {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
