package org.razorfs.tree;

import java.io.IOException;
import org.razorfs.block.NodeStore;
import org.razorfs.fault.CorruptImageException;
import org.razorfs.layout.Node;
import org.razorfs.layout.TreeId;
import org.razorfs.layout.TreeRoot;

/**
 * Snapshot of one tree: what a root reaches, which never changes. May be read by any number of
 * threads without a lock, for as long as the checkpoint that replaced it has not let its nodes'
 * space be used again; a later reader gets a {@link CorruptImageException} and takes the new root.
 */
public final class Tree {
  private final TreeId id;
  private final TreeRoot root;
  private final NodeStore store;

  /**
   * @throws CorruptImageException where the root cannot be one (INV-TREE-1)
   */
  public Tree(TreeId id, TreeRoot root, NodeStore store) throws CorruptImageException {
    TreeChecks.root(id, root);
    this.id = id;
    this.root = root;
    this.store = store;
  }

  /** Which of the volume's trees this is. */
  public TreeId id() {
    return id;
  }

  /** The root that this is a snapshot of. */
  public TreeRoot root() {
    return root;
  }

  /** A copy of the value of an item, or null where there is none with this key. */
  public byte[] get(long hi, long lo) throws IOException {
    Node leaf = leaf(hi, lo);
    if (leaf == null) {
      return null;
    }
    int index = NodeSearch.ceiling(leaf, hi, lo);
    return isAt(leaf, index, hi, lo) ? leaf.value(index) : null;
  }

  /** Whether there is an item with this key. */
  public boolean contains(long hi, long lo) throws IOException {
    Node leaf = leaf(hi, lo);
    return leaf != null && isAt(leaf, NodeSearch.ceiling(leaf, hi, lo), hi, lo);
  }

  /** A new cursor, which stands on no item yet. */
  public Cursor cursor() {
    return new Cursor(this);
  }

  Node rootNode() throws IOException {
    return store.read(root.pointer(), id, root.height() - 1);
  }

  /** The child of an inner node's entry, in its place (INV-TREE-2, INV-TREE-3). */
  Node child(Node parent, int index) throws IOException {
    Node child = store.readChild(parent, index, id);
    TreeChecks.firstKey(child, parent.hi(index), parent.lo(index), parent.childAddress(index));
    return child;
  }

  /** The leaf that would hold the key, or null where every key of the tree is greater. */
  private Node leaf(long hi, long lo) throws IOException {
    if (root.isEmpty()) {
      return null;
    }
    Node node = rootNode();
    while (!node.isLeaf()) {
      int index = NodeSearch.floor(node, hi, lo);
      if (index < 0) {
        return null;
      }
      node = child(node, index);
    }
    return node;
  }

  private static boolean isAt(Node leaf, int index, long hi, long lo) {
    return index < leaf.count() && leaf.lo(index) == lo && leaf.hi(index) == hi;
  }
}
