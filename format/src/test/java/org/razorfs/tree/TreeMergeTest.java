package org.razorfs.tree;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.razorfs.block.NodeCache;
import org.razorfs.block.NodeStore;
import org.razorfs.block.NodeWriter;
import org.razorfs.device.FaultyDevice;
import org.razorfs.device.MemoryDevice;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.TreeRoot;

class TreeMergeTest {
  private static final int NODE = 8192;

  private final TreeLab lab = new TreeLab(NODE);

  private static SortedMap<TreeLab.Key, byte[]> puts(long from, long step, int count, int length) {
    SortedMap<TreeLab.Key, byte[]> batch = TreeLab.batch();
    for (int i = 0; i < count; i++) {
      batch.put(new TreeLab.Key(from + i * step, i), new byte[length]);
    }
    return batch;
  }

  private static SortedMap<TreeLab.Key, byte[]> one(TreeLab.Key key, byte[] value) {
    SortedMap<TreeLab.Key, byte[]> batch = TreeLab.batch();
    batch.put(key, value);
    return batch;
  }

  private double fill() {
    long used =
        lab.model.values().stream().mapToLong(value -> value.length + 20L).sum()
            + lab.root.nodes() * 52;
    return (double) used / (lab.root.nodes() * NODE);
  }

  @ParameterizedTest
  @EnumSource(TreeMerge.Mode.class)
  void noChangesAtAllKeepTheRoot(TreeMerge.Mode mode) throws IOException {
    lab.apply(TreeLab.batch(), mode);
    assertSame(TreeRoot.EMPTY, lab.root);
    lab.apply(puts(0, 1, 1000, 50), mode);
    TreeRoot before = lab.root;
    lab.apply(TreeLab.batch(), mode);
    assertSame(before, lab.root);
    assertEquals(0, lab.written);
  }

  @ParameterizedTest
  @EnumSource(TreeMerge.Mode.class)
  void deletingInAnEmptyTreeLeavesItEmpty(TreeMerge.Mode mode) throws IOException {
    lab.apply(one(new TreeLab.Key(1, 1), null), mode);
    assertSame(TreeRoot.EMPTY, lab.root);
    assertEquals(0, lab.written);
  }

  @Test
  void changesWithoutEffectWriteNothing() throws IOException {
    lab.apply(puts(0, 2, 3000, 50), TreeMerge.Mode.ABSORB);
    TreeRoot before = lab.root;
    SortedMap<TreeLab.Key, byte[]> batch = new TreeMap<>(lab.model);
    for (int i = 0; i < 3000; i++) {
      batch.put(new TreeLab.Key(2L * i + 1, i), null);
    }
    lab.apply(batch, TreeMerge.Mode.ABSORB);
    assertSame(before, lab.root);
    assertEquals(0, lab.written);
    assertEquals(0, lab.freed.size());
  }

  @Test
  void oneEffectAmongManyChangesReplacesOnePath() throws IOException {
    lab.apply(puts(0, 2, 30_000, 50), TreeMerge.Mode.ABSORB);
    assertEquals(3, lab.root.height());
    SortedMap<TreeLab.Key, byte[]> batch = new TreeMap<>(lab.model);
    batch.put(new TreeLab.Key(20_000, 10_000), new byte[51 - 2]);
    lab.apply(batch, TreeMerge.Mode.ABSORB);
    assertEquals(3, lab.written);
    assertEquals(List.of(2, 1, 0), lab.freedLevels);
    lab.check(true);
  }

  @Test
  void exactlyTheTouchedPathIsReplacedEvenWithoutEffect() throws IOException {
    lab.apply(puts(0, 2, 30_000, 50), TreeMerge.Mode.EXACT);
    lab.apply(one(new TreeLab.Key(20_001, 0), null), TreeMerge.Mode.EXACT);
    assertEquals(3, lab.written);
    assertEquals(List.of(2, 1, 0), lab.freedLevels);
    lab.check(true);
  }

  @Test
  void appendingInSmallBatchesLeavesFullNodes() throws IOException {
    for (int i = 0; i < 2000; i++) {
      lab.apply(puts(i * 10L, 1, 10, 60), TreeMerge.Mode.ABSORB);
      assertTrue(lab.written <= lab.root.height() + 1);
    }
    lab.check(true);
    assertTrue(fill() > 0.97, "fill " + fill());
  }

  @Test
  void aSequenceInOneBatchLeavesFullNodes() throws IOException {
    lab.apply(puts(0, 1, 20_000, 60), TreeMerge.Mode.ABSORB);
    lab.check(true);
    assertTrue(fill() > 0.98, "fill " + fill());
    assertEquals(lab.root.nodes(), lab.written);
  }

  @Test
  void scatteredInsertsSplitOnlyWhatTheyHit() throws IOException {
    lab.apply(puts(0, 1000, 20_000, 60), TreeMerge.Mode.ABSORB);
    Random random = new Random(1);
    for (int i = 0; i < 300; i++) {
      lab.apply(
          one(new TreeLab.Key(random.nextInt(20_000_000), 7), new byte[60]), TreeMerge.Mode.ABSORB);
      // A path, and where nodes were full their second halves.
      assertTrue(lab.written <= 2L * lab.root.height(), lab.written + " written");
    }
    lab.check(true);
    assertTrue(fill() > 0.5, "fill " + fill());
  }

  @Test
  void theTreeShrinksToWhatIsLeft() throws IOException {
    lab.apply(puts(0, 1, 60_000, 60), TreeMerge.Mode.ABSORB);
    assertEquals(3, lab.root.height());
    SortedMap<TreeLab.Key, byte[]> batch = new TreeMap<>(TreeLab.Key.ORDER);
    for (TreeLab.Key key : lab.model.keySet()) {
      if (key.hi() != 30_000 && key.hi() != 59_999) {
        batch.put(key, null);
      }
    }
    lab.apply(batch, TreeMerge.Mode.ABSORB);
    assertEquals(1, lab.root.height());
    assertEquals(1, lab.root.nodes());
    lab.check(true);
  }

  @Test
  void keepingOneSubtreeAloneMakesItTheRoot() throws IOException {
    lab.apply(puts(0, 1, 60_000, 60), TreeMerge.Mode.ABSORB);
    long kept = lab.tree().rootNode().hi(1);
    SortedMap<TreeLab.Key, byte[]> batch = new TreeMap<>(TreeLab.Key.ORDER);
    long end = lab.tree().rootNode().hi(2);
    for (TreeLab.Key key : lab.model.keySet()) {
      if (key.hi() < kept || key.hi() >= end) {
        batch.put(key, null);
      }
    }
    lab.apply(batch, TreeMerge.Mode.EXACT);
    assertEquals(2, lab.root.height());
    assertEquals(0, lab.written);
    lab.check(true);
  }

  @Test
  void smallLeftoversJoinTheirNeighbours() throws IOException {
    lab.apply(puts(0, 1, 60_000, 60), TreeMerge.Mode.EXACT);
    SortedMap<TreeLab.Key, byte[]> batch = new TreeMap<>(TreeLab.Key.ORDER);
    // One item a leaf stays, in the middle of the tree.
    for (TreeLab.Key key : lab.model.keySet()) {
      if (key.hi() > 20_000 && key.hi() < 40_000 && key.hi() % 100 != 0) {
        batch.put(key, null);
      }
    }
    lab.apply(batch, TreeMerge.Mode.ABSORB);
    lab.check(true);
    assertTrue(fill() > 0.95, "fill " + fill());
  }

  @Test
  void aRootOfOneChildIsLeftOutWithTheNextEffect() throws IOException {
    lab.apply(puts(0, 1, 60_000, 60), TreeMerge.Mode.EXACT);
    Tree tree = lab.tree();
    long second = tree.rootNode().hi(1);
    long secondsOther = tree.child(tree.rootNode(), 1).hi(1);
    // The second node below the root keeps its first leaf only, and is untouched thereafter.
    SortedMap<TreeLab.Key, byte[]> batch = new TreeMap<>(TreeLab.Key.ORDER);
    for (TreeLab.Key key : lab.model.keySet()) {
      if (key.hi() >= secondsOther) {
        batch.put(key, null);
      }
    }
    lab.apply(batch, TreeMerge.Mode.EXACT);
    assertEquals(3, lab.root.height());
    batch.clear();
    for (TreeLab.Key key : lab.model.keySet()) {
      if (key.hi() < second) {
        batch.put(key, null);
      }
    }
    lab.apply(batch, TreeMerge.Mode.ABSORB);
    assertEquals(1, lab.root.height());
    assertEquals(0, lab.written);
    lab.check(true);
  }

  @ParameterizedTest
  @EnumSource(TreeMerge.Mode.class)
  void keysThatDoNotAscendAreRefused(TreeMerge.Mode mode) throws IOException {
    lab.apply(puts(0, 1, 1000, 50), mode);
    TreeRoot before = lab.root;
    for (long second : new long[] {5, 4, -1}) {
      SortedMap<TreeLab.Key, byte[]> wrong =
          new TreeMap<>((a, b) -> a == b ? 0 : a.lo() == 0 ? -1 : 1);
      wrong.put(new TreeLab.Key(second < 0 ? -1L : 5, 0), new byte[1]);
      wrong.put(new TreeLab.Key(second < 0 ? 1 : second, second == 5 ? 0L : 1), new byte[1]);
      ChangeSource changes = second == 5 ? repeated() : TreeLab.source(wrong);
      assertThrows(IllegalArgumentException.class, () -> lab.merge(changes, mode));
    }
    assertSame(before, lab.root);
  }

  private static ChangeSource repeated() {
    SortedMap<TreeLab.Key, byte[]> endless = one(new TreeLab.Key(5, 0), new byte[1]);
    ChangeSource first = TreeLab.source(endless);
    return new Delegating(first) {
      private int left = 2;

      @Override
      public boolean next() throws IOException {
        return left-- > 0 && (left == 0 || super.next());
      }
    };
  }

  @Test
  void valuesLongerThanALeafTakesAreRefused() throws IOException {
    int most = Geometry.maxValue(NODE);
    lab.apply(one(new TreeLab.Key(1, 0), new byte[most]), TreeMerge.Mode.ABSORB);
    lab.check(true);
    for (TreeMerge.Mode mode : TreeMerge.Mode.values()) {
      assertThrows(
          IllegalArgumentException.class,
          () -> lab.merge(TreeLab.source(one(new TreeLab.Key(2, 0), new byte[most + 1])), mode));
    }
  }

  @Test
  void nodeSizesBeyondTheFormatAreRefused() {
    for (int size : new int[] {0, 4096, NODE + 1, 128 << 10}) {
      assertThrows(
          IllegalArgumentException.class,
          () -> new TreeMerge(TreeLab.TREE, size, lab.store, TreeMerge.Mode.EXACT));
    }
  }

  @ParameterizedTest
  @EnumSource(TreeMerge.Mode.class)
  void changesAreAskedForOneAhead(TreeMerge.Mode mode) throws IOException {
    lab.apply(puts(0, 2, 5000, 50), mode);
    SortedMap<TreeLab.Key, byte[]> batch = puts(1, 3, 5000, 70);
    lab.model.putAll(batch);
    List<Integer> asked = new ArrayList<>();
    lab.merge(
        new Delegating(TreeLab.source(batch)) {
          private int at = -1;

          @Override
          public boolean next() throws IOException {
            at++;
            return super.next();
          }

          @Override
          public byte[] array() {
            asked.add(at);
            return super.array();
          }
        },
        mode);
    lab.check(mode == TreeMerge.Mode.ABSORB);
    assertEquals(asked.stream().sorted().toList(), asked);
    assertEquals(5000, asked.stream().distinct().count());
    assertTrue(mode == TreeMerge.Mode.ABSORB || asked.size() == 5000, "asked for twice");
  }

  @Test
  void aFailedMergeLeavesTheOldRootAsItWas() throws IOException {
    SortedMap<TreeLab.Key, byte[]> first = puts(0, 3, 20_000, 60);
    SortedMap<TreeLab.Key, byte[]> second = puts(1, 30, 2_000, 60);
    lab.apply(first, TreeMerge.Mode.ABSORB);
    TreeRoot before = lab.root;
    int failures = 0;
    for (long k = 1; ; k++) {
      MemoryDevice fork = lab.device.fork();
      FaultyDevice faulty = new FaultyDevice(fork);
      faulty.failOnce(
          k % 2 == 0 ? FaultyDevice.Operation.READ : FaultyDevice.Operation.WRITE, 1 + k / 2 * 7);
      NodeCache cache = new NodeCache(0);
      long[] end = {1L << 30};
      NodeWriter writer =
          new NodeWriter(
              faulty,
              cache,
              length -> {
                end[0] += length;
                return end[0] - length;
              },
              lab.uuid,
              99);
      TreeMerge merge =
          new TreeMerge(
              TreeLab.TREE, NODE, new NodeStore(faulty, lab.uuid, cache), TreeMerge.Mode.ABSORB);
      try {
        merge.apply(before, TreeLab.source(second), writer, (pointer, level) -> {});
        writer.finish();
        if (faulty.failures() == 0 && k > 20) {
          break;
        }
      } catch (FsException e) {
        assertEquals(Fault.IO_ERROR, e.fault());
        failures++;
      }
    }
    assertTrue(failures > 5);
    lab.check(true);
    lab.apply(second, TreeMerge.Mode.ABSORB);
    lab.check(true);
    assertFalse(before.equals(lab.root));
  }

  /** Passes everything on. */
  private static class Delegating implements ChangeSource {
    private final ChangeSource inner;

    Delegating(ChangeSource inner) {
      this.inner = inner;
    }

    @Override
    public boolean next() throws IOException {
      return inner.next();
    }

    @Override
    public long hi() {
      return inner.hi();
    }

    @Override
    public long lo() {
      return inner.lo();
    }

    @Override
    public boolean isDelete() {
      return inner.isDelete();
    }

    @Override
    public byte[] array() {
      return inner.array();
    }

    @Override
    public int from() {
      return inner.from();
    }

    @Override
    public int length() {
      return inner.length();
    }
  }
}
