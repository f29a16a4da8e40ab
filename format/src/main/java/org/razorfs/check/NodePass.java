package org.razorfs.check;

import java.io.IOException;
import java.util.List;
import org.razorfs.fault.CorruptImageException;
import org.razorfs.layout.BlockPointer;
import org.razorfs.layout.Invariant;
import org.razorfs.layout.ItemCheck;
import org.razorfs.layout.Keys;
import org.razorfs.layout.Node;
import org.razorfs.layout.NodeCheck;
import org.razorfs.layout.TreeId;
import org.razorfs.layout.TreeRoot;
import org.razorfs.layout.Violation;
import org.razorfs.tree.KeyRange;
import org.razorfs.tree.TreeWalk;

/**
 * Pass 3, spec §5.1 and §5.2. Checks every node of the four trees and its place among the others,
 * every item by itself, and what the roots count. Learns where nodes lie, and hands the items to
 * the passes that know what they mean, so that these need no walk of their own. Needs the
 * superblock; keeps nothing.
 */
final class NodePass {
  private static final String NAME = "trees";

  private final Subject subject;
  private final Reporter reporter;
  private final UnitMap units;
  private final long total;
  private long done;
  private boolean whole = true;

  NodePass(Subject subject, UnitMap units) {
    this.subject = subject;
    this.reporter = subject.reporter();
    this.units = units;
    long nodes = 0;
    for (TreeRoot root : subject.superblock().roots().values()) {
      nodes += Math.min(root.nodes(), subject.bounds().dataEnd());
    }
    this.total = nodes;
  }

  /** Sound nodes met so far. */
  long nodes() {
    return done;
  }

  /** Whether every node could be read. */
  boolean isWhole() {
    return whole;
  }

  /** Goes through one tree. */
  void walk(TreeId tree, ItemVisitor items) throws IOException {
    TreeRoot root = subject.superblock().roots().get(tree);
    TreeWalk.Totals seen = new TreeWalk(tree, subject.store()).walk(root, new Visitor(tree, items));
    items.end();
    if (seen.whole() && !seen.agreesWith(root)) {
      reporter.add(
          Invariant.TREE_5,
          "root of tree " + tree,
          "expected " + seen + " as counted, got " + root);
    }
  }

  private final class Visitor implements TreeWalk.Visitor {
    private final TreeId tree;
    private final ItemVisitor items;

    Visitor(TreeId tree, ItemVisitor items) {
      this.tree = tree;
      this.items = items;
    }

    @Override
    public boolean node(BlockPointer pointer, int level, KeyRange keys, Node node) {
      reporter.addAll(NodeCheck.check(node, pointer, tree, subject.bounds()));
      mark(pointer);
      if (node.isLeaf()) {
        for (int i = 0; i < node.count(); i++) {
          item(node, i);
        }
      }
      done++;
      subject.listener().progress(NAME, Math.min(done, total), total);
      return true;
    }

    @Override
    public void damaged(BlockPointer pointer, int level, KeyRange keys, IOException problem) {
      whole = false;
      items.lost(keys);
      if (isInside(pointer)) { // else NodeCheck of its parent says so
        reporter.add(problem, Invariant.NODE_5, "node at " + pointer.address());
      }
    }

    private void mark(BlockPointer pointer) {
      if (!isInside(pointer)) {
        return;
      }
      long twice = units.mark(pointer.address(), pointer.length());
      if (twice >= 0) {
        reporter.add(
            Invariant.TREE_9,
            "node at " + pointer.address() + " of tree " + tree,
            "the unit at " + twice + " belongs to something else, too");
      }
    }

    private boolean isInside(BlockPointer pointer) {
      return subject.bounds().holds(pointer.address(), pointer.length());
    }

    private void item(Node leaf, int index) {
      long hi = leaf.hi(index);
      long lo = leaf.lo(index);
      boolean sound = tree.holds(Keys.type(hi));
      if (sound) {
        List<Violation> broken =
            ItemCheck.check(
                tree,
                hi,
                lo,
                leaf.array(),
                leaf.valueAt(index),
                leaf.valueLength(index),
                subject.bounds());
        for (Violation violation : broken) {
          reporter.add(violation);
          sound &= violation.invariant().reaction() != Invariant.Reaction.REFUSE;
        }
      }
      try {
        items.item(leaf, index, sound);
      } catch (CorruptImageException e) {
        reporter.add(e, Invariant.NODE_6, "item " + Keys.toString(hi, lo));
      }
    }
  }
}
