package org.razorfs.layout;

import org.razorfs.fault.CorruptImageException;
import org.razorfs.wire.ByteSink;
import org.razorfs.wire.ByteSource;

/**
 * Tree root, spec §4.3.
 *
 * @param pointer the root node, or {@link BlockPointer#NULL} of an empty tree
 * @param height levels, 0 of an empty tree, 1 where the root is a leaf
 * @param nodes all nodes
 * @param items all items in leaves
 * @param bytes the stored bytes of all nodes
 */
public record TreeRoot(BlockPointer pointer, int height, long nodes, long items, long bytes) {
  /** The bytes of an encoded root. */
  public static final int SIZE = 56;

  /** The root of a tree without items. */
  public static final TreeRoot EMPTY = new TreeRoot(BlockPointer.NULL, 0, 0, 0, 0);

  /** Whether the tree has no items. */
  public boolean isEmpty() {
    return pointer.isNull();
  }

  public void encode(ByteSink sink) {
    pointer.encode(sink);
    sink.u64(nodes).u64(items).u64(bytes).u32(height).u32(0);
  }

  public static TreeRoot decode(ByteSource source) throws CorruptImageException {
    BlockPointer pointer = BlockPointer.decode(source);
    long nodes = source.i64();
    long items = source.i64();
    long bytes = source.i64();
    int height = source.i32();
    source.skip(4);
    return new TreeRoot(pointer, height, nodes, items, bytes);
  }
}
