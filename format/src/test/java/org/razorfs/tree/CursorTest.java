package org.razorfs.tree;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Arrays;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;
import org.razorfs.block.NodeCache;
import org.razorfs.block.NodeStore;
import org.razorfs.device.FaultyDevice;
import org.razorfs.fault.FsException;

class CursorTest {
  private final TreeLab lab = new TreeLab(8192);

  /** Items (10, 0), (20, 0) …, each with its number as the value. */
  private Tree tens(int count) throws IOException {
    SortedMap<TreeLab.Key, byte[]> batch = TreeLab.batch();
    for (int i = 1; i <= count; i++) {
      byte[] value = new byte[40];
      Arrays.fill(value, (byte) i);
      batch.put(new TreeLab.Key(10L * i, 0), value);
    }
    lab.apply(batch, TreeMerge.Mode.ABSORB);
    return lab.tree();
  }

  @Test
  void anEmptyTreeHasNoPlaces() throws IOException {
    Tree tree = lab.tree();
    Cursor cursor = tree.cursor();
    assertFalse(cursor.valid());
    assertFalse(cursor.first());
    assertFalse(cursor.last());
    assertFalse(cursor.seek(1, 1));
    assertFalse(cursor.seekCeiling(0, 0));
    assertFalse(cursor.seekFloor(-1, -1));
    assertFalse(cursor.next());
    assertFalse(cursor.previous());
    assertNull(tree.get(0, 0));
    assertFalse(tree.contains(0, 0));
  }

  @Test
  void theItemIsShownWithoutACopy() throws IOException {
    Cursor cursor = tens(10).cursor();
    assertTrue(cursor.seek(30, 0));
    assertEquals(30, cursor.hi());
    assertEquals(0, cursor.lo());
    int from = cursor.valueAt();
    assertEquals(40, cursor.valueLength());
    assertArrayEquals(
        cursor.value(), Arrays.copyOfRange(cursor.array(), from, from + cursor.valueLength()));
    assertEquals(3, cursor.value()[39]);
  }

  @Test
  void beyondTheEndsThereIsNothing() throws IOException {
    Cursor cursor = tens(5_000).cursor();
    assertFalse(cursor.seekFloor(9, -1));
    assertTrue(cursor.seekCeiling(9, -1));
    assertEquals(10, cursor.hi());
    assertFalse(cursor.previous());
    assertFalse(cursor.previous());
    assertFalse(cursor.next(), "it stands nowhere");
    assertFalse(cursor.seekCeiling(50_000, 1));
    assertFalse(cursor.previous(), "it stands nowhere");
    assertTrue(cursor.seekFloor(-1, -1));
    assertEquals(50_000, cursor.hi());
    assertFalse(cursor.next());
    assertFalse(cursor.seek(50_000, 1));
    assertTrue(cursor.seek(50_000, 0));
  }

  @Test
  void keysAreComparedUnsigned() throws IOException {
    SortedMap<TreeLab.Key, byte[]> batch = TreeLab.batch();
    for (int i = 0; i < 2_000; i++) {
      batch.put(new TreeLab.Key(1L << 63 | i / 7, -1L >>> (i % 7)), new byte[8]);
    }
    batch.put(new TreeLab.Key(5, 5), new byte[1]);
    lab.apply(batch, TreeMerge.Mode.ABSORB);
    Cursor cursor = lab.tree().cursor();
    assertTrue(cursor.first());
    assertEquals(5, cursor.hi());
    assertTrue(cursor.seekCeiling(6, 0));
    assertEquals(1L << 63, cursor.hi());
    assertEquals(-1L >>> 6, cursor.lo());
    assertTrue(cursor.seekCeiling(1L << 63, (-1L >>> 1) + 1));
    assertEquals(-1L, cursor.lo());
    assertTrue(cursor.seek(1L << 63 | 100, -1L));
  }

  @Test
  void anotherSnapshotShowsItsOwnItems() throws IOException {
    Tree old = tens(5_000);
    Cursor cursor = old.cursor();
    assertTrue(cursor.seek(30, 0));
    SortedMap<TreeLab.Key, byte[]> batch = TreeLab.batch();
    batch.put(new TreeLab.Key(30, 0), null);
    lab.apply(batch, TreeMerge.Mode.ABSORB);
    assertTrue(cursor.seek(30, 0), "the snapshot does not change");
    cursor.rebind(old);
    assertTrue(cursor.valid());
    cursor.rebind(lab.tree());
    assertFalse(cursor.valid());
    assertFalse(cursor.seek(30, 0));
    assertTrue(cursor.seek(40, 0));
  }

  @Test
  void afterAFailureItStandsNowhereAndCanBeUsedAgain() throws IOException {
    tens(20_000);
    FaultyDevice faulty = new FaultyDevice(lab.device);
    NodeStore store = new NodeStore(faulty, lab.uuid, new NodeCache(0));
    assertEquals(2, lab.root.height());
    Cursor cursor = new Tree(TreeLab.TREE, lab.root, store).cursor();
    for (int k = 1; k <= 2; k++) {
      long key = 50_000L * k;
      faulty.failOnce(FaultyDevice.Operation.READ, faulty.count(FaultyDevice.Operation.READ) + k);
      assertThrows(FsException.class, () -> cursor.seekCeiling(key, 0));
      assertFalse(cursor.valid());
      assertFalse(cursor.next());
      assertTrue(cursor.seekCeiling(key, 0));
      assertEquals(key, cursor.hi());
    }
    faulty.failOnce(FaultyDevice.Operation.READ, faulty.count(FaultyDevice.Operation.READ) + 2);
    assertThrows(
        FsException.class,
        () -> {
          while (cursor.next()) {
            assertTrue(cursor.hi() > 0);
          }
        });
    assertFalse(cursor.valid());
    assertTrue(cursor.last());
    faulty.failOnce(FaultyDevice.Operation.READ, faulty.count(FaultyDevice.Operation.READ) + 2);
    assertThrows(
        FsException.class,
        () -> {
          while (cursor.previous()) {
            assertTrue(cursor.hi() > 0);
          }
        });
    assertFalse(cursor.valid());
    assertFalse(cursor.previous());
  }

  @Test
  void nearbySeeksReadNothing() throws IOException {
    Cursor cursor = tens(20_000).cursor();
    assertTrue(cursor.seek(100_000, 0));
    long before = lab.cache.hits() + lab.cache.misses();
    assertTrue(cursor.seekFloor(100_005, 0));
    assertTrue(cursor.seekCeiling(99_995, 0));
    assertTrue(cursor.seek(100_000, 0));
    assertFalse(cursor.seek(100_001, 0));
    assertEquals(before, lab.cache.hits() + lab.cache.misses());
  }

  @Test
  void rangesOfKeysReadWell() {
    assertEquals(
        "(1, INODE, 2) up to (3, EXTENT, 4)",
        new KeyRange(1 << 8 | 1, 2, true, 3 << 8 | 4, 4).toString());
    assertTrue(KeyRange.ALL.toString().endsWith("up to the end"));
  }
}
