package org.razorfs.block;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.UUID;
import org.razorfs.device.BlockDevice;
import org.razorfs.fault.CorruptImageException;
import org.razorfs.layout.BlockPointer;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.Node;
import org.razorfs.layout.TreeId;
import org.razorfs.wire.Bytes;

/**
 * The nodes of a volume: reads what a pointer means through the cache and verifies it against the
 * pointer. May be used by many threads; hits take no lock.
 */
public final class NodeStore {
  private static final int TREE_AT = 4;
  private static final int CHILD_AT = Node.HEADER + 16;

  private final BlockDevice device;
  private final UUID uuid;
  private final NodeCache cache;

  /**
   * @param uuid the volume's, which every node carries
   */
  public NodeStore(BlockDevice device, UUID uuid, NodeCache cache) {
    this.device = device;
    this.uuid = uuid;
    this.cache = cache;
  }

  /**
   * The node that {@code pointer} means.
   *
   * @param level the level that it must have, 0 of a leaf
   * @throws CorruptImageException where the pointer or the bytes cannot be right. A reader of an
   *     outdated root gets this too, once the node's space has been used again
   */
  public Node read(BlockPointer pointer, TreeId tree, int level) throws IOException {
    Node node = cache.get(pointer.address(), pointer.birth(), pointer.crc());
    if (node != null && isOf(node, tree, level)) {
      return node;
    }
    return load(pointer, tree, level);
  }

  /** As {@link #read} of {@code parent.child(index)}, but a hit allocates nothing. */
  public Node readChild(Node parent, int index, TreeId tree) throws IOException {
    byte[] bytes = parent.array();
    int at = CHILD_AT + index * Node.INNER_ENTRY;
    Node node =
        cache.get(Bytes.i64(bytes, at), Bytes.i64(bytes, at + 8), Bytes.i32(bytes, at + 20));
    int level = parent.level() - 1;
    if (node != null && isOf(node, tree, level)) {
      return node;
    }
    return load(parent.child(index), tree, level);
  }

  /** The cache that reads go through. */
  public NodeCache cache() {
    return cache;
  }

  /** A hostile image may point at a node of another tree or level that is cached rightly. */
  private static boolean isOf(Node node, TreeId tree, int level) {
    return node.level() == level && Bytes.u8(node.array(), TREE_AT) == tree.code();
  }

  private Node load(BlockPointer pointer, TreeId tree, int level) throws IOException {
    check(pointer);
    byte[] bytes = new byte[pointer.length()];
    device.read(pointer.address(), ByteBuffer.wrap(bytes));
    Node node = Node.open(bytes, pointer, tree, level, uuid);
    cache.put(pointer, node);
    return node;
  }

  /** Nothing is allocated or read for a pointer that no writer can have made. */
  private void check(BlockPointer pointer) throws CorruptImageException {
    long address = pointer.address();
    int length = pointer.length();
    if (length < Geometry.UNIT || length > Geometry.MAX_NODE || length % Geometry.UNIT != 0) {
      throw new CorruptImageException(
          "pointer to node at " + Long.toUnsignedString(address),
          "a length of whole units up to " + Geometry.MAX_NODE,
          Integer.toUnsignedString(length));
    }
    if (address < Geometry.JOURNAL_START
        || address > device.size() - length
        || address % Geometry.UNIT != 0) {
      throw new CorruptImageException(
          "pointer to a node",
          "the address of a unit from " + Geometry.JOURNAL_START + " to " + device.size(),
          Long.toUnsignedString(address) + "+" + length);
    }
  }
}
