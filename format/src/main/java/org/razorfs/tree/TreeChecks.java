package org.razorfs.tree;

import org.razorfs.fault.CorruptImageException;
import org.razorfs.layout.BlockPointer;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.Invariant;
import org.razorfs.layout.Keys;
import org.razorfs.layout.Node;
import org.razorfs.layout.PointerCheck;
import org.razorfs.layout.TreeId;
import org.razorfs.layout.TreeRoot;
import org.razorfs.layout.Violation;

/**
 * The rules of trees that are refused wherever a node is reached from its parent: those that need
 * both, and those without which a merge or a walk would not be bounded.
 */
final class TreeChecks {
  static final int MAX_HEIGHT = PointerCheck.MAX_HEIGHT;

  private TreeChecks() {}

  /** INV-TREE-1. */
  static void root(TreeId tree, TreeRoot root) throws CorruptImageException {
    boolean right =
        root.isEmpty()
            ? root.equals(TreeRoot.EMPTY)
            : root.height() >= 1
                && root.height() <= MAX_HEIGHT
                && root.nodes() >= root.height()
                && root.items() >= 1
                && root.bytes() / Geometry.UNIT >= root.nodes();
    if (!right) {
      throw refusal(
          Invariant.TREE_1,
          "root of tree " + tree,
          "zeros, or a height of 1 to " + MAX_HEIGHT + " and counts that it allows",
          root.toString());
    }
  }

  /** INV-TREE-3, for a child that was reached through an entry with the given key. */
  static void firstKey(Node node, long hi, long lo, long address) throws CorruptImageException {
    if (node.lo(0) != lo || node.hi(0) != hi) {
      throw refusal(
          Invariant.TREE_3,
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
      throw refusal(
          Invariant.TREE_4,
          "node at " + pointer.address(),
          "all keys less than the next node's " + Keys.toString(hi, lo),
          Keys.toString(node.hi(last), node.lo(last)));
    }
  }

  /** INV-TREE-4, for keys that follow one another in the tree. */
  static void ascending(TreeId tree, long hi1, long lo1, long hi2, long lo2)
      throws CorruptImageException {
    if (Keys.compare(hi1, lo1, hi2, lo2) >= 0) {
      throw refusal(
          Invariant.TREE_4,
          "tree " + tree + ", nodes in succession",
          "a key above " + Keys.toString(hi1, lo1),
          Keys.toString(hi2, lo2));
    }
  }

  /** INV-TREE-6, as far as it bounds what can be made of a leaf. */
  static void values(Node leaf, BlockPointer pointer) throws CorruptImageException {
    int count = leaf.count();
    long size = Node.HEADER + (long) count * Node.LEAF_ENTRY + Node.TRAILER;
    for (int i = 0; i < count; i++) {
      size += leaf.valueLength(i);
    }
    if (size > leaf.length()) {
      throw refusal(
          Invariant.TREE_6,
          "node at " + pointer.address(),
          "values that do not overlap in " + leaf.length() + " bytes",
          "entries and values of " + size);
    }
  }

  /** INV-PTR-1, for a node of a volume whose nodes have at most {@code nodeSize} bytes. */
  static void length(BlockPointer pointer, int nodeSize) throws CorruptImageException {
    if (pointer.length() > nodeSize) {
      throw refusal(
          Invariant.PTR_1,
          "pointer to node at " + pointer.address(),
          "at most " + nodeSize + " bytes",
          Integer.toString(pointer.length()));
    }
  }

  /** INV-TREE-7. */
  static void valueLength(Node leaf, int index, int most) throws CorruptImageException {
    if (leaf.valueLength(index) > most) {
      throw refusal(
          Invariant.TREE_7,
          "item " + Keys.toString(leaf.hi(index), leaf.lo(index)),
          "a value of at most " + most + " bytes",
          Integer.toString(leaf.valueLength(index)));
    }
  }

  private static CorruptImageException refusal(
      Invariant rule, String location, String expected, String actual) {
    return new Violation(rule, location, expected, actual).toException();
  }
}
