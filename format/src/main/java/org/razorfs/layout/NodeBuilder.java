package org.razorfs.layout;

import java.util.UUID;
import org.razorfs.wire.Bytes;

/**
 * Assembles one tree node, spec §5.1: entries are added in ascending order of their keys, then the
 * node is sealed for the address that it will lie at. Reusable; not thread-safe.
 */
public final class NodeBuilder {
  private final byte[] entries;
  private final byte[] values;
  private final int nodeSize;
  private final int level;
  private int count;
  private int valueBytes;

  /** A builder of nodes of a level, 0 for leaves, of at most {@code nodeSize} bytes. */
  public NodeBuilder(int nodeSize, int level) {
    this.nodeSize = nodeSize;
    this.level = level;
    this.entries = new byte[nodeSize];
    this.values = new byte[level == 0 ? nodeSize : 0];
  }

  /** The number of entries so far. */
  public int count() {
    return count;
  }

  public boolean isEmpty() {
    return count == 0;
  }

  /** The bytes of the node if it were sealed now, before rounding up to units. */
  public int size() {
    return Node.HEADER + count * entrySize() + valueBytes + Node.TRAILER;
  }

  /** The fewest bytes that the node can be stored in if it were sealed now. */
  public int storedLength() {
    return (int) Geometry.roundUp(size());
  }

  /** The most bytes that a node can take. */
  public int nodeSize() {
    return nodeSize;
  }

  /** Whether a leaf has room for one more value of {@code length} bytes. */
  public boolean fits(int length) {
    return size() + entrySize() + length <= nodeSize;
  }

  /** Whether an inner node has room for one more child. */
  public boolean fits() {
    return fits(0);
  }

  /** Adds an item to a leaf. */
  public void add(long hi, long lo, byte[] source, int from, int length) {
    int at = addKey(hi, lo);
    Bytes.put16(entries, at + 16, valueBytes);
    Bytes.put16(entries, at + 18, length);
    System.arraycopy(source, from, values, valueBytes, length);
    valueBytes += length;
  }

  /** Adds a child to an inner node. */
  public void add(long hi, long lo, BlockPointer child) {
    int at = addKey(hi, lo);
    Bytes.put64(entries, at + 16, child.address());
    Bytes.put64(entries, at + 24, child.birth());
    Bytes.put32(entries, at + 32, child.length());
    Bytes.put32(entries, at + 36, child.crc());
  }

  /** The first word of the first key. */
  public long firstHi() {
    return Bytes.i64(entries, 0);
  }

  /** The second word of the first key. */
  public long firstLo() {
    return Bytes.i64(entries, 8);
  }

  /** Forgets all entries. */
  public void clear() {
    count = 0;
    valueBytes = 0;
  }

  /** Seals the entries as a node of {@link #storedLength()} bytes for the given place. */
  public Sealed seal(TreeId tree, UUID uuid, long address, long generation) {
    return seal(tree, uuid, address, generation, storedLength());
  }

  /**
   * Seals the entries as a node of {@code length} bytes for the given place.
   *
   * @param length a multiple of the unit, from {@link #storedLength()} to {@link #nodeSize()}
   */
  public Sealed seal(TreeId tree, UUID uuid, long address, long generation, int length) {
    byte[] node = new byte[length];
    Bytes.put32(node, 0, Node.MAGIC);
    node[4] = (byte) tree.code();
    node[5] = (byte) level;
    Bytes.put16(node, 6, count);
    Bytes.put64(node, 8, address);
    Bytes.put64(node, 16, generation);
    Bytes.put64(node, 24, Long.reverseBytes(uuid.getMostSignificantBits()));
    Bytes.put64(node, 32, Long.reverseBytes(uuid.getLeastSignificantBits()));
    Bytes.put32(node, 40, node.length);
    int heap = Node.HEADER + count * entrySize();
    System.arraycopy(entries, 0, node, Node.HEADER, count * entrySize());
    if (level == 0) {
      for (int i = 0; i < count; i++) {
        int at = Node.HEADER + i * Node.LEAF_ENTRY + 16;
        Bytes.put16(node, at, heap + Bytes.u16(node, at));
      }
      System.arraycopy(values, 0, node, heap, valueBytes);
    }
    int crc = Bytes.crc32(node, 0, node.length - Node.TRAILER);
    Bytes.put32(node, node.length - Node.TRAILER, crc);
    return new Sealed(new BlockPointer(address, generation, node.length, crc), Node.trusted(node));
  }

  /** A finished node and the pointer that parents hold. */
  public record Sealed(BlockPointer pointer, Node node) {}

  private int addKey(long hi, long lo) {
    int at = count * entrySize();
    Bytes.put64(entries, at, hi);
    Bytes.put64(entries, at + 8, lo);
    count++;
    return at;
  }

  private int entrySize() {
    return level == 0 ? Node.LEAF_ENTRY : Node.INNER_ENTRY;
  }
}
