package org.razorfs.tree;

import java.io.IOException;
import java.util.Arrays;
import org.razorfs.block.NodeStore;
import org.razorfs.block.NodeWriter;
import org.razorfs.fault.CorruptImageException;
import org.razorfs.layout.BlockPointer;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.Keys;
import org.razorfs.layout.Node;
import org.razorfs.layout.NodeBuilder;
import org.razorfs.layout.TreeId;
import org.razorfs.layout.TreeRoot;

/**
 * One run of {@link TreeMerge}. The old tree is descended along the changes; everything that the
 * new tree consists of passes in the order of its keys through {@link #addItem} (an item of a
 * touched leaf, or a new one) or {@link #keep} (a whole untouched subtree). What passed and is not
 * part of a node yet is pending, in one {@link MergeLevel} a level.
 */
final class Merging {
  private final TreeId tree;
  private final int nodeSize;
  private final int maxValue;
  private final NodeStore store;
  private final boolean exact;
  private final Changes changes;
  private final NodeWriter writer;
  private final FreedNodes freed;
  private final Frame[] frames = new Frame[TreeChecks.MAX_HEIGHT];
  private final NodeBuilder[] builders = new NodeBuilder[TreeChecks.MAX_HEIGHT];
  private final MergeLevel.Inners[] inners = new MergeLevel.Inners[TreeChecks.MAX_HEIGHT + 1];
  private MergeLevel.Leaves leaves;

  /** Of the old tree. */
  private int height;

  /** The key that passed last, of an item or of a kept subtree. */
  private long lastHi;

  private long lastLo;
  private boolean anyPassed;

  /** Differences between the old root's counts and the new one's. */
  private long nodes;

  private long items;
  private long bytes;

  Merging(
      TreeId tree,
      int nodeSize,
      NodeStore store,
      boolean exact,
      ChangeSource changes,
      NodeWriter writer,
      FreedNodes freed) {
    this.tree = tree;
    this.nodeSize = nodeSize;
    this.maxValue = Geometry.maxValue(nodeSize);
    this.store = store;
    this.exact = exact;
    this.changes = new Changes(changes, maxValue);
    this.writer = writer;
    this.freed = freed;
    this.leaves = new MergeLevel.Leaves(nodeSize);
  }

  TreeRoot run(TreeRoot root) throws IOException {
    changes.advance();
    if (!changes.present) {
      return root;
    }
    if (root.isEmpty()) {
      addAll();
      return leaves.isEmpty() ? root : finish(root);
    }
    height = root.height();
    for (int level = 0; level < height; level++) {
      frames[level] = new Frame();
    }
    frames[height - 1].enter(root.pointer(), read(root.pointer(), height - 1), null);
    return merge(height - 1) ? finish(root) : root;
  }

  // ---- down the old tree

  /** Merges into the node of a frame; false where it stays as it is. */
  private boolean merge(int level) throws IOException {
    Frame frame = frames[level];
    if (exact) {
      replace(level);
    }
    if (level == 0) {
      mergeLeaf(frame);
    } else {
      mergeChildren(level, frame);
    }
    return frame.replaced;
  }

  private void mergeChildren(int level, Frame frame) throws IOException {
    Node node = frame.node;
    int count = node.count();
    for (int i = 0; i < count; i++) {
      frame.index = i;
      BlockPointer pointer = node.child(i);
      boolean last = i == count - 1;
      boolean touched =
          last ? changes.isBelow(frame) : changes.isBelow(node.hi(i + 1), node.lo(i + 1));
      if (touched) {
        Node child = read(pointer, level - 1);
        TreeChecks.firstKey(child, node.hi(i), node.lo(i), pointer.address());
        frames[level - 1].enter(pointer, child, frame);
        touched = merge(level - 1);
      }
      if (!touched && frame.replaced) {
        keep(level - 1, node.hi(i), node.lo(i), pointer);
      }
    }
  }

  private void mergeLeaf(Frame frame) throws IOException {
    Node node = frame.node;
    int count = node.count();
    while (changes.isBelow(frame)) {
      int from = frame.index;
      int at = from == count ? count : node.ceiling(changes.hi, changes.lo);
      boolean found = at < count && node.lo(at) == changes.lo && node.hi(at) == changes.hi;
      frame.index = at;
      if (frame.replaced) {
        addItems(node, from, at);
      } else if (changes.hasEffect(node, at, found)) {
        replace(0);
      } else {
        changes.advance();
        continue;
      }
      if (found) {
        frame.index++;
        items--;
      }
      addChange();
    }
    if (frame.replaced) {
      addItems(node, frame.index, count);
    }
  }

  /** Takes over all changes that are left. */
  private void addAll() throws IOException {
    while (changes.present) {
      addChange();
    }
  }

  private void addChange() throws IOException {
    ChangeSource source = changes.source;
    if (!source.isDelete()) {
      addItem(changes.hi, changes.lo, source.array(), source.from(), changes.length());
      items++;
    }
    changes.advance();
  }

  /**
   * Decides that the node of a frame and those above it are replaced: what precedes the place that
   * the merge has reached in them passes now.
   */
  private void replace(int downTo) throws IOException {
    for (int level = height - 1; level >= downTo; level--) {
      Frame frame = frames[level];
      if (frame.replaced) {
        continue;
      }
      frame.replaced = true;
      free(frame.pointer, level);
      if (level == 0) {
        TreeChecks.values(frame.node, frame.pointer);
        addItems(frame.node, 0, frame.index);
      } else {
        for (int i = 0; i < frame.index; i++) {
          keep(level - 1, frame.node.hi(i), frame.node.lo(i), frame.node.child(i));
        }
      }
    }
  }

  private Node read(BlockPointer pointer, int level) throws IOException {
    TreeChecks.length(pointer, nodeSize);
    return store.read(pointer, tree, level);
  }

  private void free(BlockPointer pointer, int level) {
    nodes--;
    bytes -= pointer.length();
    freed.freed(pointer, level);
  }

  // ---- up the new tree

  private void addItems(Node leaf, int from, int to) throws IOException {
    for (int i = from; i < to; i++) {
      TreeChecks.valueLength(leaf, i, maxValue);
      addItem(leaf.hi(i), leaf.lo(i), leaf.array(), leaf.valueAt(i), leaf.valueLength(i));
    }
  }

  private void addItem(long hi, long lo, byte[] source, int from, int length) throws IOException {
    pass(hi, lo);
    leaves.add(hi, lo, source, from, length);
    if (leaves.overflows()) {
      emit(0, leaves.fullNode());
    }
  }

  private void addChild(int level, long hi, long lo, BlockPointer child, boolean kept)
      throws IOException {
    MergeLevel.Inners entries = inner(level);
    entries.add(hi, lo, child, kept);
    if (entries.overflows()) {
      emit(level, entries.fullNode());
    }
  }

  /** Lets a subtree of the old tree pass as it is, unless what is pending needs its company. */
  private void keep(int level, long hi, long lo, BlockPointer pointer) throws IOException {
    if (isPending(level)) {
      if (!exact && isSmall(level)) {
        takeRight(level, hi, lo, pointer);
        return;
      }
      close(level);
    }
    pass(hi, lo);
    addChild(level + 1, hi, lo, pointer, true);
  }

  /** Whatever the old nodes say, the new ones are in order. */
  private void pass(long hi, long lo) throws CorruptImageException {
    if (anyPassed) {
      TreeChecks.ascending(tree, lastHi, lastLo, hi, lo);
    }
    anyPassed = true;
    lastHi = hi;
    lastLo = lo;
  }

  /** Replaces the untouched node to the right of what is pending, whose entries pass one by one. */
  private void takeRight(int level, long hi, long lo, BlockPointer pointer) throws IOException {
    Node node = read(pointer, level);
    TreeChecks.firstKey(node, hi, lo, pointer.address());
    free(pointer, level);
    pour(level, pointer, node);
  }

  /** Replaces the kept node to the left of what is pending, whose entries come before it. */
  private void takeLeft(int level) throws IOException {
    MergeLevel.Inners above = inner(level + 1);
    int last = above.count - 1;
    BlockPointer pointer = above.child(last);
    Node node = read(pointer, level);
    TreeChecks.firstKey(node, above.hi[last], above.lo[last], pointer.address());
    MergeLevel first = firstPending(level);
    TreeChecks.lastKey(node, first.hi[0], first.lo[0], pointer);
    above.removeLast();
    free(pointer, level);
    MergeLevel pending = level(level);
    long hi = lastHi;
    long lo = lastLo;
    anyPassed = false;
    if (level == 0) {
      leaves = new MergeLevel.Leaves(nodeSize);
      pour(0, pointer, node);
      leaves.addAll((MergeLevel.Leaves) pending);
    } else {
      inners[level] = new MergeLevel.Inners(nodeSize);
      for (int i = 0; i < node.count(); i++) {
        addChild(level, node.hi(i), node.lo(i), node.child(i), true);
      }
      inners[level].addAll((MergeLevel.Inners) pending);
    }
    anyPassed = true;
    lastHi = hi;
    lastLo = lo;
  }

  /** Lets the entries of a node of the old tree pass. */
  private void pour(int level, BlockPointer pointer, Node node) throws IOException {
    if (level == 0) {
      TreeChecks.values(node, pointer);
      addItems(node, 0, node.count());
    } else {
      for (int i = 0; i < node.count(); i++) {
        keep(level - 1, node.hi(i), node.lo(i), node.child(i));
      }
    }
  }

  /** Makes nodes of all that is pending up to a level, for something else comes next. */
  private void close(int level) throws IOException {
    // From above, so that a level has found its neighbour before the one below looks for its own.
    for (int i = level; i >= 0 && !exact; i--) {
      if (isPending(i) && isSmall(i) && hasLeft(i)) {
        takeLeft(i);
      }
    }
    for (int i = 0; i <= level; i++) {
      flush(i, false);
    }
  }

  /** Closes everything and gives the new root. */
  private TreeRoot finish(TreeRoot old) throws IOException {
    for (int i = top() - 1; i >= 0 && !exact; i--) {
      if (isPending(i) && isSmall(i) && hasLeft(i) && leftFits(i)) {
        takeLeft(i);
      }
    }
    if (top() < 0) {
      return TreeRoot.EMPTY;
    }
    int level = 0;
    while (level == 0 || level < top() || level(level).count > 1) {
      flush(level++, true);
    }
    BlockPointer pointer = inner(level).child(0);
    boolean mayShrink = !exact && inner(level).isKept(0);
    while (mayShrink && level > 1) {
      Node node = read(pointer, level - 1);
      mayShrink = node.count() == 1;
      if (mayShrink) {
        free(pointer, --level);
        pointer = node.child(0);
      }
    }
    return sum(old, pointer, level);
  }

  /**
   * The root with the counts of the old one and what changed. Where those were wrong (INV-TREE-5,
   * which is tolerated) the sums are at least such as a root can have.
   */
  private TreeRoot sum(TreeRoot old, BlockPointer pointer, int newHeight) {
    long newNodes = Math.max(newHeight, old.nodes() + nodes);
    return new TreeRoot(
        pointer,
        newHeight,
        newNodes,
        Math.max(1, old.items() + items),
        Math.max(newNodes * Geometry.UNIT, old.bytes() + bytes));
  }

  /** Makes nodes of all pending entries of a level. */
  private void flush(int level, boolean atRightEdge) throws IOException {
    MergeLevel entries = level(level);
    while (!entries.isEmpty()) {
      int next = entries.fitsOneNode() ? entries.count : 0;
      if (next == 0 && !atRightEdge) {
        next = entries.evenSplit();
      }
      emit(level, next > 0 ? next : entries.fullNode());
    }
  }

  private void emit(int level, int count) throws IOException {
    if (level == TreeChecks.MAX_HEIGHT) {
      throw new CorruptImageException(
          "tree " + tree, "a height of at most " + TreeChecks.MAX_HEIGHT, "more");
    }
    MergeLevel entries = level(level);
    NodeBuilder builder = builders[level];
    if (builder == null) {
      builder = new NodeBuilder(nodeSize, level);
      builders[level] = builder;
    }
    builder.clear();
    entries.build(builder, count);
    entries.removeFirst(count);
    BlockPointer pointer = writer.write(builder, tree);
    nodes++;
    bytes += pointer.length();
    addChild(level + 1, builder.firstHi(), builder.firstLo(), pointer, false);
  }

  // ---- what is pending

  private MergeLevel level(int level) {
    return level == 0 ? leaves : inner(level);
  }

  private MergeLevel.Inners inner(int level) {
    if (inners[level] == null) {
      inners[level] = new MergeLevel.Inners(nodeSize);
    }
    return inners[level];
  }

  private boolean isPending(int upTo) {
    return firstPending(upTo) != null;
  }

  /** The highest level, up to the given one, that has entries: its first are first in order. */
  private MergeLevel firstPending(int upTo) {
    for (int i = upTo; i > 0; i--) {
      if (inners[i] != null && !inners[i].isEmpty()) {
        return inners[i];
      }
    }
    return leaves.isEmpty() ? null : leaves;
  }

  /** The highest level with entries, or -1. */
  private int top() {
    for (int i = inners.length - 1; i > 0; i--) {
      if (inners[i] != null && !inners[i].isEmpty()) {
        return i;
      }
    }
    return leaves.isEmpty() ? -1 : 0;
  }

  /**
   * Whether what is pending up to a level could end in a small node of that level. What is pending
   * below makes an entry more, but where that is small it may take in the last entry instead.
   */
  private boolean isSmall(int level) {
    int used = level(level).used;
    if (level > 0 && isPending(level - 1) && !isSmall(level - 1)) {
      used += Node.INNER_ENTRY;
    }
    return used < level(level).capacity / 4;
  }

  /** Whether a kept node precedes what is pending under the same parent. */
  private boolean hasLeft(int level) {
    MergeLevel.Inners above = inners[level + 1];
    return above != null && !above.isEmpty() && above.isKept(above.count - 1);
  }

  /** Whether one node holds the kept node to the left together with what is pending. */
  private boolean leftFits(int level) throws IOException {
    MergeLevel.Inners above = inners[level + 1];
    int left = read(above.child(above.count - 1), level).entryBytes();
    int below = level > 0 && isPending(level - 1) ? 2 * Node.INNER_ENTRY : 0;
    return level(level).used + below + left <= level(level).capacity;
  }

  /** The changes, one ahead. */
  private static final class Changes {
    private final ChangeSource source;
    private final int maxValue;
    private boolean started;
    private boolean present;
    private long hi;
    private long lo;

    Changes(ChangeSource source, int maxValue) {
      this.source = source;
      this.maxValue = maxValue;
    }

    void advance() throws IOException {
      present = source.next();
      if (!present) {
        return;
      }
      long nextHi = source.hi();
      long nextLo = source.lo();
      if (started && Keys.compare(hi, lo, nextHi, nextLo) >= 0) {
        throw new IllegalArgumentException(
            "change " + Keys.toString(nextHi, nextLo) + " after " + Keys.toString(hi, lo));
      }
      started = true;
      hi = nextHi;
      lo = nextLo;
    }

    boolean isBelow(long otherHi, long otherLo) {
      return present && Keys.compare(hi, lo, otherHi, otherLo) < 0;
    }

    boolean isBelow(Frame frame) {
      return present && (!frame.bounded || isBelow(frame.upperHi, frame.upperLo));
    }

    int length() {
      int length = source.length();
      if (length < 0 || length > maxValue) {
        throw new IllegalArgumentException(
            "value of " + length + " bytes for " + Keys.toString(hi, lo) + ", limit " + maxValue);
      }
      return length;
    }

    boolean hasEffect(Node leaf, int at, boolean found) {
      if (!found || source.isDelete()) {
        return found == source.isDelete();
      }
      int from = leaf.valueAt(at);
      return !Arrays.equals(
          leaf.array(),
          from,
          from + leaf.valueLength(at),
          source.array(),
          source.from(),
          source.from() + length());
    }
  }

  /** The node on the path of the merge at one level, and how far the merge has come in it. */
  private static final class Frame {
    private BlockPointer pointer;
    private Node node;
    private int index;
    private boolean replaced;
    private boolean bounded;
    private long upperHi;
    private long upperLo;

    /** Enters the child that {@code parent} has come to, or the root. */
    void enter(BlockPointer newPointer, Node newNode, Frame parent) throws CorruptImageException {
      pointer = newPointer;
      node = newNode;
      index = 0;
      replaced = false;
      bounded = false;
      if (parent != null) {
        int next = parent.index + 1;
        bounded = next < parent.node.count() || parent.bounded;
        upperHi = next < parent.node.count() ? parent.node.hi(next) : parent.upperHi;
        upperLo = next < parent.node.count() ? parent.node.lo(next) : parent.upperLo;
      }
      if (bounded) {
        TreeChecks.lastKey(node, upperHi, upperLo, pointer);
      }
    }
  }
}
