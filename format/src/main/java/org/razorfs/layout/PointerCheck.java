package org.razorfs.layout;

import java.util.List;

/** Judges block pointers and tree roots by themselves: INV-PTR-1, INV-TREE-1, INV-NODE-8. */
public final class PointerCheck {
  /**
   * No tree is higher: even nodes of the smallest size have a fan-out of 200. It bounds every
   * recursion.
   */
  public static final int MAX_HEIGHT = 12;

  private PointerCheck() {}

  /** Judges a tree's root as a superblock states it. */
  public static List<Violation> root(TreeId tree, TreeRoot root, VolumeBounds bounds) {
    Findings findings = new Findings("root of tree " + tree);
    root(findings, tree, root, bounds);
    return findings.list();
  }

  static void root(Findings findings, TreeId tree, TreeRoot root, VolumeBounds bounds) {
    if (root.isEmpty()) {
      findings.expect(
          root.equals(TreeRoot.EMPTY),
          Invariant.TREE_1,
          "zeros in the empty root of " + tree,
          root);
      return;
    }
    findings.range(Invariant.TREE_1, "a height of tree " + tree, 1, MAX_HEIGHT, root.height());
    findings.expect(
        root.nodes() >= root.height()
            && root.items() > 0
            && root.bytes() / Geometry.UNIT >= root.nodes()
            && root.bytes() >= root.pointer().length(),
        Invariant.TREE_1,
        "counts of tree " + tree + " that its height allows",
        root);
    pointer(findings, "root of " + tree, root.pointer(), bounds.generation(), bounds);
  }

  /** Judges a pointer that must not be null nor younger than {@code generation}. */
  static void pointer(
      Findings findings, String what, BlockPointer pointer, long generation, VolumeBounds bounds) {
    findings.expect(
        bounds.holds(pointer.address(), pointer.length()) && pointer.length() <= bounds.nodeSize(),
        Invariant.PTR_1,
        what + " of " + bounds.area() + ", at most " + bounds.nodeSize(),
        pointer);
    findings.expect(
        pointer.birth() > 0 && pointer.birth() <= generation,
        Invariant.PTR_1,
        what + " of a generation from 1 to " + generation,
        pointer);
  }
}
