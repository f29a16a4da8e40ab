package org.razorfs.spec;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.razorfs.layout.BlockPointer;
import org.razorfs.layout.JournalRecord;
import org.razorfs.layout.Keys;
import org.razorfs.layout.NodeBuilder;
import org.razorfs.layout.Operation;
import org.razorfs.layout.OrphanRecord;
import org.razorfs.layout.RandomLayout;
import org.razorfs.layout.Run;
import org.razorfs.layout.Samples;
import org.razorfs.layout.StringRecord;
import org.razorfs.layout.Superblock;
import org.razorfs.layout.TreeId;
import org.razorfs.layout.TreeRoot;
import org.razorfs.wire.ByteSink;

/**
 * An image in which every structure is legal by itself and occurs in all its forms, made without
 * the engine; as a volume it makes no sense.
 */
final class ArtificialImage {
  private static final int RING = 1 << 20;

  private final Random random;
  private final byte[] bytes = new byte[16 << 20];
  private final Superblock.Identity identity = Samples.identity();
  private long nextAddress = identity.dataStart();

  ArtificialImage(long seed) {
    this.random = new Random(seed);
    random.nextBytes(bytes);
  }

  private interface Items {
    void addTo(NodeBuilder leaf, long number);
  }

  /** The image; its journal wraps around. */
  byte[] build() {
    Map<TreeId, TreeRoot> roots = new EnumMap<>(TreeId.class);
    roots.put(TreeId.INODES, tree(TreeId.INODES, 300, this::inodeItems));
    roots.put(TreeId.STRINGS, tree(TreeId.STRINGS, 400, this::stringItems));
    roots.put(TreeId.CHUNKS, tree(TreeId.CHUNKS, 100, this::chunkItem));
    roots.put(TreeId.FREE, tree(TreeId.FREE, 20, this::segmentItem));
    long tail = 5L * RING + RING - 40_448;
    ring(tail);
    List<Run> spares = new ArrayList<>();
    for (int i = random.nextInt(129); i > 0; i--) {
      spares.add(new Run(RandomLayout.unit(random), 512));
    }
    Superblock superblock =
        new Superblock(
            identity,
            32768,
            7,
            random.nextBoolean(),
            random.nextBoolean(),
            3,
            tail,
            random.nextInt(1000) + 1,
            random.nextInt(1000) + 1,
            1000,
            1000,
            1000,
            new Superblock.VolumeTotals(1, 2, 3, 4, 5),
            spares,
            -1,
            random.nextInt(),
            random.nextInt(),
            roots);
    put(superblock);
    put(superblock.at(identity.backupAddress()));
    return bytes;
  }

  private void put(Superblock superblock) {
    System.arraycopy(superblock.toBytes(), 0, bytes, (int) superblock.address(), 4096);
  }

  private static void add(NodeBuilder leaf, long object, int type, long lo, byte[] value) {
    leaf.add(Keys.hi(object, type), lo, value, 0, value.length);
  }

  private void inodeItems(NodeBuilder leaf, long number) {
    if (number == 0) {
      add(leaf, 0, Keys.ORPHAN, 17, new byte[0]);
      add(leaf, 0, Keys.ORPHAN, 18, new OrphanRecord(3, 4096, 1 << 20).toBytes());
      return;
    }
    add(leaf, number, Keys.INODE, 0, RandomLayout.inode(random).toBytes());
    add(leaf, number, Keys.XATTR, 5 << 8, new ByteSink(9).u32(7).bytes(new byte[3]).toBytes());
    add(leaf, number, Keys.XATTR, 5 << 8 | 1, new byte[4]);
    add(leaf, number, Keys.DIRENT, 3, RandomLayout.dirent(random).toBytes());
    add(leaf, number, Keys.EXTENT, 4096, RandomLayout.extent(random).toBytes());
  }

  private void stringItems(NodeBuilder leaf, long number) {
    if (number < 200) {
      byte[] name = RandomLayout.name(random);
      add(leaf, 0, Keys.STRING, number, new StringRecord(3, name).toBytes());
    } else {
      // Hashes with all bits.
      add(leaf, (number - 144) << 48, Keys.STRING_HASH, number, new byte[0]);
    }
  }

  private void chunkItem(NodeBuilder leaf, long number) {
    long address = identity.dataStart() + 512 * number;
    add(leaf, 0, Keys.CHUNK, address, RandomLayout.chunk(random).toBytes());
  }

  private void segmentItem(NodeBuilder leaf, long number) {
    add(leaf, 0, Keys.SEGMENT, number, RandomLayout.segment(random));
  }

  private TreeRoot tree(TreeId tree, int count, Items items) {
    NodeBuilder leaf = new NodeBuilder(identity.nodeSize(), 0);
    NodeBuilder root = new NodeBuilder(identity.nodeSize(), 1);
    long bytesInNodes = 0;
    long itemCount = 0;
    for (int number = 0; number < count; number++) {
      items.addTo(leaf, number);
      if (!leaf.fits(8000) || number == count - 1) {
        itemCount += leaf.count();
        long hi = leaf.firstHi();
        long lo = leaf.firstLo();
        BlockPointer pointer = write(leaf, tree);
        bytesInNodes += pointer.length();
        root.add(hi, lo, pointer);
      }
    }
    int leaves = root.count();
    BlockPointer pointer = write(root, tree);
    return new TreeRoot(pointer, 2, leaves + 1L, itemCount, bytesInNodes + pointer.length());
  }

  private BlockPointer write(NodeBuilder builder, TreeId tree) {
    NodeBuilder.Sealed sealed = builder.seal(tree, identity.uuid(), nextAddress, 7);
    byte[] node = sealed.node().array();
    System.arraycopy(node, 0, bytes, (int) nextAddress, node.length);
    nextAddress += node.length;
    builder.clear();
    return sealed.pointer();
  }

  /** Fills the ring from a place near its end on, across the end, by the rules of the format. */
  private void ring(long tail) {
    long lsn = tail;
    long sequence = 70;
    for (int transaction = 1; lsn < tail + 200_000; transaction++) {
      for (int part = random.nextInt(3); part >= 0; part--) {
        byte[] undo = payload();
        byte[] redo = payload();
        int size = JournalRecord.size(undo.length, redo.length);
        lsn = place(lsn, size, sequence);
        sequence += 2;
        int operation = Operation.CREATE.code() + random.nextInt(9);
        record(operation, part == 0, lsn, transaction, sequence, undo, redo);
        lsn += size;
      }
      if (transaction % 5 == 0) {
        lsn = commit(lsn, ++sequence);
      }
    }
    commit(lsn, ++sequence);
  }

  private long commit(long at, long sequence) {
    long lsn = place(at, JournalRecord.HEADER, sequence);
    int size = (int) (512 - lsn % 512);
    size = size < JournalRecord.HEADER ? size + 512 : size;
    byte[] zeros = new byte[size - JournalRecord.HEADER];
    record(Operation.COMMIT.code(), true, lsn, 0, sequence, new byte[0], zeros);
    return lsn + size;
  }

  private long place(long lsn, int size, long sequence) {
    long left = RING - lsn % RING;
    if (size <= left) {
      return lsn;
    }
    if (left >= JournalRecord.HEADER) {
      byte[] zeros = new byte[(int) left - JournalRecord.HEADER];
      record(Operation.PAD.code(), false, lsn, 0, sequence, new byte[0], zeros);
    }
    return lsn + left;
  }

  private void record(
      int operation,
      boolean committed,
      long lsn,
      long transaction,
      long sequence,
      byte[] undo,
      byte[] redo) {
    int at = (int) (identity.journalStart() + lsn % RING);
    System.arraycopy(undo, 0, bytes, at + JournalRecord.HEADER, undo.length);
    System.arraycopy(redo, 0, bytes, at + JournalRecord.HEADER + undo.length, redo.length);
    new JournalRecord(
            operation,
            committed,
            lsn,
            3,
            transaction,
            sequence,
            RandomLayout.number(random),
            lsn / 2,
            undo.length,
            redo.length)
        .seal(bytes, at);
  }

  private byte[] payload() {
    ByteSink sink = new ByteSink(100);
    for (int i = random.nextInt(8); i > 0; i--) {
      RandomLayout.mutation(random).encode(sink);
    }
    return sink.toBytes();
  }
}
