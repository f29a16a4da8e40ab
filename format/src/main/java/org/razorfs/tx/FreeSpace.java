package org.razorfs.tx;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import org.razorfs.block.NodeSpace;
import org.razorfs.block.NodeStore;
import org.razorfs.block.NodeWriter;
import org.razorfs.device.BlockDevice;
import org.razorfs.fault.CorruptImageException;
import org.razorfs.layout.BlockPointer;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.Keys;
import org.razorfs.layout.Run;
import org.razorfs.layout.SegmentRecord;
import org.razorfs.layout.TreeId;
import org.razorfs.layout.TreeRoot;
import org.razorfs.tree.TouchedNodes;
import org.razorfs.tree.Tree;
import org.razorfs.tree.TreeMerge;
import org.razorfs.tx.Changes.Change;
import org.razorfs.wire.ByteSource;

/**
 * Writes the FREE tree of a checkpoint. The tree's own nodes take space that it must describe, so
 * their space is taken first: as much as the merge can need at most, which {@link TouchedNodes}
 * foretells. What the merge leaves over stays marked as used and is listed in the superblock as
 * spare, for the next checkpoint to free.
 */
final class FreeSpace {
  /** Spare runs that are kept where there are too many. */
  private static final int KEPT_SPARES = Geometry.MAX_SPARES / 2;

  private static final int LONGEST = 4 + Geometry.SEGMENT_UNITS / 8;
  private static final long HI = Keys.hi(0, Keys.SEGMENT);

  private final Tree tree;
  private final NodeStore store;
  private final NodeSpace space;
  private final Consumer<Run> surplus;
  private final int nodeSize;
  private final long end;
  private final TreeMap<Long, long[]> segments = new TreeMap<>();
  private final List<Run> own = new ArrayList<>();
  private final List<Run> replaced = new ArrayList<>();
  private List<Run> spares = List.of();
  private long freeUnits;

  /**
   * @param end the end of the volume; units beyond it count as used
   * @param space where to take the space of the tree's nodes
   * @param surplus takes back what of it is not needed after all
   */
  FreeSpace(
      Tree tree, NodeStore store, NodeSpace space, Consumer<Run> surplus, int nodeSize, long end) {
    this.tree = tree;
    this.store = store;
    this.space = space;
    this.surplus = surplus;
    this.nodeSize = nodeSize;
    this.end = end;
  }

  /** Marks a run as used. */
  void use(Run run) throws IOException {
    mark(run, true);
  }

  /** Marks a run as free. */
  void free(Run run) throws IOException {
    mark(run, false);
  }

  /** By how much the free units grew. */
  long freeUnits() {
    return freeUnits;
  }

  /** What was taken for the tree's nodes, used or left over. */
  List<Run> taken() {
    return own;
  }

  /** The nodes of the old tree that are no longer part of it. */
  List<Run> replaced() {
    return replaced;
  }

  /** What was taken and not used. */
  List<Run> spares() {
    return spares;
  }

  /** Writes the tree with everything marked so far, and with itself. */
  TreeRoot write(BlockDevice device, UUID uuid, long generation) throws IOException {
    if (segments.isEmpty()) {
      return tree.root();
    }
    settle();
    for (Run run : own) {
      use(run);
    }
    for (Run run : replaced) {
      free(run);
    }
    TreeRoot root = merge(device, uuid, generation);
    while (spares.size() > Geometry.MAX_SPARES) {
      // Too many for the superblock: all but some go back, which changes the tree once more. It
      // takes about as many nodes as just now, for which those that stay are more than enough.
      for (Run run : spares.subList(KEPT_SPARES, spares.size())) {
        giveBack(run);
      }
      root = merge(device, uuid, generation);
    }
    return root;
  }

  /** Gives back space that no node was written to: a whole run that was taken, or its end. */
  private void giveBack(Run run) throws IOException {
    free(run);
    for (int i = 0; i < own.size(); i++) {
      Run taken = own.get(i);
      if (taken.end() == run.end()) {
        if (taken.equals(run)) {
          own.remove(i);
        } else {
          own.set(i, new Run(taken.address(), run.address() - taken.address()));
        }
        break;
      }
    }
    surplus.accept(run);
  }

  private TreeRoot merge(BlockDevice device, UUID uuid, long generation) throws IOException {
    OwnSpace ownSpace = new OwnSpace();
    NodeWriter writer = new NodeWriter(device, store.cache(), ownSpace, uuid, generation);
    TreeRoot root =
        new TreeMerge(TreeId.FREE, nodeSize, store, TreeMerge.Mode.EXACT)
            .apply(tree.root(), new Changes(changes()), writer, (pointer, level) -> {});
    writer.finish();
    spares = ownSpace.left();
    return root;
  }

  /** Takes space until it is enough for a merge that also describes the space just taken. */
  private void settle() throws IOException {
    TouchedNodes touched = new TouchedNodes(TreeId.FREE, nodeSize, store);
    Set<BlockPointer> old = new HashSet<>();
    long taken = 0;
    boolean grew = true;
    while (grew) {
      long[] los = segments.keySet().stream().mapToLong(Long::longValue).toArray();
      long most =
          touched.visit(tree.root(), HI, los, los.length, LONGEST, (node, level) -> old.add(node));
      grew = false;
      for (BlockPointer node : old) {
        grew |= load(new Run(node.address(), node.length()));
      }
      while (taken < most) {
        Run run = new Run(space.allocate(nodeSize), nodeSize);
        append(own, run);
        grew |= load(run);
        taken++;
      }
    }
    for (BlockPointer node : old) {
      replaced.add(new Run(node.address(), node.length()));
    }
  }

  private static void append(List<Run> runs, Run run) {
    Run last = runs.isEmpty() ? null : runs.get(runs.size() - 1);
    if (last != null && last.end() == run.address()) {
      runs.set(runs.size() - 1, new Run(last.address(), last.length() + run.length()));
    } else {
      runs.add(run);
    }
  }

  private void mark(Run run, boolean used) throws IOException {
    load(run);
    long unit = run.address() / Geometry.UNIT;
    long last = Geometry.units(run.end());
    for (; unit < last; unit++) {
      long[] bits = segments.get(unit / Geometry.SEGMENT_UNITS);
      int word = (int) (unit % Geometry.SEGMENT_UNITS) >>> 6;
      long bit = 1L << unit;
      if ((bits[word] & bit) != 0 == used) {
        throw new CorruptImageException(
            "unit at " + unit * Geometry.UNIT, used ? "free" : "in use", used ? "in use" : "free");
      }
      bits[word] ^= bit;
      freeUnits += used ? -1 : 1;
    }
  }

  /** Makes sure that the segments of a run are in memory; true where one was not. */
  private boolean load(Run run) throws IOException {
    boolean loaded = false;
    long last = (run.end() - 1) / Geometry.SEGMENT;
    for (long segment = run.address() / Geometry.SEGMENT; segment <= last; segment++) {
      if (!segments.containsKey(segment)) {
        segments.put(segment, bitmap(tree, segment, end));
        loaded = true;
      }
    }
    return loaded;
  }

  /** A segment's bitmap as the tree has it, the units beyond the volume's end set. */
  static long[] bitmap(Tree tree, long segment, long end) throws IOException {
    byte[] value = tree.get(HI, segment);
    long[] bits =
        value == null
            ? new long[Geometry.SEGMENT_UNITS / 64]
            : SegmentRecord.decode(new ByteSource(value, 0, value.length, "segment", segment));
    long beyond = (end - segment * Geometry.SEGMENT) / Geometry.UNIT;
    for (long unit = Math.max(0, beyond); unit < Geometry.SEGMENT_UNITS; unit++) {
      bits[(int) unit >>> 6] |= 1L << unit;
    }
    return bits;
  }

  private Iterator<Change> changes() {
    Iterator<Map.Entry<Long, long[]>> iterator = segments.entrySet().iterator();
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return iterator.hasNext();
      }

      @Override
      public Change next() {
        Map.Entry<Long, long[]> entry = iterator.next();
        return new Change(HI, entry.getKey(), SegmentRecord.encode(entry.getValue()));
      }
    };
  }

  /** Gives out what was taken, front to back; a node must not straddle two runs. */
  private final class OwnSpace implements NodeSpace {
    private final List<Run> left = new ArrayList<>(own);

    @Override
    public long allocate(int length) {
      for (int i = 0; i < left.size(); i++) {
        Run run = left.get(i);
        if (run.length() >= length) {
          if (run.length() == length) {
            left.remove(i);
          } else {
            left.set(i, new Run(run.address() + length, run.length() - length));
          }
          return run.address();
        }
      }
      throw new IllegalStateException("the FREE tree needs more nodes than foretold");
    }

    List<Run> left() {
      return List.copyOf(left);
    }
  }
}
