package org.razorfs.tree;

import java.io.IOException;
import org.razorfs.block.NodeStore;
import org.razorfs.block.NodeWriter;
import org.razorfs.fault.CorruptImageException;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.TreeId;
import org.razorfs.layout.TreeRoot;

/**
 * The one way in which trees change: merges a sorted run of changes into the tree of a root and
 * gives the root of the result, which shares all untouched nodes with the old one.
 *
 * <p>It streams. The items of touched nodes and the changes flow together, level by level, into new
 * nodes; at any time no more is held than a path of the old tree and two nodes a level of the new.
 * Each touched node is read and replaced once, however many changes it gets. A stretch of
 * neighbouring touched nodes is packed full; its last two nodes share their entries evenly, except
 * at the right edge of the tree, where appending fills the last one up the next time.
 *
 * <p>Holds no state between merges; may be used by several threads at once.
 */
public final class TreeMerge {
  private final TreeId tree;
  private final int nodeSize;
  private final NodeStore store;
  private final Mode mode;

  /** Which nodes a merge replaces. */
  public enum Mode {
    /**
     * As few as the result needs: a node in which no change has an effect is kept. A node that
     * would be less than a quarter full takes in a neighbour, also an untouched one, so that no
     * node stays smaller, except the last of each level where its neighbour has no room for it.
     */
    ABSORB,

    /**
     * Exactly those whose range of keys a change falls into, as {@link TouchedNodes} tells before
     * the merge: for the tree that must describe the space of its own nodes. Nodes can become
     * small, though never empty.
     */
    EXACT
  }

  /**
   * @param nodeSize the largest node to write, in bytes, a multiple of the unit
   */
  public TreeMerge(TreeId tree, int nodeSize, NodeStore store, Mode mode) {
    if (nodeSize < Geometry.MIN_NODE
        || nodeSize > Geometry.MAX_NODE
        || nodeSize % Geometry.UNIT != 0) {
      throw new IllegalArgumentException("node size " + nodeSize);
    }
    this.tree = tree;
    this.nodeSize = nodeSize;
    this.store = store;
    this.mode = mode;
  }

  /**
   * The root of the tree with all changes made.
   *
   * @param writer takes the new nodes; the caller finishes it
   * @param freed is told every node of the old root that the new one no longer reaches
   * @return {@code root} itself where no change has an effect (in mode EXACT: where there is no
   *     change), {@link TreeRoot#EMPTY} where no item is left
   * @throws IllegalArgumentException where the keys do not ascend or a value is too long
   * @throws CorruptImageException where a node that the merge touches cannot be right. After this
   *     and any other exception what was written is garbage and the old root still stands
   */
  public TreeRoot apply(TreeRoot root, ChangeSource changes, NodeWriter writer, FreedNodes freed)
      throws IOException {
    TreeChecks.root(tree, root);
    return new Merging(tree, nodeSize, store, mode == Mode.EXACT, changes, writer, freed).run(root);
  }
}
