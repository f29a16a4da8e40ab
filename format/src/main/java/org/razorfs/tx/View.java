package org.razorfs.tx;

import java.util.Map;
import org.razorfs.layout.Superblock;
import org.razorfs.layout.TreeId;
import org.razorfs.tree.Tree;

/**
 * One consistent state to read: the changes since the last freeze, those that a running checkpoint
 * is writing (or null), and the trees of the last checkpoint, asked in this order.
 */
record View(
    Epoch active, Epoch frozen, Map<TreeId, Tree> trees, Superblock superblock, NodeDemand demand) {
  /** The trees of a superblock, and changes over them. */
  static View of(Epoch active, Epoch frozen, Map<TreeId, Tree> trees, Superblock superblock) {
    return new View(active, frozen, trees, superblock, new NodeDemand(superblock));
  }

  /** The same trees with other epochs. */
  View with(Epoch newActive, Epoch newFrozen) {
    return new View(newActive, newFrozen, trees, superblock, demand);
  }

  /** The same, for a volume that is called something else. */
  View withLabel(String label) {
    return new View(active, frozen, trees, superblock.withLabel(label), demand);
  }

  Tree tree(TreeId id) {
    return trees.get(id);
  }
}
