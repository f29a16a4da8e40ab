package org.razorfs.tree;

import java.io.IOException;
import org.razorfs.block.NodeStore;
import org.razorfs.layout.BlockPointer;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.Node;
import org.razorfs.layout.TreeId;
import org.razorfs.layout.TreeRoot;

/**
 * Foretells a merge in mode {@link TreeMerge.Mode#EXACT}: which nodes it replaces and how many it
 * writes at most, from the keys alone, before any value is known.
 */
public final class TouchedNodes {
  private final TreeId tree;
  private final NodeStore store;
  private final int nodeSize;

  /** Takes each node that the merge will replace. */
  @FunctionalInterface
  public interface Visitor {
    /** Called once a node, a parent before its children. */
    void touched(BlockPointer pointer, int level);
  }

  /**
   * @param nodeSize that of the merge, in bytes
   */
  public TouchedNodes(TreeId tree, int nodeSize, NodeStore store) {
    this.tree = tree;
    this.nodeSize = nodeSize;
    this.store = store;
  }

  /**
   * Visits the nodes that a merge with changes of exactly the keys (hi, los[0..count)) replaces.
   * Reads them.
   *
   * @param los strictly ascending, unsigned
   * @param count how many of them, from the first
   * @param maxLength no put has a longer value, in bytes; 0 if there are only deletions
   * @return the most nodes that the merge can write, each of at most the node size
   */
  public long visit(TreeRoot root, long hi, long[] los, int count, int maxLength, Visitor visitor)
      throws IOException {
    TreeChecks.root(tree, root);
    if (count == 0) {
      return 0;
    }
    return new Visit(root, hi, los, maxLength, visitor).run(count);
  }

  private final class Visit {
    private final TreeRoot root;
    private final long hi;
    private final long[] los;
    private final int maxLength;
    private final Visitor visitor;
    private final int capacity = nodeSize - Node.HEADER - Node.TRAILER;

    /** The bytes of pending entries a level, at most; mirrors what {@link Merging} holds. */
    private final long[] pending = new long[TreeChecks.MAX_HEIGHT + 1];

    private long written;

    Visit(TreeRoot root, long hi, long[] los, int maxLength, Visitor visitor) {
      this.root = root;
      this.hi = hi;
      this.los = los;
      this.maxLength = maxLength;
      this.visitor = visitor;
    }

    long run(int count) throws IOException {
      int height = root.height();
      if (root.isEmpty()) {
        addChanges(count);
      } else {
        visit(root.pointer(), height - 1, 0, count);
      }
      for (int level = 0; level < TreeChecks.MAX_HEIGHT; level++) {
        long made = flush(level);
        if (made <= 1 && level >= height - 1) {
          break;
        }
      }
      return written;
    }

    private void visit(BlockPointer pointer, int level, int from, int to) throws IOException {
      visitor.touched(pointer, level);
      Node node = store.read(pointer, tree, level);
      if (level == 0) {
        pending[0] += node.entryBytes() - replaced(node, from, to);
        addChanges(to - from);
        return;
      }
      int last = node.count() - 1;
      int start = from;
      for (int i = 0; i <= last; i++) {
        int end = i == last ? to : lowerBound(start, to, node.hi(i + 1), node.lo(i + 1));
        if (end > start) {
          visit(node.child(i), level - 1, start, end);
          start = end;
        } else {
          for (int below = 0; below < level; below++) {
            flush(below);
          }
          pending[level] += Node.INNER_ENTRY;
        }
      }
    }

    /** The bytes of a leaf's entries that the changes replace. */
    private int replaced(Node leaf, int from, int to) {
      int bytes = 0;
      for (int i = from; i < to; i++) {
        int at = leaf.ceiling(hi, los[i]);
        if (at < leaf.count() && leaf.hi(at) == hi && leaf.lo(at) == los[i]) {
          bytes += Node.LEAF_ENTRY + leaf.valueLength(at);
        }
      }
      return bytes;
    }

    private void addChanges(int changes) {
      pending[0] += (long) changes * (Node.LEAF_ENTRY + maxLength);
    }

    /** The first of los[from..to) whose key is not less than the given one. */
    private int lowerBound(int from, int to, long keyHi, long keyLo) {
      if (keyHi != hi) {
        return Long.compareUnsigned(hi, keyHi) < 0 ? to : from;
      }
      int low = from;
      int high = to;
      while (low < high) {
        int middle = (low + high) >>> 1;
        if (Long.compareUnsigned(los[middle], keyLo) < 0) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      return low;
    }

    /**
     * Makes nodes of what is pending. All nodes of a stretch but the last one, or the last two
     * together, lack less than the largest entry of being full.
     */
    private long flush(int level) {
      long fill =
          level == 0
              ? capacity - Node.LEAF_ENTRY - Geometry.maxValue(nodeSize) + 1
              : capacity - capacity % Node.INNER_ENTRY;
      boolean fitsOne = pending[level] > 0 && pending[level] <= capacity;
      long made = fitsOne ? 1 : (pending[level] + fill - 1) / fill;
      pending[level] = 0;
      pending[level + 1] += made * Node.INNER_ENTRY;
      written += made;
      return made;
    }
  }
}
