package org.razorfs.tree;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.razorfs.layout.BlockPointer;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.TreeRoot;

/** What is foretold of exact merges against the merges themselves. */
class TouchedNodesTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void aMergeReplacesWhatWasForetoldAndWritesNoMore(int seed) throws IOException {
    Random random = new Random(seed);
    int nodeSize = seed > 8 ? 512 : seed % 2 == 0 ? 8192 : 16384;
    TreeLab lab = new TreeLab(nodeSize);
    int space = 1 << (6 + 2 * (seed % 8));
    for (int round = 0; round < 60; round++) {
      int longest = Geometry.maxValue(nodeSize);
      int most = random.nextInt(3) == 0 ? longest : random.nextInt(Math.min(1000, longest));
      long[] los = keys(random, space);
      SortedMap<TreeLab.Key, byte[]> batch = TreeLab.batch();
      int deletes = random.nextInt(4) * 30;
      for (long lo : los) {
        boolean delete = random.nextInt(100) < deletes;
        int length = random.nextInt(4) > 0 ? most : random.nextInt(most + 1);
        batch.put(new TreeLab.Key(9, lo), delete ? null : new byte[length]);
      }
      Set<BlockPointer> foretold = new HashSet<>();
      long bound =
          new TouchedNodes(TreeLab.TREE, nodeSize, lab.store)
              .visit(
                  lab.root,
                  9,
                  los,
                  los.length,
                  most,
                  (pointer, level) -> assertTrue(foretold.add(pointer)));
      lab.apply(batch, TreeMerge.Mode.EXACT);
      assertEquals(foretold, new HashSet<>(lab.freed));
      assertTrue(lab.written <= bound, lab.written + " written, foretold at most " + bound);
      if (deletes == 0 && most > 100) {
        assertTrue(bound <= 4 * lab.written + 4, bound + " foretold, " + lab.written + " written");
      }
      lab.check(false);
    }
  }

  private static long[] keys(Random random, int space) {
    TreeSet<Long> keys = new TreeSet<>();
    int count = 1 << random.nextInt(9);
    long at = random.nextInt(space);
    boolean dense = random.nextBoolean();
    for (int i = 0; i < count; i++) {
      keys.add(dense ? at + i : random.nextInt(space));
    }
    return keys.stream().mapToLong(Long::longValue).toArray();
  }

  @Test
  void withoutKeysThereIsNothing() throws IOException {
    TreeLab lab = new TreeLab(8192);
    long most =
        new TouchedNodes(TreeLab.TREE, 8192, lab.store)
            .visit(TreeRoot.EMPTY, 9, new long[4], 0, 100, (pointer, level) -> fail());
    assertEquals(0, most);
  }

  @Test
  void keysOfAnotherFirstWordFallIntoTheFirstOrTheLastNodes() throws IOException {
    TreeLab lab = new TreeLab(8192);
    SortedMap<TreeLab.Key, byte[]> batch = TreeLab.batch();
    for (int i = 0; i < 20_000; i++) {
      batch.put(new TreeLab.Key(9, i), new byte[50]);
    }
    lab.apply(batch, TreeMerge.Mode.EXACT);
    for (long hi : new long[] {0, 8, 10, -1}) {
      Set<BlockPointer> foretold = new HashSet<>();
      new TouchedNodes(TreeLab.TREE, 8192, lab.store)
          .visit(
              lab.root,
              hi,
              new long[] {3, -3},
              2,
              5,
              (pointer, level) -> assertTrue(foretold.add(pointer)));
      batch = TreeLab.batch();
      batch.put(new TreeLab.Key(hi, 3), new byte[5]);
      batch.put(new TreeLab.Key(hi, -3), new byte[5]);
      lab.apply(batch, TreeMerge.Mode.EXACT);
      assertEquals(foretold, new HashSet<>(lab.freed));
    }
  }
}
