package org.razorfs.layout;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.razorfs.layout.NodeBuilder.Sealed;
import org.razorfs.wire.Bytes;

/** Nodes whose structure is sound and whose content breaks a rule. */
class NodeCheckTest {
  private static final VolumeBounds BOUNDS =
      new VolumeBounds(0x20000, 0x100000, 8192, 9, 100, 100, 100);

  @Test
  void legalNodesHaveNoViolations() {
    assertEquals(List.of(), leafBroken(bytes -> {}));
    assertEquals(List.of(), innerBroken(bytes -> {}));
  }

  private interface Forge {
    void apply(byte[] bytes);
  }

  private static List<Invariant> leafBroken(Forge forge) {
    return broken(NodeTest.leaf(), TreeId.INODES, forge);
  }

  private static List<Invariant> innerBroken(Forge forge) {
    return broken(NodeTest.inner(), TreeId.STRINGS, forge);
  }

  private static List<Invariant> broken(Sealed sealed, TreeId tree, Forge forge) {
    byte[] bytes = sealed.node().array();
    forge.apply(bytes);
    return NodeCheck.check(Node.trusted(bytes), sealed.pointer(), tree, BOUNDS).stream()
        .map(Violation::invariant)
        .toList();
  }

  @Test
  void valuesThatOverlapAreNamed() {
    // 444 bytes of value each, in 512 bytes.
    assertEquals(
        List.of(Invariant.TREE_6, Invariant.NODE_7),
        leafBroken(
            bytes -> {
              Bytes.put16(bytes, 66, 400);
              Bytes.put16(bytes, 84 + 20 - 20, 108);
              Bytes.put16(bytes, 106, 400);
            }));
  }

  @Test
  void valueThatIsTooLongIsNamed() {
    NodeBuilder builder = new NodeBuilder(8192, 0);
    byte[] value = new byte[Geometry.maxValue(8192) + 1];
    builder.add(Keys.hi(1, Keys.EXTENT), 0, value, 0, value.length);
    assertEquals(
        List.of(Invariant.TREE_7),
        broken(
            builder.seal(TreeId.INODES, Samples.UUID_1, 0x20000, 5), TreeId.INODES, bytes -> {}));
  }

  @Test
  void itemOfAnotherTreeIsNamed() {
    assertEquals(List.of(Invariant.TREE_8), leafBroken(bytes -> bytes[88] = Keys.CHUNK));
    assertEquals(
        List.of(Invariant.TREE_8, Invariant.TREE_8, Invariant.TREE_8),
        broken(NodeTest.leaf(), TreeId.FREE, bytes -> {}));
  }

  @Test
  void gapsAndReservedBytesAreNamed() {
    assertEquals(List.of(Invariant.NODE_7), leafBroken(bytes -> bytes[44] = 1));
    assertEquals(List.of(Invariant.NODE_7), leafBroken(bytes -> bytes[400] = 1));
    assertEquals(List.of(Invariant.NODE_7), leafBroken(bytes -> Bytes.put16(bytes, 104, 120)));
    assertEquals(List.of(Invariant.NODE_7), innerBroken(bytes -> bytes[44] = 1));
    assertEquals(List.of(Invariant.NODE_7), innerBroken(bytes -> bytes[507] = 1));
  }

  @Test
  void childrenThatCannotBeAreNamed() {
    assertEquals(List.of(Invariant.PTR_1), innerBroken(b -> Bytes.put64(b, 64, 0x1fe00)));
    assertEquals(List.of(Invariant.PTR_1), innerBroken(b -> Bytes.put64(b, 64, 0x100000)));
    assertEquals(List.of(Invariant.PTR_1), innerBroken(b -> Bytes.put32(b, 80, 16384)));
    assertEquals(List.of(Invariant.PTR_1), innerBroken(b -> Bytes.put32(b, 80, -512)));
    assertEquals(List.of(Invariant.PTR_1), innerBroken(b -> Bytes.put64(b, 72, 0)));
    assertEquals(
        List.of(Invariant.PTR_1, Invariant.NODE_8), innerBroken(b -> Bytes.put64(b, 72, 6)));
    assertEquals(
        List.of(Invariant.PTR_1, Invariant.NODE_8), innerBroken(b -> Bytes.put64(b, 64, 0)));
  }

  @Test
  void itemsAreJudgedOneByOne() {
    List<Violation> found = NodeCheck.items(NodeTest.leaf().node(), TreeId.INODES, BOUNDS);
    // Two inodes of wrong length (which also cannot be decoded) and an entry without a value.
    assertEquals(
        List.of(
            Invariant.INO_1,
            Invariant.INO_1,
            Invariant.DIR_1,
            Invariant.DIR_1,
            Invariant.INO_1,
            Invariant.INO_1),
        found.stream().map(Violation::invariant).toList());
  }

  @Test
  void rootsAreJudgedByThemselves() {
    BlockPointer pointer = new BlockPointer(0x20000, 3, 512, 1);
    TreeRoot legal = new TreeRoot(pointer, 1, 1, 10, 512);
    assertEquals(List.of(), PointerCheck.root(TreeId.INODES, legal, BOUNDS));
    assertEquals(List.of(), PointerCheck.root(TreeId.CHUNKS, TreeRoot.EMPTY, BOUNDS));
    TreeRoot empty = new TreeRoot(BlockPointer.NULL, 0, 0, 1, 0);
    assertEquals(
        Invariant.TREE_1, PointerCheck.root(TreeId.CHUNKS, empty, BOUNDS).get(0).invariant());
  }
}
