package org.razorfs.tree;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.SortedMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.Node;

/** Random batches against a sorted map, every rule of trees checked after each. */
class TreeModelTest {
  @ParameterizedTest
  @CsvSource({
    "1, 8192, ABSORB", "2, 8192, ABSORB", "3, 8192, ABSORB", "4, 16384, ABSORB",
    "5, 65536, ABSORB", "6, 8192, EXACT", "7, 8192, EXACT", "8, 16384, EXACT",
    "9, 8704, ABSORB", "10, 8192, ABSORB", "11, 8192, ABSORB", "12, 8192, EXACT",
    "13, 512, ABSORB", "14, 512, ABSORB", "15, 1024, ABSORB", "16, 1024, ABSORB",
    "17, 512, EXACT", "18, 1024, EXACT", "19, 512, ABSORB", "20, 512, ABSORB",
    // A level whose last entry the level below takes in.
    "1096, 512, ABSORB"
  })
  void randomBatchesLeaveTheTreeEqualToTheMap(long seed, int nodeSize, TreeMerge.Mode mode)
      throws IOException {
    Random random = new Random(seed);
    TreeLab lab = new TreeLab(nodeSize, seed % 3 == 0 ? 100_000 : 64 << 20);
    int batches = nodeSize < Geometry.MIN_NODE ? 40 : 30;
    for (int i = 0; i < batches; i++) {
      lab.apply(randomBatch(lab, random), mode);
      lab.check(mode == TreeMerge.Mode.ABSORB);
      if (i % 4 == 0) {
        checkLookups(lab, random);
      }
    }
    SortedMap<TreeLab.Key, byte[]> all = TreeLab.batch();
    lab.model.keySet().forEach(key -> all.put(key, null));
    lab.apply(all, mode);
    lab.check(true);
  }

  /** Nodes of every level lose nearly all of their items, while those beside them stay. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void hollowedNodesJoinTheirNeighbours(long seed) throws IOException {
    Random random = new Random(seed);
    for (int round = 0; round < 12; round++) {
      TreeLab lab = new TreeLab(512);
      SortedMap<TreeLab.Key, byte[]> all = TreeLab.batch();
      for (int i = 0; i < 6_000; i++) {
        all.put(new TreeLab.Key(i, 0), new byte[40 + random.nextInt(40)]);
      }
      lab.apply(all, TreeMerge.Mode.ABSORB);
      for (int i = 0; i < 12 && lab.root.height() > 1; i++) {
        SortedMap<TreeLab.Key, byte[]> batch = TreeLab.batch();
        int nodes = 1 + random.nextInt(3);
        for (int n = 0; n < nodes; n++) {
          hollow(lab, random, batch);
        }
        lab.apply(batch, TreeMerge.Mode.ABSORB);
        lab.check(true);
      }
    }
  }

  private static void hollow(TreeLab lab, Random random, SortedMap<TreeLab.Key, byte[]> batch)
      throws IOException {
    Tree tree = lab.tree();
    Node node = tree.rootNode();
    NavigableMap<TreeLab.Key, byte[]> items = lab.model;
    int downTo = random.nextInt(node.level());
    while (node.level() > downTo) {
      int index = random.nextInt(node.count());
      items = items.tailMap(new TreeLab.Key(node.hi(index), node.lo(index)), true);
      if (index + 1 < node.count()) {
        items = items.headMap(new TreeLab.Key(node.hi(index + 1), node.lo(index + 1)), false);
      }
      node = tree.child(node, index);
    }
    int left = (int) Math.exp(random.nextDouble() * Math.log(items.size()));
    int from = random.nextInt(3) * (items.size() - left) / 2;
    int at = 0;
    for (TreeLab.Key key : items.keySet()) {
      if (at < from || at >= from + left) {
        batch.put(key, null);
      }
      at++;
    }
  }

  private static SortedMap<TreeLab.Key, byte[]> randomBatch(TreeLab lab, Random random) {
    SortedMap<TreeLab.Key, byte[]> batch = TreeLab.batch();
    boolean tiny = lab.nodeSize < Geometry.MIN_NODE;
    int size = 1 << random.nextInt(13);
    switch (random.nextInt(tiny ? 10 : 8)) {
      case 0 -> sequential(lab, random, batch, size, lab.model.isEmpty() ? 0 : 1);
      case 1 -> sequential(lab, random, batch, size, -1);
      case 2 -> deleteRanges(lab, random, batch);
      case 3 -> deleteSome(lab, random, batch, random.nextInt(tiny ? 10 : 100));
      case 4 -> rewriteSome(lab, random, batch);
      case 5 -> cluster(lab, random, batch, size);
      case 8, 9 -> deleteRanges(lab, random, batch);
      default -> scattered(lab, random, batch, size);
    }
    return batch;
  }

  private static void sequential(
      TreeLab lab, Random random, SortedMap<TreeLab.Key, byte[]> batch, int size, int direction) {
    long start = 0;
    if (!lab.model.isEmpty()) {
      TreeLab.Key edge = direction < 0 ? lab.model.firstKey() : lab.model.lastKey();
      start = edge.hi() + direction;
    }
    for (int i = 0; i < size; i++) {
      batch.put(new TreeLab.Key(start + (long) i * direction, i), value(lab, random));
    }
  }

  /** A few stretches of any length go, so that nodes of all levels become small or empty. */
  private static void deleteRanges(
      TreeLab lab, Random random, SortedMap<TreeLab.Key, byte[]> batch) {
    TreeLab.Key[] keys = lab.model.keySet().toArray(TreeLab.Key[]::new);
    int ranges = 1 + random.nextInt(4);
    for (int r = 0; r < ranges && keys.length > 0; r++) {
      int from = random.nextInt(keys.length);
      long length = (long) Math.exp(random.nextDouble() * Math.log(keys.length));
      for (int i = from; i < Math.min(keys.length, from + length); i++) {
        batch.put(keys[i], null);
      }
    }
  }

  private static void deleteSome(
      TreeLab lab, Random random, SortedMap<TreeLab.Key, byte[]> batch, int percent) {
    for (TreeLab.Key key : lab.model.keySet()) {
      if (random.nextInt(100) < percent) {
        batch.put(random.nextInt(5) == 0 ? new TreeLab.Key(key.hi(), key.lo() + 1) : key, null);
      }
    }
  }

  private static void rewriteSome(
      TreeLab lab, Random random, SortedMap<TreeLab.Key, byte[]> batch) {
    for (Map.Entry<TreeLab.Key, byte[]> item : lab.model.entrySet()) {
      if (random.nextInt(20) == 0) {
        batch.put(item.getKey(), random.nextBoolean() ? item.getValue() : value(lab, random));
      }
    }
  }

  private static void cluster(
      TreeLab lab, Random random, SortedMap<TreeLab.Key, byte[]> batch, int size) {
    long hi = random.nextLong() >>> random.nextInt(64);
    for (int i = 0; i < size; i++) {
      batch.put(new TreeLab.Key(hi, random.nextInt(10_000)), value(lab, random));
    }
  }

  private static void scattered(
      TreeLab lab, Random random, SortedMap<TreeLab.Key, byte[]> batch, int size) {
    for (int i = 0; i < size; i++) {
      batch.put(
          new TreeLab.Key(random.nextLong() >>> random.nextInt(64), random.nextLong()),
          random.nextInt(10) == 0 ? null : value(lab, random));
    }
  }

  /** Mostly short, sometimes empty or as long as can be. */
  private static byte[] value(TreeLab lab, Random random) {
    int most = Geometry.maxValue(lab.nodeSize);
    int length =
        switch (random.nextInt(lab.nodeSize <= 1024 ? 12 : 50)) {
          case 0 -> 0;
          case 1 -> most - random.nextInt(3);
          case 2 -> random.nextInt(most + 1);
          default -> random.nextInt(Math.min(100, most));
        };
    byte[] value = new byte[length];
    random.nextBytes(value);
    return value;
  }

  private static void checkLookups(TreeLab lab, Random random) throws IOException {
    Tree tree = lab.tree();
    Cursor cursor = tree.cursor();
    TreeLab.Key[] keys = lab.model.keySet().toArray(TreeLab.Key[]::new);
    for (int i = 0; i < 200; i++) {
      TreeLab.Key key =
          new TreeLab.Key(random.nextLong() >>> random.nextInt(64), random.nextLong());
      if (keys.length > 0 && random.nextInt(4) != 0) {
        TreeLab.Key some = keys[random.nextInt(keys.length)];
        key = new TreeLab.Key(some.hi(), some.lo() + random.nextInt(3) - 1);
      }
      byte[] expected = lab.model.get(key);
      byte[] actual = tree.get(key.hi(), key.lo());
      if (expected == null) {
        assertNull(actual);
      } else {
        assertArrayEquals(expected, actual);
      }
      assertEquals(expected != null, tree.contains(key.hi(), key.lo()));
      assertEquals(expected != null, cursor.seek(key.hi(), key.lo()));
      checkAt(lab.model.ceilingEntry(key), cursor, cursor.seekCeiling(key.hi(), key.lo()));
      if (cursor.valid()) {
        TreeLab.Key at = new TreeLab.Key(cursor.hi(), cursor.lo());
        if (random.nextBoolean()) {
          checkAt(lab.model.higherEntry(at), cursor, cursor.next());
        } else {
          checkAt(lab.model.lowerEntry(at), cursor, cursor.previous());
        }
      }
      checkAt(lab.model.floorEntry(key), cursor, cursor.seekFloor(key.hi(), key.lo()));
    }
    checkScan(lab, tree);
  }

  private static void checkScan(TreeLab lab, Tree tree) throws IOException {
    Cursor cursor = tree.cursor();
    boolean more = cursor.first();
    for (Map.Entry<TreeLab.Key, byte[]> item : lab.model.entrySet()) {
      checkAt(item, cursor, more);
      more = cursor.next();
    }
    assertFalse(more);
    more = cursor.last();
    for (Map.Entry<TreeLab.Key, byte[]> item : lab.model.descendingMap().entrySet()) {
      checkAt(item, cursor, more);
      more = cursor.previous();
    }
    assertFalse(more);
  }

  private static void checkAt(
      Map.Entry<TreeLab.Key, byte[]> expected, Cursor cursor, boolean found) {
    assertEquals(expected != null, found);
    assertEquals(found, cursor.valid());
    if (found) {
      assertTrue(expected.getKey().hi() == cursor.hi() && expected.getKey().lo() == cursor.lo());
      assertArrayEquals(expected.getValue(), cursor.value());
    }
  }
}
