package org.razorfs.tree;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.razorfs.block.NodeCache;
import org.razorfs.block.NodeStore;
import org.razorfs.block.NodeWriter;
import org.razorfs.device.MemoryDevice;
import org.razorfs.layout.BlockPointer;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.Keys;
import org.razorfs.layout.Node;
import org.razorfs.layout.TreeId;
import org.razorfs.layout.TreeRoot;

/**
 * A tree on a device in memory beside the map that it must equal, with a book of the space in use;
 * every merge is a checkpoint, whose freed space the one after it uses again.
 */
final class TreeLab {
  static final TreeId TREE = TreeId.INODES;

  /** A key; ordered as in trees. */
  record Key(long hi, long lo) {
    static final Comparator<Key> ORDER = (a, b) -> Keys.compare(a.hi, a.lo, b.hi, b.lo);
  }

  final int nodeSize;
  final MemoryDevice device = new MemoryDevice(1L << 32);
  final UUID uuid = new UUID(0x0123_4567_89ab_cdefL, 0xfedc_ba98_7654_3210L);
  final NodeCache cache;
  final NodeStore store;
  final NavigableMap<Key, byte[]> model = new TreeMap<>(Key.ORDER);
  TreeRoot root = TreeRoot.EMPTY;

  /** What the last merge did. */
  final List<BlockPointer> freed = new ArrayList<>();

  final List<Integer> freedLevels = new ArrayList<>();
  long written;

  private final Map<Long, Integer> allocated = new HashMap<>();
  private final Map<Integer, ArrayDeque<Long>> reusable = new HashMap<>();
  private long end = Geometry.JOURNAL_START;
  private long generation;

  TreeLab(int nodeSize) {
    this(nodeSize, 64 << 20);
  }

  TreeLab(int nodeSize, long cacheBytes) {
    this.nodeSize = nodeSize;
    this.cache = new NodeCache(cacheBytes);
    this.store = new NodeStore(device, uuid, cache);
  }

  /** A batch of changes in the making; a null value deletes. */
  static SortedMap<Key, byte[]> batch() {
    return new TreeMap<>(Key.ORDER);
  }

  /** Changes as a source that spoils its array at every step. */
  static ChangeSource source(SortedMap<Key, byte[]> changes) {
    Iterator<Map.Entry<Key, byte[]>> iterator = changes.entrySet().iterator();
    byte[] shared = new byte[Geometry.MAX_NODE];
    return new ChangeSource() {
      private Map.Entry<Key, byte[]> now;
      private int from;

      @Override
      public boolean next() {
        Arrays.fill(shared, 0, 64, (byte) 0xee);
        if (!iterator.hasNext()) {
          return false;
        }
        now = iterator.next();
        from = (int) (now.getKey().lo & 31);
        if (now.getValue() != null) {
          System.arraycopy(now.getValue(), 0, shared, from, now.getValue().length);
        }
        return true;
      }

      @Override
      public long hi() {
        return now.getKey().hi;
      }

      @Override
      public long lo() {
        return now.getKey().lo;
      }

      @Override
      public boolean isDelete() {
        return now.getValue() == null;
      }

      @Override
      public byte[] array() {
        return shared;
      }

      @Override
      public int from() {
        return from;
      }

      @Override
      public int length() {
        return now.getValue().length;
      }
    };
  }

  /** Merges a batch, in the tree and in the model. */
  void apply(SortedMap<Key, byte[]> changes, TreeMerge.Mode mode) throws IOException {
    for (Map.Entry<Key, byte[]> change : changes.entrySet()) {
      if (change.getValue() == null) {
        model.remove(change.getKey());
      } else {
        model.put(change.getKey(), change.getValue());
      }
    }
    merge(source(changes), mode);
  }

  /** Merges changes in the tree alone. */
  void merge(ChangeSource changes, TreeMerge.Mode mode) throws IOException {
    freed.clear();
    freedLevels.clear();
    generation++;
    NodeWriter writer = new NodeWriter(device, cache, this::allocate, uuid, generation);
    FreedNodes book =
        (pointer, level) -> {
          freed.add(pointer);
          freedLevels.add(level);
        };
    TreeRoot next;
    if (nodeSize < Geometry.MIN_NODE) {
      // Smaller than any volume has: high trees of few items.
      boolean exact = mode == TreeMerge.Mode.EXACT;
      next = new Merging(TREE, nodeSize, store, exact, changes, writer, book).run(root);
    } else {
      next = new TreeMerge(TREE, nodeSize, store, mode).apply(root, changes, writer, book);
    }
    writer.finish();
    written = writer.nodes();
    for (BlockPointer pointer : freed) {
      assertTrue(pointer.birth() < generation, "a node written by the same merge is freed");
      assertEquals(pointer.length(), allocated.remove(pointer.address()), "freed twice");
      reusable.computeIfAbsent(pointer.length(), l -> new ArrayDeque<>()).add(pointer.address());
    }
    root = next;
  }

  Tree tree() throws IOException {
    return new Tree(TREE, root, store);
  }

  private long allocate(int length) {
    ArrayDeque<Long> free = reusable.get(length);
    long address;
    if (free != null && !free.isEmpty()) {
      address = free.poll();
    } else {
      address = end;
      end += length;
    }
    assertEquals(null, allocated.put(address, length));
    return address;
  }

  /** Compares everything with the model, once through the cache and once from the device. */
  void check(boolean absorbed) throws IOException {
    check(store, absorbed);
    check(new NodeStore(device, uuid, new NodeCache(0)), absorbed);
  }

  private void check(NodeStore through, boolean absorbed) throws IOException {
    Set<Long> reached = new HashSet<>();
    Iterator<Map.Entry<Key, byte[]>> expected = model.entrySet().iterator();
    TreeWalk.Totals totals =
        new TreeWalk(TREE, through)
            .walk(
                root,
                new TreeWalk.Visitor() {
                  @Override
                  public boolean node(BlockPointer pointer, int level, KeyRange keys, Node node) {
                    assertTrue(reached.add(pointer.address()), "reached twice");
                    assertEquals(allocated.get(pointer.address()), pointer.length());
                    checkNode(pointer, level, keys, node, absorbed);
                    for (int i = 0; level == 0 && i < node.count(); i++) {
                      Map.Entry<Key, byte[]> item = expected.next();
                      assertEquals(item.getKey(), new Key(node.hi(i), node.lo(i)));
                      assertArrayEquals(item.getValue(), node.value(i));
                    }
                    return true;
                  }

                  @Override
                  public void damaged(
                      BlockPointer pointer, int level, KeyRange keys, IOException problem)
                      throws IOException {
                    throw problem;
                  }
                });
    assertFalse(expected.hasNext(), "items missing at the end");
    assertTrue(totals.whole());
    assertEquals(allocated.keySet(), reached, "space leaked");
    assertEquals(model.size(), root.items());
    assertTrue(totals.agreesWith(root), totals + " beside " + root);
    if (model.isEmpty()) {
      assertSame(TreeRoot.EMPTY, root);
    }
  }

  private void checkNode(
      BlockPointer pointer, int level, KeyRange keys, Node node, boolean absorbed) {
    boolean isRoot = level == root.height() - 1;
    if (absorbed && isRoot && level > 0) {
      assertTrue(node.count() > 1, "a root with a single child");
    }
    if (absorbed && keys.bounded()) {
      int used = node.count() * (level == 0 ? Node.LEAF_ENTRY : Node.INNER_ENTRY);
      for (int i = 0; level == 0 && i < node.count(); i++) {
        used += node.valueLength(i);
      }
      int capacity = nodeSize - Node.HEADER - Node.TRAILER;
      assertTrue(used >= capacity / 4, "level " + level + " has a small node of " + used);
    }
    assertTrue(pointer.length() <= nodeSize);
  }
}
