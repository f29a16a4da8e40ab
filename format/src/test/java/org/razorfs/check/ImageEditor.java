package org.razorfs.check;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.razorfs.block.NodeCache;
import org.razorfs.block.NodeStore;
import org.razorfs.block.Superblocks;
import org.razorfs.device.MemoryDevice;
import org.razorfs.fault.CorruptImageException;
import org.razorfs.layout.BlockPointer;
import org.razorfs.layout.ChunkRecord;
import org.razorfs.layout.DirentRecord;
import org.razorfs.layout.ExtentRecord;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.InodeRecord;
import org.razorfs.layout.JournalRecord;
import org.razorfs.layout.Keys;
import org.razorfs.layout.Mutation;
import org.razorfs.layout.Node;
import org.razorfs.layout.NodeBuilder;
import org.razorfs.layout.Operation;
import org.razorfs.layout.Run;
import org.razorfs.layout.SegmentRecord;
import org.razorfs.layout.StringRecord;
import org.razorfs.layout.Superblock;
import org.razorfs.layout.TreeId;
import org.razorfs.layout.TreeRoot;
import org.razorfs.tree.Cursor;
import org.razorfs.tree.Tree;
import org.razorfs.wire.ByteSink;
import org.razorfs.wire.ByteSource;
import org.razorfs.wire.Bytes;
import org.razorfs.wire.SipHash;

/**
 * Damages a copy of a sound image so that only what the damage means is wrong: items are taken out
 * of the trees, changed, and written back as new trees with a FREE tree and free units that fit;
 * nodes, superblocks and journal records are changed in place; and every CRC on the way is made
 * right again.
 *
 * <p>Items are edited first; {@link #rebuild} must come before anything is changed in place.
 */
public final class ImageEditor {
  private static final int ROOTS_AT = 344;
  private static final int CRC_IN_ROOT = 20;

  private final MemoryDevice device;
  private final Map<TreeId, NavigableMap<Key, byte[]>> trees = new EnumMap<>(TreeId.class);
  private Superblock superblock;
  private long journalEnd;
  private long nextTransaction;
  private long nextSequence;

  /** An item's key. */
  record Key(long hi, long lo) implements Comparable<Key> {
    private static final Comparator<Key> ORDER = (a, b) -> Keys.compare(a.hi, a.lo, b.hi, b.lo);

    @Override
    public int compareTo(Key other) {
      return ORDER.compare(this, other);
    }
  }

  /** Which CRCs to make right after a node has been changed. */
  enum Seal {
    /** None. */
    NOTHING,
    /** The node's own, so that its parent's pointer differs. */
    NODE,
    /** All up to the superblock's. */
    PATH
  }

  /** An editor of a copy of an image, which itself stays as it is. */
  public ImageEditor(MemoryDevice image) throws IOException {
    device = image.fork();
    superblock = Superblocks.newest(device);
    for (TreeId tree : TreeId.values()) {
      trees.put(tree, read(tree));
    }
    journalEnd = superblock.journalTail();
    nextTransaction = superblock.nextTransaction();
    nextSequence = superblock.nextSequence();
  }

  /** The image with all changes so far. */
  public MemoryDevice device() {
    return device;
  }

  Superblock superblock() {
    return superblock;
  }

  // ---- items ----

  NavigableMap<Key, byte[]> items(TreeId tree) {
    return trees.get(tree);
  }

  static Key key(long object, int type, long lo) {
    return new Key(Keys.hi(object, type), lo);
  }

  InodeRecord inode(long inode) throws IOException {
    return InodeRecord.decode(source(items(TreeId.INODES).get(key(inode, Keys.INODE, 0))));
  }

  public void inode(long inode, UnaryOperator<InodeRecord.Editor> change) throws IOException {
    put(inode, change.apply(inode(inode).edit()).done());
  }

  void put(long inode, InodeRecord record) {
    items(TreeId.INODES).put(key(inode, Keys.INODE, 0), record.toBytes());
  }

  public void put(long directory, long name, DirentRecord entry) {
    items(TreeId.INODES).put(key(directory, Keys.DIRENT, name), entry.toBytes());
  }

  void put(long inode, long offset, ExtentRecord extent) {
    items(TreeId.INODES).put(key(inode, Keys.EXTENT, offset), extent.toBytes());
  }

  /** The extents of an inode, by offset. */
  NavigableMap<Long, ExtentRecord> extents(long inode) throws IOException {
    NavigableMap<Long, ExtentRecord> found = new TreeMap<>();
    for (Map.Entry<Key, byte[]> item : items(TreeId.INODES).entrySet()) {
      if (item.getKey().hi() == Keys.hi(inode, Keys.EXTENT)) {
        found.put(item.getKey().lo(), ExtentRecord.decode(source(item.getValue())));
      }
    }
    return found;
  }

  /** The first key of a type in its tree. */
  Key first(TreeId tree, int type) {
    return items(tree).keySet().stream()
        .filter(key -> Keys.type(key.hi()) == type)
        .findFirst()
        .orElseThrow();
  }

  /** Gives a name other bytes, with an index entry to match. */
  void rename(String from, String to) throws IOException {
    long id = name(from);
    Key key = key(0, Keys.STRING, id);
    NavigableMap<Key, byte[]> strings = items(TreeId.STRINGS);
    StringRecord record = StringRecord.decode(source(strings.get(key)));
    byte[] name = to.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    strings.put(key, new StringRecord(record.references(), name).toBytes());
    strings.remove(indexKey(record.name(), id));
    strings.put(indexKey(name, id), new byte[0]);
  }

  /** The key of the index entry of a name. */
  Key indexKey(byte[] name, long id) {
    Superblock.Identity identity = superblock.identity();
    SipHash hash = new SipHash(identity.hashKey0(), identity.hashKey1());
    return new Key(Keys.hashHi(hash.hash(name)), id);
  }

  /** The id of a name. */
  public long name(String text) throws IOException {
    for (Map.Entry<Key, byte[]> item : items(TreeId.STRINGS).entrySet()) {
      if (Keys.type(item.getKey().hi()) == Keys.STRING) {
        StringRecord string = StringRecord.decode(source(item.getValue()));
        if (new String(string.name(), java.nio.charset.StandardCharsets.UTF_8).equals(text)) {
          return item.getKey().lo();
        }
      }
    }
    throw new AssertionError("no string " + text);
  }

  /** The inode that a name refers to somewhere. */
  public long inodeNamed(String text) throws IOException {
    return dirent(keyNamed(text)).inode();
  }

  /** The key of the directory entry with a name. */
  Key keyNamed(String text) throws IOException {
    long id = name(text);
    return items(TreeId.INODES).keySet().stream()
        .filter(key -> Keys.type(key.hi()) == Keys.DIRENT && key.lo() == id)
        .findFirst()
        .orElseThrow();
  }

  DirentRecord dirent(Key key) throws IOException {
    return DirentRecord.decode(source(items(TreeId.INODES).get(key)));
  }

  /** Replaces the byte at a place of an item's value. */
  void poke(TreeId tree, Key key, int at, int value) {
    byte[] bytes = items(tree).get(key).clone();
    bytes[at] = (byte) value;
    items(tree).put(key, bytes);
  }

  void changeChunk(long address, UnaryOperator<ChunkRecord> change) throws IOException {
    Key key = key(0, Keys.CHUNK, address);
    ChunkRecord chunk = ChunkRecord.decode(source(items(TreeId.CHUNKS).get(key)));
    items(TreeId.CHUNKS).put(key, change.apply(chunk).toBytes());
  }

  static ByteSource source(byte[] bytes) {
    return new ByteSource(bytes, 0, bytes.length, "item under edit");
  }

  private NavigableMap<Key, byte[]> read(TreeId tree) throws IOException {
    NavigableMap<Key, byte[]> items = new TreeMap<>();
    NodeStore store = new NodeStore(device, superblock.identity().uuid(), new NodeCache(1 << 20));
    Cursor cursor = new Tree(tree, superblock.roots().get(tree), store).cursor();
    for (boolean more = cursor.first(); more; more = cursor.next()) {
      items.put(new Key(cursor.hi(), cursor.lo()), cursor.value());
    }
    return items;
  }

  // ---- trees ----

  /** Writes all items as new trees, with a FREE tree to match. */
  public ImageEditor rebuild() throws IOException {
    return rebuild(map -> {});
  }

  /**
   * As above, with a change to the units that the FREE tree marks as used, which the superblock's
   * count of free units follows.
   */
  ImageEditor rebuild(Consumer<UnitSet> change) throws IOException {
    UnitSet units = new UnitSet(superblock.identity().volumeSize());
    units.use(0, superblock.identity().dataStart());
    units.use(superblock.identity().backupAddress(), Geometry.SUPERBLOCK);
    for (long[] run : chunkRuns()) {
      units.use(run[0], run[1]);
    }
    Map<TreeId, TreeRoot> roots = new EnumMap<>(TreeId.class);
    for (TreeId tree : List.of(TreeId.INODES, TreeId.STRINGS, TreeId.CHUNKS)) {
      roots.put(tree, write(tree, items(tree), units));
    }
    int nodeSize = superblock.identity().nodeSize();
    long free = units.take(nodeSize);
    change.accept(units);
    NavigableMap<Key, byte[]> segments = units.segments();
    NodeBuilder leaf = new NodeBuilder(nodeSize, 0);
    segments.forEach(
        (key, value) -> {
          if (value != null) {
            leaf.add(key.hi(), key.lo(), value, 0, value.length);
          }
        });
    trees.put(TreeId.FREE, segments);
    NodeBuilder.Sealed sealed = seal(leaf, TreeId.FREE, free);
    int length = sealed.pointer().length();
    roots.put(TreeId.FREE, new TreeRoot(sealed.pointer(), 1, 1, leaf.count(), length));
    List<Run> spares =
        length == nodeSize ? List.of() : List.of(new Run(free + length, nodeSize - length));
    Superblock.VolumeTotals totals = superblock.totals();
    superblock =
        copy(
            roots,
            spares,
            new Superblock.VolumeTotals(
                units.free(),
                totals.reservedUnits(),
                totals.inodes(),
                totals.logicalBytes(),
                totals.storedBytes()));
    Superblocks.write(device, superblock);
    Superblocks.writeBackup(device, superblock);
    return this;
  }

  /** Where chunks lie as the items say, each once; what is not legal is left out. */
  private List<long[]> chunkRuns() throws IOException {
    Map<Long, Long> runs = new TreeMap<>();
    for (Map.Entry<Key, byte[]> item : items(TreeId.INODES).entrySet()) {
      if (Keys.type(item.getKey().hi()) == Keys.EXTENT) {
        chunk(item.getValue())
            .ifPresent(chunk -> runs.put(chunk.address(), Geometry.roundUp(chunk.stored())));
      }
    }
    List<long[]> list = new ArrayList<>();
    runs.forEach((address, length) -> list.add(new long[] {address, length}));
    list.removeIf(run -> run[0] + run[1] > superblock.identity().backupAddress());
    return list;
  }

  private static Optional<ExtentRecord.Chunk> chunk(byte[] value) {
    try {
      ExtentRecord extent = ExtentRecord.decode(source(value));
      return extent instanceof ExtentRecord.Chunk chunk ? Optional.of(chunk) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty(); // damaged on purpose
    }
  }

  private TreeRoot write(TreeId tree, NavigableMap<Key, byte[]> items, UnitSet units)
      throws IOException {
    if (items.isEmpty()) {
      return TreeRoot.EMPTY;
    }
    long nodes = 0;
    long bytes = 0;
    int height = 0;
    NavigableMap<Key, BlockPointer> below = new TreeMap<>();
    NodeBuilder leaf = new NodeBuilder(superblock.identity().nodeSize(), 0);
    List<NodeBuilder> full = new ArrayList<>();
    for (Map.Entry<Key, byte[]> item : items.entrySet()) {
      if (!leaf.fits(item.getValue().length)) {
        full.add(leaf);
        leaf = new NodeBuilder(superblock.identity().nodeSize(), 0);
      }
      Key key = item.getKey();
      leaf.add(key.hi(), key.lo(), item.getValue(), 0, item.getValue().length);
    }
    full.add(leaf);
    while (true) {
      height++;
      for (NodeBuilder builder : full) {
        BlockPointer pointer = seal(builder, tree, units.take(builder.storedLength())).pointer();
        below.put(new Key(builder.firstHi(), builder.firstLo()), pointer);
        nodes++;
        bytes += pointer.length();
      }
      if (full.size() == 1) {
        BlockPointer root = below.firstEntry().getValue();
        return new TreeRoot(root, height, nodes, items.size(), bytes);
      }
      full = new ArrayList<>();
      NodeBuilder inner = new NodeBuilder(superblock.identity().nodeSize(), height);
      for (Map.Entry<Key, BlockPointer> child : below.entrySet()) {
        // Few children, so that there are inner nodes on two levels even in small trees.
        if (inner.count() == 4) {
          full.add(inner);
          inner = new NodeBuilder(superblock.identity().nodeSize(), height);
        }
        inner.add(child.getKey().hi(), child.getKey().lo(), child.getValue());
      }
      full.add(inner);
      below = new TreeMap<>();
    }
  }

  private NodeBuilder.Sealed seal(NodeBuilder builder, TreeId tree, long address)
      throws IOException {
    NodeBuilder.Sealed sealed =
        builder.seal(tree, superblock.identity().uuid(), address, superblock.generation());
    device.write(address, ByteBuffer.wrap(sealed.node().array()));
    return sealed;
  }

  private Superblock copy(
      Map<TreeId, TreeRoot> roots, List<Run> spares, Superblock.VolumeTotals totals) {
    return new Superblock(
        superblock.identity(),
        Superblock.slotAddress(superblock.generation()),
        superblock.generation(),
        superblock.clean(),
        superblock.errors(),
        superblock.journalEpoch(),
        superblock.journalTail(),
        superblock.nextTransaction(),
        superblock.nextSequence(),
        superblock.nextInode(),
        superblock.nextString(),
        superblock.nextGeneration(),
        totals,
        spares,
        superblock.mountedAt(),
        superblock.writtenAt(),
        superblock.mountCount(),
        roots);
  }

  /** Units in use. */
  static final class UnitSet {
    private final java.util.BitSet used = new java.util.BitSet();
    private final int count;
    private boolean freeBeyond;

    UnitSet(long volumeSize) {
      count = (int) (volumeSize / Geometry.UNIT);
    }

    void use(long address, long length) {
      used.set((int) (address / Geometry.UNIT), (int) ((address + length) / Geometry.UNIT));
    }

    void release(long address, long length) {
      used.clear((int) (address / Geometry.UNIT), (int) ((address + length) / Geometry.UNIT));
    }

    /** Leaves the last unit of the last segment free, which must lie beyond the volume. */
    void freeBeyond() {
      freeBeyond = true;
    }

    boolean isUsed(long address) {
      return used.get((int) (address / Geometry.UNIT));
    }

    /** The address of a free run, the last that there is, which is marked as used. */
    long take(long length) {
      int units = (int) (length / Geometry.UNIT);
      int from = count - units;
      while (used.get(from, from + units).cardinality() > 0) {
        from--;
      }
      used.set(from, from + units);
      return (long) from * Geometry.UNIT;
    }

    long free() {
      return (long) count - used.get(0, count).cardinality();
    }

    NavigableMap<Key, byte[]> segments() {
      NavigableMap<Key, byte[]> segments = new TreeMap<>();
      for (int from = 0; from < count; from += Geometry.SEGMENT_UNITS) {
        long[] words = new long[Geometry.SEGMENT_UNITS / 64];
        for (int unit = 0; unit < Geometry.SEGMENT_UNITS; unit++) {
          if (from + unit >= count || used.get(from + unit)) {
            words[unit >>> 6] |= 1L << unit;
          }
        }
        if (freeBeyond && from + Geometry.SEGMENT_UNITS > count) {
          words[words.length - 1] &= Long.MAX_VALUE;
        }
        byte[] value = SegmentRecord.encode(words);
        if (value != null) {
          segments.put(key(0, Keys.SEGMENT, (long) from / Geometry.SEGMENT_UNITS), value);
        }
      }
      return segments;
    }
  }

  // ---- in place ----

  /** Changes the bytes of a node, found from the root of its tree by the numbers of children. */
  ImageEditor node(TreeId tree, Seal seal, Consumer<byte[]> change, int... path)
      throws IOException {
    TreeRoot root = superblock.roots().get(tree);
    List<BlockPointer> pointers = new ArrayList<>(List.of(root.pointer()));
    List<byte[]> nodes = new ArrayList<>(List.of(bytes(root.pointer())));
    int level = root.height() - 1;
    for (int index : path) {
      byte[] parent = nodes.get(nodes.size() - 1);
      BlockPointer pointer = pointers.get(pointers.size() - 1);
      BlockPointer child =
          Node.open(parent, pointer, tree, level--, superblock.identity().uuid()).child(index);
      pointers.add(child);
      nodes.add(bytes(child));
    }
    int last = nodes.size() - 1;
    change.accept(nodes.get(last));
    if (seal == Seal.NOTHING) {
      device.write(pointers.get(last).address(), ByteBuffer.wrap(nodes.get(last)));
      return this;
    }
    for (int i = last; i >= 0; i--) {
      byte[] node = nodes.get(i);
      int crc = Bytes.crc32(node, 0, node.length - Node.TRAILER);
      Bytes.put32(node, node.length - Node.TRAILER, crc);
      device.write(pointers.get(i).address(), ByteBuffer.wrap(node));
      if (seal == Seal.NODE) {
        return this;
      }
      if (i > 0) {
        int entry = Node.HEADER + path[i - 1] * Node.INNER_ENTRY;
        Bytes.put32(nodes.get(i - 1), entry + 16 + CRC_IN_ROOT, crc);
      } else {
        int at = ROOTS_AT + (tree.code() - 1) * TreeRoot.SIZE + CRC_IN_ROOT;
        superblock(bytes -> Bytes.put32(bytes, at, crc));
      }
    }
    return this;
  }

  private byte[] bytes(BlockPointer pointer) throws IOException {
    if (pointer.length() < Geometry.UNIT || pointer.length() > Geometry.MAX_NODE) {
      throw new CorruptImageException("pointer", "the length of a node", pointer.toString());
    }
    byte[] bytes = new byte[pointer.length()];
    device.read(pointer.address(), ByteBuffer.wrap(bytes));
    return bytes;
  }

  /** Changes the newest superblock, and seals it. */
  ImageEditor superblock(Consumer<byte[]> change) throws IOException {
    return copyAt(superblock.address(), change);
  }

  /** Changes the copy of the superblock at an address, and seals it. */
  ImageEditor copyAt(long address, Consumer<byte[]> change) throws IOException {
    byte[] bytes = Superblocks.read(device, address);
    change.accept(bytes);
    seal(bytes);
    device.write(address, ByteBuffer.wrap(bytes));
    return this;
  }

  static void seal(byte[] superblock) {
    int at = Geometry.SUPERBLOCK - 4;
    Bytes.put32(superblock, at, Bytes.crc32(superblock, 0, at));
  }

  /** Changes bytes anywhere and seals nothing. */
  ImageEditor poke(long address, byte[] bytes) throws IOException {
    device.write(address, ByteBuffer.wrap(bytes));
    return this;
  }

  /** The address of the superblock's copy that is not the newest. */
  long otherSlot() {
    return superblock.address() == 0 ? Geometry.SLOT_1 : 0;
  }

  // ---- journal ----

  /** Appends a batch of one transaction with these redo mutations, as a writer would. */
  ImageEditor journal(Mutation... redo) throws IOException {
    ByteSink sink = new ByteSink(256);
    for (Mutation mutation : redo) {
      mutation.encode(sink);
    }
    return journal(UnaryOperator.identity(), sink.toBytes());
  }

  /** As above with any payload, and a header that is changed before it is sealed. */
  ImageEditor journal(UnaryOperator<JournalRecord> change, byte[] redo) throws IOException {
    JournalRecord record =
        change.apply(record(Operation.SETATTR.code(), journalEnd, nextTransaction++, redo.length));
    byte[] batch = new byte[record.size() + 2 * JournalRecord.BATCH_ALIGNMENT];
    System.arraycopy(redo, 0, batch, JournalRecord.HEADER, redo.length);
    record.seal(batch, 0);
    int at = record.size();
    int left = -at & (JournalRecord.BATCH_ALIGNMENT - 1);
    left += left < JournalRecord.HEADER ? JournalRecord.BATCH_ALIGNMENT : 0;
    JournalRecord commit =
        record(Operation.COMMIT.code(), journalEnd + at, 0, left - JournalRecord.HEADER);
    withDurable(commit, Math.min(commit.lsn(), record.durable())).seal(batch, at);
    Superblock.Identity identity = superblock.identity();
    long address = identity.journalStart() + journalEnd % identity.journalLength();
    device.write(address, ByteBuffer.wrap(batch, 0, at + left));
    journalEnd += at + left;
    return this;
  }

  /** A header that says that everything before an lsn was durable. */
  static JournalRecord withDurable(JournalRecord record, long durable) {
    return new JournalRecord(
        record.operation(),
        record.committed(),
        record.lsn(),
        record.epoch(),
        record.transaction(),
        record.sequence(),
        record.inode(),
        durable,
        record.undoSize(),
        record.redoSize());
  }

  private JournalRecord record(int operation, long lsn, long transaction, int redoSize) {
    return new JournalRecord(
        operation,
        true,
        lsn,
        superblock.journalEpoch(),
        transaction,
        nextSequence++,
        0,
        superblock.journalTail(),
        0,
        redoSize);
  }

  /** The address in the image of the first journal record that counts. */
  long journalAddress() {
    Superblock.Identity identity = superblock.identity();
    return identity.journalStart() + superblock.journalTail() % identity.journalLength();
  }
}
