package org.razorfs.tx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.razorfs.block.NodeCache;
import org.razorfs.block.NodeStore;
import org.razorfs.device.MemoryDevice;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.Run;
import org.razorfs.layout.TreeId;
import org.razorfs.layout.TreeRoot;
import org.razorfs.tree.Tree;

/** The FREE tree of large volumes whose free space lies in pieces. */
class FreeSpaceTest {
  private static final UUID VOLUME = new UUID(3, 4);
  private static final int NODE = 8 << 10;
  private static final int SEGMENTS = 3000;

  private final MemoryDevice device = new MemoryDevice((long) SEGMENTS * Geometry.SEGMENT);
  private final NodeStore store = new NodeStore(device, VOLUME, new NodeCache(64 << 20));
  private final BitSet used = new BitSet();
  private final Set<Run> handedOut = new HashSet<>();
  private final List<Run> returned = new ArrayList<>();
  private TreeRoot root = TreeRoot.EMPTY;
  private int nextNode;

  /** Nodes never lie side by side: at the front of every other stretch of 32 units. */
  private long allocate(int length) {
    long address;
    do {
      address = (long) nextNode++ * 64 * Geometry.UNIT;
    } while (used.get((int) (address / Geometry.UNIT)));
    handedOut.add(new Run(address, length));
    return address;
  }

  private FreeSpace begin() throws IOException {
    return new FreeSpace(
        new Tree(TreeId.FREE, root, store),
        store,
        this::allocate,
        returned::add,
        NODE,
        device.size());
  }

  private void mark(Run run, boolean busy) {
    int from = (int) (run.address() / Geometry.UNIT);
    used.set(from, from + (int) (run.length() / Geometry.UNIT), busy);
  }

  @Test
  void moreSpareRunsThanASuperblockListsAreGivenBack() throws IOException {
    Random random = new Random(5);
    boolean surplus = false;
    for (long generation = 1; generation <= 3; generation++) {
      FreeSpace free = begin();
      for (int segment = 0; segment < SEGMENTS; segment++) {
        // Behind the nodes' places; ever more runs, so that the records grow.
        for (int i = 0; i < 8; i++) {
          int unit = segment * Geometry.SEGMENT_UNITS + random.nextInt(128) * 64 + 40 + i;
          if (!used.get(unit)) {
            Run run = new Run((long) unit * Geometry.UNIT, Geometry.UNIT);
            free.use(run);
            mark(run, true);
          }
        }
      }
      handedOut.clear();
      returned.clear();
      TreeRoot before = root;
      root = free.write(device, VOLUME, generation);
      assertTrue(free.spares().size() <= Geometry.MAX_SPARES, free.spares().size() + " spares");
      surplus |= !returned.isEmpty();
      Set<Run> kept = new HashSet<>(free.taken());
      assertFalse(kept.removeAll(returned), "given back and taken");
      assertEquals(handedOut.size(), kept.size() + returned.size());
      assertEquals(root.nodes() - before.nodes() + free.replaced().size(), nodes(free));
      free.taken().forEach(run -> mark(run, true));
      free.replaced().forEach(run -> mark(run, false));
      verify();
      // Spares are free again with the next checkpoint; here nobody uses their places again.
    }
    assertTrue(surplus, "the test met no surplus");
  }

  private static long nodes(FreeSpace free) {
    return (long) free.taken().size() - free.spares().size();
  }

  private void verify() throws IOException {
    Tree tree = new Tree(TreeId.FREE, root, store);
    for (int segment = 0; segment < SEGMENTS; segment++) {
      int from = segment * Geometry.SEGMENT_UNITS;
      long[] expected = new long[Geometry.SEGMENT_UNITS / 64];
      long[] model = used.get(from, from + Geometry.SEGMENT_UNITS).toLongArray();
      System.arraycopy(model, 0, expected, 0, model.length);
      assertArrayEquals(
          expected, FreeSpace.bitmap(tree, segment, device.size()), "segment " + segment);
    }
  }
}
