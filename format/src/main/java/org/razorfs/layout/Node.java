package org.razorfs.layout;

import java.util.Arrays;
import java.util.UUID;
import org.razorfs.fault.CorruptImageException;
import org.razorfs.wire.Bytes;

/**
 * Tree node, spec §5.1: a read-only view of one stored node. Entries ascend by key; a leaf's entry
 * tells where its value lies in the node, an inner node's entry points at the child whose keys
 * start there.
 */
public final class Node {
  /** "RZND" in the order of the bytes on disk. */
  public static final int MAGIC = 'R' | 'Z' << 8 | 'N' << 16 | 'D' << 24;

  /** Bytes before the entries. */
  public static final int HEADER = 48;

  /** Bytes of the CRC at the end. */
  public static final int TRAILER = 4;

  /** Bytes of a leaf's entry, its value apart. */
  public static final int LEAF_ENTRY = 20;

  /** Bytes of an inner node's entry. */
  public static final int INNER_ENTRY = 40;

  private final byte[] bytes;
  private final int entry;

  private Node(byte[] bytes) {
    this.bytes = bytes;
    this.entry = Bytes.u8(bytes, 5) == 0 ? LEAF_ENTRY : INNER_ENTRY;
  }

  /**
   * The node in {@code bytes}, which were read for {@code pointer}.
   *
   * @throws CorruptImageException where the bytes are not the node that the pointer means, or its
   *     structure is not sound (INV-NODE-1 to INV-NODE-6)
   */
  public static Node open(byte[] bytes, BlockPointer pointer, TreeId tree, int level, UUID uuid)
      throws CorruptImageException {
    String location = "node at " + pointer.address();
    if (bytes.length < Geometry.UNIT || bytes.length > Geometry.MAX_NODE) {
      throw new CorruptImageException(
          location,
          Geometry.UNIT + " to " + Geometry.MAX_NODE + " bytes",
          Integer.toString(bytes.length));
    }
    int crcAt = bytes.length - TRAILER;
    long crc = Integer.toUnsignedLong(Bytes.i32(bytes, crcAt));
    long actual = Integer.toUnsignedLong(Bytes.crc32(bytes, 0, crcAt));
    expect(location, Invariant.NODE_1, "crc", actual, crc);
    expect(location, Invariant.NODE_2, "magic", MAGIC, Bytes.i32(bytes, 0));
    expect(
        location,
        Invariant.NODE_2,
        "crc of its pointer",
        Integer.toUnsignedLong(pointer.crc()),
        crc);
    expect(location, Invariant.NODE_3, "address", pointer.address(), Bytes.i64(bytes, 8));
    expect(location, Invariant.NODE_3, "generation", pointer.birth(), Bytes.i64(bytes, 16));
    expect(
        location,
        Invariant.NODE_3,
        "uuid, first half",
        uuid.getMostSignificantBits(),
        Long.reverseBytes(Bytes.i64(bytes, 24)));
    expect(
        location,
        Invariant.NODE_3,
        "uuid, second half",
        uuid.getLeastSignificantBits(),
        Long.reverseBytes(Bytes.i64(bytes, 32)));
    expect(location, Invariant.NODE_2, "length", bytes.length, Bytes.i32(bytes, 40));
    expect(location, Invariant.NODE_4, "tree id", tree.code(), Bytes.u8(bytes, 4));
    expect(location, Invariant.NODE_4, "level", level, Bytes.u8(bytes, 5));
    Node node = new Node(bytes);
    node.checkEntries(location);
    return node;
  }

  /** A node that {@link NodeBuilder} has just made and sealed; not checked. */
  static Node trusted(byte[] bytes) {
    return new Node(bytes);
  }

  /** 0 of a leaf. */
  public int level() {
    return Bytes.u8(bytes, 5);
  }

  public boolean isLeaf() {
    return entry == LEAF_ENTRY;
  }

  /** The number of entries, at least 1. */
  public int count() {
    return Bytes.u16(bytes, 6);
  }

  /** The stored bytes of the whole node. */
  public int length() {
    return bytes.length;
  }

  /** The bytes that the entries take, their values included. */
  public int entryBytes() {
    int sum = count() * entry;
    for (int i = 0; isLeaf() && i < count(); i++) {
      sum += valueLength(i);
    }
    return sum;
  }

  /** The first word of entry {@code index}'s key. */
  public long hi(int index) {
    return Bytes.i64(bytes, HEADER + index * entry);
  }

  /** The second word of entry {@code index}'s key. */
  public long lo(int index) {
    return Bytes.i64(bytes, HEADER + index * entry + 8);
  }

  /** The child of an inner node's entry. */
  public BlockPointer child(int index) {
    int at = HEADER + index * INNER_ENTRY + 16;
    return new BlockPointer(
        Bytes.i64(bytes, at),
        Bytes.i64(bytes, at + 8),
        Bytes.i32(bytes, at + 16),
        Bytes.i32(bytes, at + 20));
  }

  /** The address of the child of an inner node's entry. */
  public long childAddress(int index) {
    return Bytes.i64(bytes, HEADER + index * INNER_ENTRY + 16);
  }

  /** The array that holds the node; read only. */
  public byte[] array() {
    return bytes;
  }

  /** Where in {@link #array()} the value of a leaf's entry starts. */
  public int valueAt(int index) {
    return Bytes.u16(bytes, HEADER + index * LEAF_ENTRY + 16);
  }

  /** The bytes of the value of a leaf's entry. */
  public int valueLength(int index) {
    return Bytes.u16(bytes, HEADER + index * LEAF_ENTRY + 18);
  }

  /** A copy of the value of a leaf's entry. */
  public byte[] value(int index) {
    int at = valueAt(index);
    return Arrays.copyOfRange(bytes, at, at + valueLength(index));
  }

  /** The first entry whose key is not less than (hi, lo), or {@link #count()}. */
  public int ceiling(long hi, long lo) {
    int low = 0;
    int high = count();
    while (low < high) {
      int middle = (low + high) >>> 1;
      int at = HEADER + middle * entry;
      if (Keys.compare(Bytes.i64(bytes, at), Bytes.i64(bytes, at + 8), hi, lo) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** The last entry whose key is not greater than (hi, lo), or -1. */
  public int floor(long hi, long lo) {
    int at = ceiling(hi, lo);
    return at < count() && hi(at) == hi && lo(at) == lo ? at : at - 1;
  }

  private void checkEntries(String location) throws CorruptImageException {
    int count = count();
    int heap = HEADER + count * entry;
    int end = bytes.length - TRAILER;
    if (count == 0 || heap > end) {
      throw refusal(location, Invariant.NODE_5, "1 or more entries that fit", "" + count);
    }
    for (int i = 0; i < count; i++) {
      if (i > 0 && Keys.compare(hi(i - 1), lo(i - 1), hi(i), lo(i)) >= 0) {
        throw refusal(
            location + " entry " + i,
            Invariant.NODE_5,
            "a key above " + Keys.toString(hi(i - 1), lo(i - 1)),
            Keys.toString(hi(i), lo(i)));
      }
      if (isLeaf() && (valueAt(i) < heap || valueAt(i) + valueLength(i) > end)) {
        throw refusal(
            location + " entry " + i,
            Invariant.NODE_6,
            "a value within " + heap + ".." + end,
            valueAt(i) + "+" + valueLength(i));
      }
    }
  }

  private static void expect(
      String location, Invariant invariant, String what, long expected, long actual)
      throws CorruptImageException {
    if (expected != actual) {
      throw refusal(
          location, invariant, what + " " + Long.toHexString(expected), Long.toHexString(actual));
    }
  }

  private static CorruptImageException refusal(
      String location, Invariant invariant, String expected, String actual) {
    return new Violation(invariant, location, expected, actual).toException();
  }
}
