package org.razorfs.tree;

import java.io.IOException;
import org.razorfs.fault.CorruptImageException;
import org.razorfs.layout.Keys;
import org.razorfs.layout.Node;

/**
 * A place in a {@link Tree}: finds items by key and moves to their neighbours, and shows the item
 * it stands on without copying it. Seeks near the last place are cheap. Not thread-safe; after an
 * exception it stands on no item.
 */
public final class Cursor {
  private final Node[] nodes = new Node[TreeChecks.MAX_HEIGHT];
  private final int[] indices = new int[TreeChecks.MAX_HEIGHT];
  private Tree tree;

  /** The node at level 0 of the path, and the item in it; null where the cursor is nowhere. */
  private Node leaf;

  private int index;
  private boolean valid;

  Cursor(Tree tree) {
    this.tree = tree;
  }

  /** Moves to another snapshot, standing on no item, so that the object can be used again. */
  public void rebind(Tree newTree) {
    if (newTree != tree) {
      leaf = null;
      valid = false;
      tree = newTree;
    }
  }

  /** Moves to the item with exactly this key; false, and no item, where there is none. */
  public boolean seek(long hi, long lo) throws IOException {
    if (!descend(hi, lo)) {
      return false;
    }
    index = NodeSearch.ceiling(leaf, hi, lo);
    valid = index < leaf.count() && leaf.lo(index) == lo && leaf.hi(index) == hi;
    return valid;
  }

  /** Moves to the first item whose key is not less; false, and no item, where there is none. */
  public boolean seekCeiling(long hi, long lo) throws IOException {
    if (!descend(hi, lo)) {
      return first();
    }
    index = NodeSearch.ceiling(leaf, hi, lo);
    valid = index < leaf.count() || nextLeaf();
    return valid;
  }

  /** Moves to the last item whose key is not greater; false, and no item, where there is none. */
  public boolean seekFloor(long hi, long lo) throws IOException {
    if (!descend(hi, lo)) {
      return false;
    }
    // The leaf's first key is not greater, so there is one.
    index = NodeSearch.floor(leaf, hi, lo);
    valid = true;
    return true;
  }

  /** Moves to the first item; false where the tree is empty. */
  public boolean first() throws IOException {
    return edge(false);
  }

  /** Moves to the last item; false where the tree is empty. */
  public boolean last() throws IOException {
    return edge(true);
  }

  /** Moves to the item after this one; false, and no item, at the end. */
  public boolean next() throws IOException {
    if (valid) {
      valid = false;
      index++;
      valid = index < leaf.count() || nextLeaf();
    }
    return valid;
  }

  /** Moves to the item before this one; false, and no item, at the start. */
  public boolean previous() throws IOException {
    if (valid) {
      valid = false;
      index--;
      valid = index >= 0 || previousLeaf();
    }
    return valid;
  }

  /** Whether the cursor stands on an item, so that what follows can be asked. */
  public boolean valid() {
    return valid;
  }

  /** The first word of the item's key. */
  public long hi() {
    return leaf.hi(index);
  }

  /** The second word of the item's key. */
  public long lo() {
    return leaf.lo(index);
  }

  /** A copy of the item's value. */
  public byte[] value() {
    return leaf.value(index);
  }

  /** The array that holds the item's value; read only, and does not change. */
  public byte[] array() {
    return leaf.array();
  }

  /** Where in {@link #array()} the value starts. */
  public int valueAt() {
    return leaf.valueAt(index);
  }

  /** The bytes of the value. */
  public int valueLength() {
    return leaf.valueLength(index);
  }

  /** Fills the path to the leaf that would hold the key; false where every key is greater. */
  private boolean descend(long hi, long lo) throws IOException {
    valid = false;
    if (leaf != null && covers(leaf, hi, lo)) {
      return true;
    }
    leaf = null;
    if (tree.root().isEmpty()) {
      return false;
    }
    Node node = tree.rootNode();
    for (int level = tree.root().height() - 1; level > 0; level--) {
      int at = NodeSearch.floor(node, hi, lo);
      if (at < 0) {
        return false;
      }
      nodes[level] = node;
      indices[level] = at;
      node = tree.child(node, at);
    }
    if (Keys.compare(node.hi(0), node.lo(0), hi, lo) > 0) {
      return false;
    }
    leaf = node;
    return true;
  }

  private static boolean covers(Node leaf, long hi, long lo) {
    int last = leaf.count() - 1;
    return Keys.compare(leaf.hi(0), leaf.lo(0), hi, lo) <= 0
        && Keys.compare(hi, lo, leaf.hi(last), leaf.lo(last)) <= 0;
  }

  private boolean edge(boolean atEnd) throws IOException {
    leaf = null;
    valid = false;
    if (!tree.root().isEmpty()) {
      fill(tree.rootNode(), tree.root().height() - 1, atEnd);
      valid = true;
    }
    return valid;
  }

  private boolean nextLeaf() throws IOException {
    int level = 1;
    int height = tree.root().height();
    while (level < height && indices[level] == nodes[level].count() - 1) {
      level++;
    }
    Node from = leaf;
    leaf = null;
    if (level >= height) {
      return false;
    }
    indices[level]++;
    fill(tree.child(nodes[level], indices[level]), level - 1, false);
    // INV-TREE-4. Without it a hostile image could lead a scan over the same leaves for ever.
    int last = from.count() - 1;
    checkOrder(from.hi(last), from.lo(last), leaf.hi(0), leaf.lo(0));
    return true;
  }

  private boolean previousLeaf() throws IOException {
    int level = 1;
    int height = tree.root().height();
    while (level < height && indices[level] == 0) {
      level++;
    }
    Node from = leaf;
    leaf = null;
    if (level >= height) {
      return false;
    }
    indices[level]--;
    fill(tree.child(nodes[level], indices[level]), level - 1, true);
    checkOrder(leaf.hi(index), leaf.lo(index), from.hi(0), from.lo(0));
    return true;
  }

  /** Fills the path from {@code node} down along its first or last children. */
  private void fill(Node top, int topLevel, boolean atEnd) throws IOException {
    Node node = top;
    for (int level = topLevel; level > 0; level--) {
      nodes[level] = node;
      indices[level] = atEnd ? node.count() - 1 : 0;
      node = tree.child(node, indices[level]);
    }
    leaf = node;
    index = atEnd ? node.count() - 1 : 0;
  }

  private void checkOrder(long hi1, long lo1, long hi2, long lo2) throws CorruptImageException {
    Node checked = leaf;
    leaf = null;
    TreeChecks.ascending(tree.id(), hi1, lo1, hi2, lo2);
    leaf = checked;
  }
}
