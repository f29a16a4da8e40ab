package org.razorfs.layout;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.razorfs.fault.CorruptImageException;
import org.razorfs.layout.NodeBuilder.Sealed;
import org.razorfs.wire.Bytes;

/** Nodes that differ from the specification, are not what a pointer means, or are forged. */
class NodeTest {
  private static final String LEAF =
      """
      525a4e44 01 00 0300                    # magic, tree, level, count
      0000020000000000 0500000000000000      # address, generation
      00112233445566778899aabbccddeeff       # uuid
      00020000 00000000                      # length, reserved
      0101000000000000 0000000000000000 6c00 0300
      0301000000000000 0700000000000000 6f00 0000
      0102000000000000 0000000000000000 6f00 0500
      6f6e65 7468726565                      # "one", "three"
      """;

  private static final String INNER =
      """
      525a4e44 02 01 0200
      0002020000000000 0500000000000000
      00112233445566778899aabbccddeeff
      00020000 00000000
      0600000000000000 0100000000000000
      0000030000000000 0400000000000000 00040000 44332211
      0600000000000000 6300000000000000
      0004030000000000 0500000000000000 00020000 88776655
      """;

  static Sealed leaf() {
    NodeBuilder builder = new NodeBuilder(16384, 0);
    add(builder, 1, Keys.INODE, 0, "one");
    add(builder, 1, Keys.DIRENT, 7, "");
    add(builder, 2, Keys.INODE, 0, "three");
    return builder.seal(TreeId.INODES, Samples.UUID_1, 0x20000, 5);
  }

  private static void add(NodeBuilder builder, long object, int type, long lo, String value) {
    byte[] bytes = value.getBytes(StandardCharsets.US_ASCII);
    builder.add(Keys.hi(object, type), lo, bytes, 0, bytes.length);
  }

  static Sealed inner() {
    NodeBuilder builder = new NodeBuilder(16384, 1);
    builder.add(Keys.STRING, 1, new BlockPointer(0x30000, 4, 1024, 0x11223344));
    builder.add(Keys.STRING, 99, new BlockPointer(0x30400, 5, 512, 0x55667788));
    return builder.seal(TreeId.STRINGS, Samples.UUID_1, 0x20200, 5);
  }

  private static byte[] sealed(String hex) {
    return resealed(Arrays.copyOf(Hex.parse(hex), 512));
  }

  static byte[] resealed(byte[] node) {
    int crcAt = node.length - Node.TRAILER;
    Bytes.put32(node, crcAt, Bytes.crc32(node, 0, crcAt));
    return node;
  }

  @Test
  void bytesAreThoseOfTheSpecification() {
    assertArrayEquals(sealed(LEAF), leaf().node().array());
    assertArrayEquals(sealed(INNER), inner().node().array());
  }

  @Test
  void entriesAreReadAsWritten() throws CorruptImageException {
    Node leaf = open(leaf().node().array(), leaf().pointer(), TreeId.INODES, 0);
    assertTrue(leaf.isLeaf());
    assertEquals(3, leaf.count());
    assertEquals(0, leaf.level());
    assertEquals(512, leaf.length());
    assertEquals(Keys.hi(1, Keys.DIRENT), leaf.hi(1));
    assertEquals(7, leaf.lo(1));
    assertArrayEquals("three".getBytes(StandardCharsets.US_ASCII), leaf.value(2));
    Node inner = open(inner().node().array(), inner().pointer(), TreeId.STRINGS, 1);
    assertFalse(inner.isLeaf());
    assertEquals(new BlockPointer(0x30400, 5, 512, 0x55667788), inner.child(1));
    assertEquals(0x30400, inner.childAddress(1));
  }

  private static Node open(byte[] bytes, BlockPointer pointer, TreeId tree, int level)
      throws CorruptImageException {
    return Node.open(bytes, pointer, tree, level, Samples.UUID_1);
  }

  @Test
  void searchFindsNeighbours() throws CorruptImageException {
    Node leaf = open(leaf().node().array(), leaf().pointer(), TreeId.INODES, 0);
    assertEquals(0, leaf.ceiling(0, 0));
    assertEquals(-1, leaf.floor(0, 0));
    assertEquals(1, leaf.ceiling(Keys.hi(1, Keys.DIRENT), 7));
    assertEquals(1, leaf.floor(Keys.hi(1, Keys.DIRENT), 7));
    assertEquals(2, leaf.ceiling(Keys.hi(1, Keys.DIRENT), 8));
    assertEquals(1, leaf.floor(Keys.hi(1, Keys.DIRENT), 8));
    assertEquals(3, leaf.ceiling(-1, -1));
    assertEquals(2, leaf.floor(-1, -1));
  }

  @Test
  void everyFlippedByteIsNoticed() {
    byte[] bytes = leaf().node().array().clone();
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] ^= 1;
      assertThrows(
          CorruptImageException.class,
          () -> open(bytes, leaf().pointer(), TreeId.INODES, 0),
          "byte " + i);
      bytes[i] ^= 1;
    }
  }

  @Test
  void anotherNodeThanThePointerMeansIsNoticed() {
    byte[] bytes = leaf().node().array();
    BlockPointer right = leaf().pointer();
    List<BlockPointer> wrong =
        List.of(
            new BlockPointer(0x20200, right.birth(), right.length(), right.crc()),
            new BlockPointer(right.address(), 4, right.length(), right.crc()),
            new BlockPointer(right.address(), right.birth(), right.length(), 1));
    for (BlockPointer pointer : wrong) {
      assertThrows(
          CorruptImageException.class, () -> open(bytes, pointer, TreeId.INODES, 0), "" + pointer);
    }
    assertThrows(CorruptImageException.class, () -> open(bytes, right, TreeId.STRINGS, 0));
    assertThrows(CorruptImageException.class, () -> open(bytes, right, TreeId.INODES, 1));
    for (UUID uuid :
        List.of(
            new UUID(0, Samples.UUID_1.getLeastSignificantBits()),
            new UUID(Samples.UUID_1.getMostSignificantBits(), 0))) {
      assertThrows(
          CorruptImageException.class, () -> Node.open(bytes, right, TreeId.INODES, 0, uuid));
    }
  }

  @Test
  void bytesThatCannotHoldANodeAreRefused() {
    for (int length : new int[] {0, 3, 4, 48, 511, 65537}) {
      assertThrows(
          CorruptImageException.class,
          () -> open(new byte[length], leaf().pointer(), TreeId.INODES, 0),
          "" + length);
    }
  }

  @Test
  void forgedStructureIsRefused() {
    refused("magic", leaf(), bytes -> bytes[0] = 'X');
    refused("length", leaf(), bytes -> Bytes.put32(bytes, 40, 1024));
    refused("no entries", leaf(), bytes -> Bytes.put16(bytes, 6, 0));
    refused("too many entries", leaf(), bytes -> Bytes.put16(bytes, 6, 65535));
    refused("entries into the crc", leaf(), bytes -> Bytes.put16(bytes, 6, 24));
    refused("equal keys", leaf(), bytes -> System.arraycopy(bytes, 48, bytes, 68, 16));
    refused("descending keys", leaf(), bytes -> Bytes.put64(bytes, 48, -1));
    refused("value in the entries", leaf(), bytes -> Bytes.put16(bytes, 64, 107));
    refused("value in the crc", leaf(), bytes -> Bytes.put16(bytes, 64, 506));
    refused("value beyond the node", leaf(), bytes -> Bytes.put16(bytes, 66, 65535));
    refused("inner entries into the crc", inner(), bytes -> Bytes.put16(bytes, 6, 12));
    refused("inner keys descending", inner(), bytes -> Bytes.put64(bytes, 88, 5));
  }

  private static void refused(String what, Sealed sealed, Consumer<byte[]> forge) {
    byte[] bytes = sealed.node().array().clone();
    forge.accept(bytes);
    resealed(bytes);
    BlockPointer old = sealed.pointer();
    BlockPointer pointer =
        new BlockPointer(
            old.address(), old.birth(), old.length(), Bytes.i32(bytes, bytes.length - 4));
    TreeId tree = sealed.node().isLeaf() ? TreeId.INODES : TreeId.STRINGS;
    assertThrows(
        CorruptImageException.class, () -> open(bytes, pointer, tree, sealed.node().level()), what);
  }

  @ParameterizedTest
  @ValueSource(ints = {8192, 16384, 32768, 65536})
  void fullNodesOfEverySizeAreReadAsWritten(int nodeSize) throws CorruptImageException {
    Random random = new Random(nodeSize);
    NodeBuilder builder = new NodeBuilder(nodeSize, 0);
    for (int round = 0; round < 20; round++) {
      builder.clear();
      List<byte[]> values = new ArrayList<>();
      while (true) {
        byte[] value = new byte[random.nextInt(round < 5 ? Geometry.maxValue(nodeSize) : 60)];
        if (!builder.fits(value.length)) {
          break;
        }
        random.nextBytes(value);
        builder.add(
            Keys.hi(values.size() / 3 + 1, Keys.EXTENT), values.size(), value, 0, value.length);
        values.add(value);
      }
      Sealed sealed = builder.seal(TreeId.INODES, Samples.UUID_1, 512, round);
      assertTrue(sealed.pointer().length() <= nodeSize && builder.size() <= nodeSize);
      Node node = open(sealed.node().array(), sealed.pointer(), TreeId.INODES, 0);
      assertEquals(values.size(), node.count());
      for (int i = 0; i < values.size(); i++) {
        assertArrayEquals(values.get(i), node.value(i));
        assertEquals(i, node.floor(Keys.hi(i / 3 + 1, Keys.EXTENT), i));
      }
      assertEquals(
          List.of(), NodeCheck.check(node, sealed.pointer(), TreeId.INODES, wide(nodeSize)));
    }
  }

  private static VolumeBounds wide(int nodeSize) {
    return new VolumeBounds(512, 1 << 30, nodeSize, 100, 1 << 20, 1 << 20, 1 << 20);
  }

  @Test
  void threeOfTheLongestValuesFit() {
    for (int nodeSize = Geometry.MIN_NODE; nodeSize <= Geometry.MAX_NODE; nodeSize *= 2) {
      NodeBuilder builder = new NodeBuilder(nodeSize, 0);
      byte[] value = new byte[Geometry.maxValue(nodeSize)];
      for (int i = 0; i < 3; i++) {
        assertTrue(builder.fits(value.length), nodeSize + ", " + i);
        builder.add(Keys.SEGMENT, i, value, 0, value.length);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {8192, 65536})
  void fullInnerNodesAreReadAsWritten(int nodeSize) throws CorruptImageException {
    NodeBuilder builder = new NodeBuilder(nodeSize, 3);
    int count = 0;
    while (builder.fits()) {
      builder.add(Keys.SEGMENT, count, new BlockPointer(512L * (count + 1), 1, 512, count));
      count++;
    }
    Sealed sealed = builder.seal(TreeId.FREE, Samples.UUID_1, 512, 1);
    assertEquals(nodeSize, sealed.pointer().length());
    Node node = open(sealed.node().array(), sealed.pointer(), TreeId.FREE, 3);
    assertEquals(count, node.count());
    assertEquals(count - 1, node.child(count - 1).crc());
    assertEquals(0, builder.firstLo());
    assertEquals(Keys.SEGMENT, builder.firstHi());
  }
}
