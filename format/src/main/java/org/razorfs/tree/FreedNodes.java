package org.razorfs.tree;

import org.razorfs.layout.BlockPointer;

/** Learns which nodes of the old root the new root of a merge no longer reaches. */
@FunctionalInterface
public interface FreedNodes {
  /** Called once for each such node, in no particular order. */
  void freed(BlockPointer pointer, int level);
}
