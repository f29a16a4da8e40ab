package org.razorfs.tree;

import org.razorfs.fault.CorruptImageException;
import org.razorfs.layout.BlockPointer;
import org.razorfs.layout.Keys;
import org.razorfs.layout.Node;
import org.razorfs.layout.TreeId;
import org.razorfs.layout.TreeRoot;

/** The rules of a tree that go beyond one node (INV-TREE-*), each written down once. */
final class TreeChecks {
  /**
   * No tree is higher: even nodes of the smallest size have a fan-out of 200. It bounds every
   * recursion.
   */
  static final int MAX_HEIGHT = 12;

  private TreeChecks() {}

  /** INV-TREE-1. */
  static void root(TreeId tree, TreeRoot root) throws CorruptImageException {
    if (root.isEmpty() ? root.height() != 0 : root.height() < 1 || root.height() > MAX_HEIGHT) {
      throw new CorruptImageException(
          "root of tree " + tree,
          root.isEmpty() ? "height 0 of an empty tree" : "a height of 1 to " + MAX_HEIGHT,
          "" + root.height());
    }
    if (root.nodes() < 0
        || root.items() < 0
        || root.bytes() < 0
        || (root.isEmpty() && (root.nodes() | root.items() | root.bytes()) != 0)) {
      throw new CorruptImageException(
          "root of tree " + tree,
          root.isEmpty() ? "no nodes, items and bytes" : "counts that are not negative",
          root.nodes() + " nodes, " + root.items() + " items, " + root.bytes() + " bytes");
    }
  }

  /** INV-TREE-3, for a child that was reached through an entry with the given key. */
  static void firstKey(Node node, long hi, long lo, long address) throws CorruptImageException {
    if (node.lo(0) != lo || node.hi(0) != hi) {
      throw new CorruptImageException(
          "node at " + address,
          "its parent's key " + Keys.toString(hi, lo) + " first",
          Keys.toString(node.hi(0), node.lo(0)));
    }
  }

  /** INV-TREE-4, for a child whose parent's or ancestor's next entry has the given key. */
  static void lastKey(Node node, long hi, long lo, BlockPointer pointer)
      throws CorruptImageException {
    int last = node.count() - 1;
    if (Keys.compare(node.hi(last), node.lo(last), hi, lo) >= 0) {
      throw new CorruptImageException(
          "node at " + pointer.address(),
          "all keys less than the next node's " + Keys.toString(hi, lo),
          Keys.toString(node.hi(last), node.lo(last)));
    }
  }

  /** INV-TREE-6. */
  static void values(Node leaf, BlockPointer pointer) throws CorruptImageException {
    int count = leaf.count();
    long size = Node.HEADER + (long) count * Node.LEAF_ENTRY + Node.TRAILER;
    for (int i = 0; i < count; i++) {
      size += leaf.valueLength(i);
    }
    if (size > leaf.length()) {
      throw new CorruptImageException(
          "node at " + pointer.address(),
          "values that do not overlap in " + leaf.length() + " bytes",
          "entries and values of " + size);
    }
  }
}
