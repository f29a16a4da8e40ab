package org.razorfs.tree;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.razorfs.block.NodeCache;
import org.razorfs.block.NodeStore;
import org.razorfs.block.NodeWriter;
import org.razorfs.device.MemoryDevice;
import org.razorfs.fault.CorruptImageException;
import org.razorfs.layout.BlockPointer;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.Node;
import org.razorfs.layout.NodeBuilder;
import org.razorfs.layout.TreeId;
import org.razorfs.layout.TreeRoot;
import org.razorfs.wire.Bytes;

/** Trees whose every CRC is right, and whose structure is not. */
class HostileTreeTest {
  private static final int NODE = 8192;
  private static final UUID VOLUME = new UUID(1, 2);
  private static final long SIZE = 64 << 20;

  private final MemoryDevice device = new MemoryDevice(SIZE);
  private final NodeStore store = new NodeStore(device, VOLUME, new NodeCache(8 << 20));
  private long next = Geometry.JOURNAL_START;

  private BlockPointer write(NodeBuilder builder, TreeId tree) throws IOException {
    NodeWriter writer = new NodeWriter(device, new NodeCache(0), this::allocate, VOLUME, 1);
    BlockPointer pointer = writer.write(builder, tree);
    writer.finish();
    return pointer;
  }

  private long allocate(int length) {
    next += length;
    return next - length;
  }

  /** A leaf with items (hi, 0). */
  private BlockPointer leaf(long... his) throws IOException {
    NodeBuilder builder = new NodeBuilder(NODE, 0);
    for (long hi : his) {
      builder.add(hi, 0, new byte[100], 0, 100);
    }
    return write(builder, TreeId.INODES);
  }

  private BlockPointer inner(int level, Object... keysAndChildren) throws IOException {
    NodeBuilder builder = new NodeBuilder(NODE, level);
    for (int i = 0; i < keysAndChildren.length; i += 2) {
      builder.add((Integer) keysAndChildren[i], 0, (BlockPointer) keysAndChildren[i + 1]);
    }
    return write(builder, TreeId.INODES);
  }

  private static TreeRoot root(BlockPointer pointer, int height) {
    return new TreeRoot(pointer, height, 100, 100, 1 << 20);
  }

  private TreeRoot merge(TreeRoot root, TreeMerge.Mode mode, long hi) throws IOException {
    SortedMap<TreeLab.Key, byte[]> batch = TreeLab.batch();
    batch.put(new TreeLab.Key(hi, 0), new byte[5]);
    return merge(root, batch, mode);
  }

  private TreeRoot merge(TreeRoot root, SortedMap<TreeLab.Key, byte[]> batch, TreeMerge.Mode mode)
      throws IOException {
    NodeWriter writer = new NodeWriter(device, new NodeCache(0), this::allocate, VOLUME, 2);
    return new TreeMerge(TreeId.INODES, NODE, store, mode)
        .apply(root, TreeLab.source(batch), writer, (pointer, level) -> {});
  }

  /** The problems that a walk meets. */
  private List<IOException> walk(TreeRoot root) throws IOException {
    List<IOException> problems = new ArrayList<>();
    walk(root, store, problems);
    return problems;
  }

  private TreeWalk.Totals totals(TreeRoot root) throws IOException {
    return walk(root, store, new ArrayList<>());
  }

  private static TreeWalk.Totals walk(TreeRoot root, NodeStore through, List<IOException> problems)
      throws IOException {
    return new TreeWalk(TreeId.INODES, through)
        .walk(
            root,
            new TreeWalk.Visitor() {
              @Override
              public boolean node(BlockPointer pointer, int level, KeyRange keys, Node node) {
                return true;
              }

              @Override
              public void damaged(
                  BlockPointer pointer, int level, KeyRange keys, IOException problem) {
                problems.add(problem);
              }
            });
  }

  private void refuses(TreeRoot root, long hi) throws IOException {
    Tree tree = new Tree(TreeId.INODES, root, store);
    assertThrows(CorruptImageException.class, () -> tree.get(hi, 0));
    assertThrows(CorruptImageException.class, () -> tree.contains(hi, 0));
    Cursor cursor = tree.cursor();
    assertThrows(CorruptImageException.class, () -> cursor.seekCeiling(hi, 0));
    assertThrows(CorruptImageException.class, () -> cursor.seekFloor(hi, 0));
    assertFalse(cursor.valid());
    assertThrows(CorruptImageException.class, () -> scan(tree));
    for (TreeMerge.Mode mode : TreeMerge.Mode.values()) {
      assertThrows(CorruptImageException.class, () -> merge(root, mode, hi));
    }
    assertTrue(walk(root).get(0) instanceof CorruptImageException);
  }

  private static int scan(Tree tree) throws IOException {
    Cursor cursor = tree.cursor();
    int items = 0;
    for (boolean more = cursor.first(); more; more = cursor.next()) {
      items++;
    }
    return items;
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 13, 255, Integer.MAX_VALUE, Integer.MIN_VALUE})
  void heightsThatNoTreeHas(int height) throws IOException {
    TreeRoot root = root(leaf(1, 2, 3), height);
    assertThrows(CorruptImageException.class, () -> new Tree(TreeId.INODES, root, store));
    assertThrows(CorruptImageException.class, () -> merge(root, TreeMerge.Mode.ABSORB, 2));
    assertThrows(
        CorruptImageException.class,
        () ->
            new TouchedNodes(TreeId.INODES, NODE, store)
                .visit(root, 1, new long[] {1}, 1, 1, (pointer, level) -> {}));
    assertEquals(1, walk(root).size());
  }

  @Test
  void anEmptyTreeWithAnything() throws IOException {
    for (TreeRoot root :
        List.of(
            new TreeRoot(BlockPointer.NULL, 1, 0, 0, 0),
            new TreeRoot(BlockPointer.NULL, 0, 1, 0, 0),
            new TreeRoot(BlockPointer.NULL, 0, 0, 1, 0),
            new TreeRoot(BlockPointer.NULL, 0, 0, 0, 1),
            new TreeRoot(leaf(1), 1, 1, -1, 512))) {
      assertThrows(CorruptImageException.class, () -> new Tree(TreeId.INODES, root, store));
      assertEquals(1, walk(root).size());
    }
  }

  @Test
  void aChildOfItsOwnLevel() throws IOException {
    BlockPointer child = inner(1, 5, leaf(5, 6));
    refuses(root(inner(1, 5, child), 2), 5);
  }

  @Test
  void aChildOfAHigherLevel() throws IOException {
    BlockPointer top = inner(2, 5, inner(1, 5, leaf(5, 6)));
    refuses(root(inner(1, 5, top), 2), 5);
  }

  @Test
  void aLevelLeftOut() throws IOException {
    refuses(root(inner(2, 5, leaf(5, 6)), 3), 5);
  }

  @Test
  void aHeightThatTheRootNodeDoesNotHave() throws IOException {
    refuses(root(leaf(5, 6), 2), 5);
    refuses(root(inner(1, 5, leaf(5, 6)), 1), 5);
  }

  @Test
  void aNodeOfAnotherTree() throws IOException {
    NodeBuilder builder = new NodeBuilder(NODE, 0);
    builder.add(5, 0, new byte[100], 0, 100);
    BlockPointer foreign = write(builder, TreeId.STRINGS);
    store.read(foreign, TreeId.STRINGS, 0);
    refuses(root(inner(1, 5, foreign), 2), 5);
  }

  @Test
  void aChildThatStartsElsewhere() throws IOException {
    refuses(root(inner(1, 5, leaf(6, 7)), 2), 6);
    refuses(root(inner(1, 5, leaf(4, 7)), 2), 6);
    refuses(root(inner(2, 5, inner(1, 6, leaf(6, 7))), 3), 6);
  }

  @Test
  void aChildThatReachesIntoTheNext() throws IOException {
    TreeRoot root = root(inner(1, 5, leaf(5, 8), 7, leaf(7, 9)), 2);
    Tree tree = new Tree(TreeId.INODES, root, store);
    assertThrows(CorruptImageException.class, () -> scan(tree));
    Cursor cursor = tree.cursor();
    assertTrue(cursor.last());
    cursor.previous();
    assertThrows(CorruptImageException.class, cursor::previous);
    assertFalse(cursor.valid());
    assertFalse(cursor.previous());
    assertThrows(CorruptImageException.class, () -> merge(root, TreeMerge.Mode.ABSORB, 6));
    assertThrows(CorruptImageException.class, () -> merge(root, TreeMerge.Mode.EXACT, 6));
    assertEquals(1, walk(root).size());
  }

  @Test
  void aGrandchildThatReachesIntoTheNext() throws IOException {
    BlockPointer left = inner(1, 5, leaf(5, 8));
    TreeRoot root = root(inner(2, 5, left, 7, inner(1, 7, leaf(7, 9))), 3);
    assertThrows(CorruptImageException.class, () -> scan(new Tree(TreeId.INODES, root, store)));
    assertThrows(CorruptImageException.class, () -> merge(root, TreeMerge.Mode.ABSORB, 6));
    assertThrows(CorruptImageException.class, () -> merge(root, TreeMerge.Mode.EXACT, 6));
    assertEquals(1, walk(root).size());
  }

  @Test
  void aNodeReachedByManyWays() throws IOException {
    // Visited as a graph this has 3^11 paths.
    BlockPointer child = leaf(5, 6);
    int height = TreeChecks.MAX_HEIGHT;
    for (int level = 1; level < height; level++) {
      child = inner(level, 5, child, 6, child, 7, child);
    }
    TreeRoot root = root(child, height);
    assertEquals(3, walk(root).size());
    assertThrows(CorruptImageException.class, () -> scan(new Tree(TreeId.INODES, root, store)));
    assertThrows(CorruptImageException.class, () -> merge(root, TreeMerge.Mode.ABSORB, 6));
  }

  @Test
  void valuesThatOverlap() throws IOException {
    NodeBuilder builder = new NodeBuilder(NODE, 0);
    for (int i = 0; i < 20; i++) {
      builder.add(i, 0, new byte[100], 0, 100);
    }
    NodeBuilder.Sealed sealed = builder.seal(TreeId.INODES, VOLUME, 1 << 20, 1);
    byte[] bytes = sealed.node().array();
    for (int i = 0; i < 20; i++) {
      Bytes.put16(bytes, Node.HEADER + i * Node.LEAF_ENTRY + 16, sealed.node().valueAt(0));
      Bytes.put16(bytes, Node.HEADER + i * Node.LEAF_ENTRY + 18, 1900);
    }
    BlockPointer pointer = resealed(bytes);
    device.write(pointer.address(), ByteBuffer.wrap(bytes));
    TreeRoot root = root(pointer, 1);
    assertThrows(CorruptImageException.class, () -> merge(root, TreeMerge.Mode.ABSORB, 6));
    assertThrows(CorruptImageException.class, () -> merge(root, TreeMerge.Mode.EXACT, 6));
    assertEquals(1, walk(root).size());
  }

  @Test
  void aValueOrANodeThatIsTooLongForTheVolume() throws IOException {
    NodeBuilder builder = new NodeBuilder(NODE, 0);
    builder.add(5, 0, new byte[NODE / 2], 0, NODE / 2);
    TreeRoot one = root(write(builder, TreeId.INODES), 1);
    assertThrows(CorruptImageException.class, () -> merge(one, TreeMerge.Mode.ABSORB, 6));
    builder = new NodeBuilder(2 * NODE, 0);
    for (int i = 0; i < 100; i++) {
      builder.add(i, 0, new byte[100], 0, 100);
    }
    TreeRoot two = root(write(builder, TreeId.INODES), 1);
    assertThrows(CorruptImageException.class, () -> merge(two, TreeMerge.Mode.ABSORB, 6));
  }

  @Test
  void wrongCountsAreSeenByAWalkAndLivedWithByMerges() throws IOException {
    BlockPointer pointer = leaf(5, 6);
    int length = pointer.length();
    for (TreeRoot root :
        List.of(
            new TreeRoot(pointer, 1, 1, 3, length),
            new TreeRoot(pointer, 1, 1, 1, length),
            new TreeRoot(pointer, 1, 2, 2, 1024),
            new TreeRoot(pointer, 1, 1, 2, length + 512),
            new TreeRoot(pointer, 1, Long.MAX_VALUE / 512, Long.MAX_VALUE, Long.MAX_VALUE))) {
      assertFalse(totals(root).agreesWith(root));
      assertEquals(0, walk(root).size());
      TreeRoot more = merge(root, TreeMerge.Mode.ABSORB, 7);
      TreeChecks.root(TreeId.INODES, more);
      SortedMap<TreeLab.Key, byte[]> batch = TreeLab.batch();
      batch.put(new TreeLab.Key(5, 0), null);
      assertTrue(merge(root, batch, TreeMerge.Mode.ABSORB).items() > 0);
      batch.put(new TreeLab.Key(6, 0), null);
      assertEquals(TreeRoot.EMPTY, merge(root, batch, TreeMerge.Mode.ABSORB));
    }
    TreeRoot right = new TreeRoot(pointer, 1, 1, 2, length);
    assertTrue(totals(right).agreesWith(right));
  }

  @Test
  void aWalkGoesOnBesideDamage() throws IOException {
    BlockPointer lost = leaf(7, 8);
    device.write(lost.address(), ByteBuffer.allocate(lost.length()));
    TreeRoot root = root(inner(1, 5, leaf(5, 6), 7, lost, 9, leaf(9)), 2);
    List<KeyRange> ranges = new ArrayList<>();
    TreeWalk.Totals totals =
        new TreeWalk(TreeId.INODES, store)
            .walk(
                root,
                new TreeWalk.Visitor() {
                  @Override
                  public boolean node(BlockPointer pointer, int level, KeyRange keys, Node node) {
                    return true;
                  }

                  @Override
                  public void damaged(
                      BlockPointer pointer, int level, KeyRange keys, IOException problem) {
                    assertEquals(lost, pointer);
                    assertEquals(0, level);
                    ranges.add(keys);
                  }
                });
    assertEquals(List.of(new KeyRange(7, 0, true, 9, 0)), ranges);
    assertEquals(3, totals.items());
    assertEquals(3, totals.nodes());
    assertFalse(totals.whole());
  }

  @Test
  void aWalkLeavesOutWhatTheVisitorDoesNotWant() throws IOException {
    TreeRoot root = root(inner(1, 5, leaf(5, 6), 7, leaf(7)), 2);
    List<Integer> levels = new ArrayList<>();
    TreeWalk.Totals totals =
        new TreeWalk(TreeId.INODES, store)
            .walk(
                root,
                new TreeWalk.Visitor() {
                  @Override
                  public boolean node(BlockPointer pointer, int level, KeyRange keys, Node node) {
                    levels.add(level);
                    return false;
                  }

                  @Override
                  public void damaged(
                      BlockPointer pointer, int level, KeyRange keys, IOException problem)
                      throws IOException {
                    throw problem;
                  }
                });
    assertEquals(List.of(1), levels);
    assertFalse(totals.whole());
  }

  /** Any byte may change, CRCs being put right up to the root: only the one exception comes out. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void mutatedNodesAreRefusedOrHarmless(long seed) throws IOException {
    Random random = new Random(seed);
    TreeLab lab = new TreeLab(NODE);
    SortedMap<TreeLab.Key, byte[]> batch = TreeLab.batch();
    for (int i = 0; i < 20_000; i++) {
      batch.put(new TreeLab.Key(i / 10, random.nextInt(1000)), new byte[random.nextInt(100)]);
    }
    lab.apply(batch, TreeMerge.Mode.ABSORB);
    int refused = 0;
    for (int i = 0; i < 300; i++) {
      MemoryDevice fork = lab.device.fork();
      NodeStore mutated = new NodeStore(fork, lab.uuid, new NodeCache(8 << 20));
      TreeRoot old = lab.root;
      BlockPointer pointer = mutate(random, lab.store, fork, old.pointer(), old.height() - 1);
      TreeRoot root = new TreeRoot(pointer, old.height(), old.nodes(), old.items(), old.bytes());
      refused += use(random, root, fork, mutated, lab.uuid) ? 0 : 1;
    }
    assertTrue(refused > 30, refused + " of 300 mutations noticed");
  }

  /** Changes a node on a random path down from the given one; the new pointer of the latter. */
  private static BlockPointer mutate(
      Random random, NodeStore from, MemoryDevice to, BlockPointer pointer, int level)
      throws IOException {
    Node node = from.read(pointer, TreeLab.TREE, level);
    byte[] bytes = node.array().clone();
    if (level > 0 && random.nextInt(3) > 0) {
      int index = random.nextInt(node.count());
      BlockPointer child = mutate(random, from, to, node.child(index), level - 1);
      Bytes.put32(bytes, Node.HEADER + index * Node.INNER_ENTRY + 36, child.crc());
    } else {
      int changes = 1 + random.nextInt(3);
      for (int i = 0; i < changes; i++) {
        int entry = level == 0 ? Node.LEAF_ENTRY : Node.INNER_ENTRY;
        int area = Node.HEADER + node.count() * entry;
        int at = random.nextInt(4) == 0 ? 6 + random.nextInt(2) : random.nextInt(area);
        bytes[at] =
            (byte) (random.nextBoolean() ? bytes[at] ^ 1 << random.nextInt(8) : random.nextInt());
      }
    }
    int crcAt = bytes.length - Node.TRAILER;
    int crc = Bytes.crc32(bytes, 0, crcAt);
    Bytes.put32(bytes, crcAt, crc);
    to.write(pointer.address(), ByteBuffer.wrap(bytes));
    return new BlockPointer(pointer.address(), pointer.birth(), pointer.length(), crc);
  }

  private boolean use(
      Random random, TreeRoot root, MemoryDevice target, NodeStore through, UUID uuid)
      throws IOException {
    List<IOException> problems = new ArrayList<>();
    walk(root, through, problems);
    boolean fine = problems.isEmpty();
    for (IOException problem : problems) {
      assertTrue(problem instanceof CorruptImageException, problem.toString());
    }
    Tree tree = new Tree(TreeLab.TREE, root, through);
    fine &= unlessCorrupt(() -> assertTrue(scan(tree) <= 40_000));
    fine &=
        unlessCorrupt(
            () -> {
              for (int i = 0; i < 50; i++) {
                tree.get(random.nextInt(2_000), random.nextInt(1000));
              }
            });
    SortedMap<TreeLab.Key, byte[]> batch = TreeLab.batch();
    for (int i = 0; i < 500; i++) {
      batch.put(
          new TreeLab.Key(random.nextInt(2_000), random.nextInt(1000)),
          random.nextBoolean() ? null : new byte[50]);
    }
    for (TreeMerge.Mode mode : TreeMerge.Mode.values()) {
      long[] end = {1L << 30};
      NodeWriter writer =
          new NodeWriter(
              target,
              new NodeCache(0),
              length -> {
                end[0] += length;
                return end[0] - length;
              },
              uuid,
              9);
      fine &=
          unlessCorrupt(
              () ->
                  new TreeMerge(TreeLab.TREE, NODE, through, mode)
                      .apply(root, TreeLab.source(batch), writer, (pointer, level) -> {}));
    }
    return fine;
  }

  private interface Action {
    void run() throws IOException;
  }

  private static boolean unlessCorrupt(Action action) throws IOException {
    try {
      action.run();
      return true;
    } catch (CorruptImageException e) {
      return false;
    }
  }

  private static BlockPointer resealed(byte[] bytes) {
    int crcAt = bytes.length - Node.TRAILER;
    int crc = Bytes.crc32(bytes, 0, crcAt);
    Bytes.put32(bytes, crcAt, crc);
    return new BlockPointer(Bytes.i64(bytes, 8), Bytes.i64(bytes, 16), bytes.length, crc);
  }
}
