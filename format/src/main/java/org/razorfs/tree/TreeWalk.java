package org.razorfs.tree;

import java.io.IOException;
import org.razorfs.block.NodeStore;
import org.razorfs.fault.CorruptImageException;
import org.razorfs.layout.BlockPointer;
import org.razorfs.layout.Node;
import org.razorfs.layout.TreeId;
import org.razorfs.layout.TreeRoot;

/**
 * Visits all nodes of a tree in the order of their keys and checks the rules between them on the
 * way; what is damaged is reported and left out, and the walk goes on beside it. Since each node
 * must have its own range of keys, no node is visited twice, whatever an image says.
 */
public final class TreeWalk {
  private final TreeId tree;
  private final NodeStore store;

  /** Takes what a walk finds. */
  public interface Visitor {
    /**
     * A sound node, before its children.
     *
     * @param keys the range that its keys lie in
     * @return whether to visit what is below it
     */
    boolean node(BlockPointer pointer, int level, KeyRange keys, Node node) throws IOException;

    /**
     * A node that cannot be read or breaks a rule: it and all below it are left out.
     *
     * @param keys the range whose items are missing
     * @param problem a {@link CorruptImageException} that tells the rule, or the device's failure
     */
    void damaged(BlockPointer pointer, int level, KeyRange keys, IOException problem)
        throws IOException;
  }

  /**
   * What a walk has seen.
   *
   * @param nodes sound nodes
   * @param items items in sound leaves
   * @param bytes the stored bytes of sound nodes
   * @param whole whether nothing was left out, neither as damaged nor by the visitor
   */
  public record Totals(long nodes, long items, long bytes, boolean whole) {
    /** Whether a root's counts are these (INV-TREE-5); says nothing unless {@link #whole}. */
    public boolean agreesWith(TreeRoot root) {
      return nodes == root.nodes() && items == root.items() && bytes == root.bytes();
    }
  }

  /** A walk through trees of one kind. */
  public TreeWalk(TreeId tree, NodeStore store) {
    this.tree = tree;
    this.store = store;
  }

  /**
   * Walks through the tree of a root. Damage goes to the visitor, that of the root itself as damage
   * at its level.
   *
   * @return what was seen, for a comparison with the root's counts
   * @throws IOException only what the visitor itself throws
   */
  public Totals walk(TreeRoot root, Visitor visitor) throws IOException {
    Run run = new Run(visitor);
    try {
      TreeChecks.root(tree, root);
    } catch (CorruptImageException e) {
      visitor.damaged(root.pointer(), Math.max(0, root.height() - 1), KeyRange.ALL, e);
      return run.totals(false);
    }
    if (!root.isEmpty()) {
      run.visit(root.pointer(), root.height() - 1, KeyRange.ALL, false);
    }
    return run.totals(run.whole);
  }

  private final class Run {
    private final Visitor visitor;
    private long nodes;
    private long items;
    private long bytes;
    private boolean whole = true;

    Run(Visitor visitor) {
      this.visitor = visitor;
    }

    Totals totals(boolean isWhole) {
      return new Totals(nodes, items, bytes, isWhole);
    }

    /** As deep as the tree is high, at most {@link TreeChecks#MAX_HEIGHT}. */
    void visit(BlockPointer pointer, int level, KeyRange keys, boolean hasParent)
        throws IOException {
      Node node;
      try {
        node = checked(pointer, level, keys, hasParent);
      } catch (IOException e) {
        whole = false;
        visitor.damaged(pointer, level, keys, e);
        return;
      }
      nodes++;
      bytes += pointer.length();
      boolean below = visitor.node(pointer, level, keys, node);
      if (node.isLeaf()) {
        items += node.count();
        return;
      }
      if (!below) {
        whole = false;
        return;
      }
      int last = node.count() - 1;
      for (int i = 0; i <= last; i++) {
        KeyRange range =
            i < last
                ? new KeyRange(node.hi(i), node.lo(i), true, node.hi(i + 1), node.lo(i + 1))
                : new KeyRange(
                    node.hi(i), node.lo(i), keys.bounded(), keys.upperHi(), keys.upperLo());
        visit(node.child(i), level - 1, range, true);
      }
    }

    private Node checked(BlockPointer pointer, int level, KeyRange keys, boolean hasParent)
        throws IOException {
      Node node = store.read(pointer, tree, level);
      if (hasParent) {
        TreeChecks.firstKey(node, keys.hi(), keys.lo(), pointer.address());
      }
      if (keys.bounded()) {
        TreeChecks.lastKey(node, keys.upperHi(), keys.upperLo(), pointer);
      }
      if (node.isLeaf()) {
        TreeChecks.values(node, pointer);
      }
      return node;
    }
  }
}
