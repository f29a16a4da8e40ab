package org.razorfs.tree;

import java.util.Arrays;
import org.razorfs.layout.BlockPointer;
import org.razorfs.layout.Node;
import org.razorfs.layout.NodeBuilder;

/**
 * The entries of one level that a merge has not yet made nodes of: at most those of two nodes and
 * one entry more, so that the last two can be evened out. Holds copies, no references to nodes.
 */
abstract class MergeLevel {
  /** The bytes that entries can take in a node. */
  final int capacity;

  final long[] hi;
  final long[] lo;
  int count;

  /** The bytes that the entries take in nodes. */
  int used;

  MergeLevel(int nodeSize, int entrySize) {
    this.capacity = nodeSize - Node.HEADER - Node.TRAILER;
    int most = 2 * (capacity / entrySize) + 3;
    this.hi = new long[most];
    this.lo = new long[most];
  }

  /** The bytes that entry {@code index} takes in a node. */
  abstract int size(int index);

  /** Adds the first {@code entries} entries to a node. */
  abstract void build(NodeBuilder builder, int entries);

  /** Moves what the subclass holds of the entries from {@code from} on to the front. */
  abstract void shift(int from);

  final boolean isEmpty() {
    return count == 0;
  }

  final boolean overflows() {
    return used > 2 * capacity;
  }

  final boolean fitsOneNode() {
    return used <= capacity;
  }

  /** The number of entries from the first on that fill one node. */
  final int fullNode() {
    int sum = 0;
    int end = 0;
    while (end < count && sum + size(end) <= capacity) {
      sum += size(end);
      end++;
    }
    return end;
  }

  /** The number of entries that make the first of two nodes of most equal size, or 0. */
  final int evenSplit() {
    int best = 0;
    int bestMore = capacity + 1;
    int sum = 0;
    for (int i = 0; i < count - 1; i++) {
      sum += size(i);
      int more = Math.max(sum, used - sum);
      if (more < bestMore) {
        best = i + 1;
        bestMore = more;
      }
    }
    return best;
  }

  /** Removes the first {@code entries} entries. */
  final void removeFirst(int entries) {
    for (int i = 0; i < entries; i++) {
      used -= size(i);
    }
    shift(entries);
    count -= entries;
    System.arraycopy(hi, entries, hi, 0, count);
    System.arraycopy(lo, entries, lo, 0, count);
  }

  /** The items of leaves. */
  static final class Leaves extends MergeLevel {
    private final int[] lengths;
    private final byte[] values;
    private int valueBytes;

    Leaves(int nodeSize) {
      super(nodeSize, Node.LEAF_ENTRY);
      this.lengths = new int[hi.length];
      this.values = new byte[3 * nodeSize];
    }

    void add(long itemHi, long itemLo, byte[] source, int from, int length) {
      int at = count++;
      hi[at] = itemHi;
      lo[at] = itemLo;
      lengths[at] = length;
      System.arraycopy(source, from, values, valueBytes, length);
      valueBytes += length;
      used += Node.LEAF_ENTRY + length;
    }

    void addAll(Leaves other) {
      int at = 0;
      for (int i = 0; i < other.count; i++) {
        add(other.hi[i], other.lo[i], other.values, at, other.lengths[i]);
        at += other.lengths[i];
      }
    }

    @Override
    int size(int index) {
      return Node.LEAF_ENTRY + lengths[index];
    }

    @Override
    void build(NodeBuilder builder, int entries) {
      int at = 0;
      for (int i = 0; i < entries; i++) {
        builder.add(hi[i], lo[i], values, at, lengths[i]);
        at += lengths[i];
      }
    }

    @Override
    void shift(int from) {
      int at = 0;
      for (int i = 0; i < from; i++) {
        at += lengths[i];
      }
      System.arraycopy(lengths, from, lengths, 0, count - from);
      System.arraycopy(values, at, values, 0, valueBytes - at);
      valueBytes -= at;
    }
  }

  /** The entries of inner nodes. */
  static final class Inners extends MergeLevel {
    private final BlockPointer[] children;

    /** Which children are of the old tree as they are. */
    private final boolean[] kept;

    Inners(int nodeSize) {
      super(nodeSize, Node.INNER_ENTRY);
      this.children = new BlockPointer[hi.length];
      this.kept = new boolean[hi.length];
    }

    void add(long childHi, long childLo, BlockPointer child, boolean isKept) {
      int at = count++;
      hi[at] = childHi;
      lo[at] = childLo;
      children[at] = child;
      kept[at] = isKept;
      used += Node.INNER_ENTRY;
    }

    void addAll(Inners other) {
      for (int i = 0; i < other.count; i++) {
        add(other.hi[i], other.lo[i], other.children[i], other.kept[i]);
      }
    }

    BlockPointer child(int index) {
      return children[index];
    }

    boolean isKept(int index) {
      return kept[index];
    }

    void removeLast() {
      count--;
      used -= Node.INNER_ENTRY;
    }

    @Override
    int size(int index) {
      return Node.INNER_ENTRY;
    }

    @Override
    void build(NodeBuilder builder, int entries) {
      for (int i = 0; i < entries; i++) {
        builder.add(hi[i], lo[i], children[i]);
      }
    }

    @Override
    void shift(int from) {
      System.arraycopy(children, from, children, 0, count - from);
      System.arraycopy(kept, from, kept, 0, count - from);
      Arrays.fill(children, count - from, count, null);
    }
  }
}
