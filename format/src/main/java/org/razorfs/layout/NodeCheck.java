package org.razorfs.layout;

import java.util.ArrayList;
import java.util.List;

/**
 * Judges what {@link Node#open} leaves open about a node: INV-NODE-7, INV-NODE-8, INV-TREE-6 to
 * INV-TREE-8, and each of its items by {@link ItemCheck}.
 */
public final class NodeCheck {
  private NodeCheck() {}

  /** Judges a node of a tree without its items' values. */
  public static List<Violation> check(
      Node node, BlockPointer pointer, TreeId tree, VolumeBounds bounds) {
    Findings findings = new Findings("node at " + pointer.address() + " of tree " + tree);
    if (node.isLeaf()) {
      leaf(findings, node, tree, bounds);
    } else {
      for (int i = 0; i < node.count(); i++) {
        PointerCheck.pointer(findings, "child " + i, node.child(i), pointer.birth(), bounds);
        findings.expect(
            !node.child(i).isNull(), Invariant.NODE_8, "a child at entry " + i, "no address");
        findings.expect(
            node.child(i).birth() <= pointer.birth(),
            Invariant.NODE_8,
            "a child not younger than " + pointer.birth(),
            node.child(i));
      }
      gaps(findings, node, Node.HEADER + node.count() * Node.INNER_ENTRY);
    }
    return findings.list();
  }

  /** Judges a leaf's items one by one. */
  public static List<Violation> items(Node leaf, TreeId tree, VolumeBounds bounds) {
    List<Violation> found = new ArrayList<>();
    for (int i = 0; i < leaf.count(); i++) {
      found.addAll(
          ItemCheck.check(
              tree,
              leaf.hi(i),
              leaf.lo(i),
              leaf.array(),
              leaf.valueAt(i),
              leaf.valueLength(i),
              bounds));
    }
    return found;
  }

  private static void leaf(Findings findings, Node node, TreeId tree, VolumeBounds bounds) {
    int heap = Node.HEADER + node.count() * Node.LEAF_ENTRY;
    int at = heap;
    boolean inOrder = true;
    long sum = (long) heap + Node.TRAILER;
    for (int i = 0; i < node.count(); i++) {
      inOrder &= node.valueAt(i) == at;
      at = node.valueAt(i) + node.valueLength(i);
      sum += node.valueLength(i);
      findings.expect(
          node.valueLength(i) <= Geometry.maxValue(bounds.nodeSize()),
          Invariant.TREE_7,
          "a value of at most " + Geometry.maxValue(bounds.nodeSize()) + " bytes",
          node.valueLength(i));
      findings.expect(
          tree.holds(Keys.type(node.hi(i))),
          Invariant.TREE_8,
          "an item type of tree " + tree,
          Keys.toString(node.hi(i), node.lo(i)));
    }
    findings.expect(
        sum <= node.length(), Invariant.TREE_6, "values that do not overlap", sum + " bytes");
    findings.expect(inOrder, Invariant.NODE_7, "values in order without gaps", "others");
    if (inOrder) {
      gaps(findings, node, at);
    }
  }

  private static void gaps(Findings findings, Node node, int end) {
    byte[] bytes = node.array();
    findings.expect(
        SuperblockCheck.isZero(bytes, 44, Node.HEADER)
            && SuperblockCheck.isZero(bytes, end, bytes.length - Node.TRAILER),
        Invariant.NODE_7,
        "zeros in reserved places",
        "other bytes");
  }
}
