package org.razorfs.tx;

import org.razorfs.layout.DirentRecord;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.InodeRecord;
import org.razorfs.layout.Node;
import org.razorfs.layout.Superblock;
import org.razorfs.layout.TreeId;

/**
 * How many nodes checkpoints can write at most, for the trees of one superblock: the bounds of
 * {@link org.razorfs.tree.TreeMerge}, made of counts alone. They are such that what was promised
 * for two checkpoints together is enough for one after the other.
 */
final class NodeDemand {
  /** A segment's bitmap at its longest, as an item. */
  private static final long SEGMENT_ITEM = Node.LEAF_ENTRY + 4 + Geometry.SEGMENT_UNITS / 8;

  /** What taking one name off an inode can touch, with or without the inode itself. */
  static final Footprint UNLINK =
      Footprint.builder().inodes(5, 1, 0).strings(2, 0, 0).chunks(1, 0, 0).runs(2).build();

  /** What a new name of a new inode without content can touch. */
  static final Footprint CREATE =
      Footprint.builder()
          .inodes(3, 2, InodeRecord.SIZE + DirentRecord.SIZE)
          .name(Geometry.MAX_NAME)
          .build();

  private final long inodes;
  private final long strings;
  private final long chunks;
  private final long free;

  /** Bytes of entries that a node can have. */
  private final long capacity;

  /** Bytes of entries that every node of a packed stretch but the last has at least. */
  private final long fill;

  /** The fewest children of an inner node, but for the last of its level. */
  private final long fanOut;

  private final long segments;

  NodeDemand(Superblock superblock) {
    int nodeSize = superblock.identity().nodeSize();
    capacity = (long) nodeSize - Node.HEADER - Node.TRAILER;
    inodes = superblock.roots().get(TreeId.INODES).nodes();
    strings = superblock.roots().get(TreeId.STRINGS).nodes();
    chunks = superblock.roots().get(TreeId.CHUNKS).nodes();
    free = superblock.roots().get(TreeId.FREE).nodes();
    fill = capacity - Node.LEAF_ENTRY - Geometry.maxValue(nodeSize);
    fanOut = capacity / Node.INNER_ENTRY / 4;
    segments = (superblock.identity().volumeSize() - 1) / Geometry.SEGMENT + 1;
  }

  /** The most nodes of a checkpoint of such changes. */
  long nodes(Footprint changes) {
    return nodes(changes, NO_GROWTH);
  }

  /** The most nodes of a checkpoint of such changes, and then of one that removes one more name. */
  long nodesAndUnlink(Footprint changes) {
    long[] grown = {
      growth(inodes, changes.inodes()),
      growth(strings, changes.strings()),
      growth(chunks, changes.chunks())
    };
    return nodes(changes, NO_GROWTH) + nodes(UNLINK, grown);
  }

  private static final long[] NO_GROWTH = {0, 0, 0};

  private long nodes(Footprint changes, long[] grown) {
    long written =
        tree(inodes + grown[0], changes.inodes())
            + tree(strings + grown[1], changes.strings())
            + tree(chunks + grown[2], changes.chunks());
    if (written == 0 && changes.runs() == 0) {
      return 0;
    }
    return written + freeTree(2 * written + changes.runs());
  }

  /** By how many nodes a tree can grow: each leaf that is added to may split. */
  private long growth(long nodes, Footprint.Part part) {
    return part.inserts() == 0
        ? 0
        : Math.min(part.inserts(), Math.max(1, nodes)) + part.bytes() / fill;
  }

  private long tree(long nodes, Footprint.Part part) {
    if (part.places() == 0) {
      return 0;
    }
    // A touched node can take in a neighbour, and long values pack a stretch to two thirds only.
    long growth = growth(nodes, part);
    long replaced = Math.min(2 * part.places(), nodes);
    long later = Math.min(2 * part.places(), nodes + growth) - replaced;
    long sum = replaced + (replaced > 2 ? replaced / 2 : 0) + growth + later;
    long level = nodes + growth;
    while (level > 1) {
      boolean mayGrow = level > fanOut * 4;
      level = level / fanOut + 1;
      long touched = Math.min(2 * part.places(), level);
      sum += touched + (mayGrow ? Math.min(growth, touched) : 0);
    }
    return sum;
  }

  /** The FREE tree, which also describes the space of its own nodes. */
  private long freeTree(long runs) {
    if (segments * SEGMENT_ITEM <= capacity) {
      return 1; // Whatever happens, one leaf holds all.
    }
    long own = 0;
    for (int round = 0; round < 2; round++) {
      long touched = Math.min(segments, runs + 2 * own);
      long leaves = Math.min(touched, free);
      long full = segments * SEGMENT_ITEM / fill + 1 + leaves;
      long written = Math.min(3 * leaves + touched * SEGMENT_ITEM / fill + 1, full);
      own = written;
      for (long level = written + free; level > 1; ) {
        level = level / fanOut + 1;
        own += 3 * Math.min(touched, level);
      }
    }
    return own;
  }
}
