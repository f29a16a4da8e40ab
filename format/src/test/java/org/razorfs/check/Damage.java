package org.razorfs.check;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import org.razorfs.layout.DirentRecord;
import org.razorfs.layout.ExtentRecord;
import org.razorfs.layout.FileType;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.InodeRecord;
import org.razorfs.layout.JournalRecord;
import org.razorfs.layout.Keys;
import org.razorfs.layout.Mutation;
import org.razorfs.layout.Node;
import org.razorfs.layout.Operation;
import org.razorfs.layout.StringRecord;
import org.razorfs.layout.Timestamp;
import org.razorfs.layout.TreeId;
import org.razorfs.wire.Bytes;

/** One way of damaging the {@link SampleImage} for each problem, and what else it breaks. */
@SuppressWarnings("ImmutableEnumChecker") // lambdas that keep nothing
enum Damage {
  NOT_A_VOLUME(
      e -> {
        for (long at : copies(e)) {
          e.poke(at, new byte[8]);
        }
      }),
  NO_SUPERBLOCK(
      EnumSet.of(Problem.SB_1),
      e -> {
        for (long at : copies(e)) {
          e.poke(at + 4092, new byte[] {1, 2, 3, 4});
        }
      }),
  UNSUPPORTED(e -> e.superblock(bytes -> bytes[8] = 2)),
  STALE_COPY(
      e ->
          e.copyAt(
              e.otherSlot(),
              bytes -> {
                add(bytes, 120, -2);
                for (int root = 344; root < 568; root += 56) {
                  Bytes.put64(bytes, root + 8, Math.min(1, Bytes.i64(bytes, root + 8)));
                }
              })),
  REPLAY(e -> e.journal(touch(e.superblock().nextInode() + 5, e.inode(1)))),

  SB_1(e -> e.poke(e.otherSlot(), new byte[64])),
  SB_2(e -> e.copyAt(e.otherSlot(), bytes -> Bytes.put64(bytes, 136, 4096))),
  SB_3(e -> e.copyAt(e.otherSlot(), bytes -> add(bytes, 120, 1))),
  SB_4(e -> e.superblock(bytes -> bytes[32] = -1)),
  SB_5(e -> e.copyAt(e.otherSlot(), bytes -> Bytes.put32(bytes, 132, 5000))),
  SB_6(e -> e.copyAt(e.otherSlot(), bytes -> add(bytes, 144, 1 << 20))),
  SB_7(e -> e.copyAt(e.otherSlot(), bytes -> Bytes.put64(bytes, 168, 4096))),
  SB_8(e -> e.copyAt(e.otherSlot(), bytes -> Bytes.put64(bytes, 176, 0))),
  SB_9(e -> e.copyAt(e.otherSlot(), bytes -> Bytes.put64(bytes, 200, 0))),
  SB_10(e -> e.copyAt(e.otherSlot(), bytes -> Bytes.put64(bytes, 248, 1L << 40))),
  SB_11(
      e ->
          e.copyAt(
              e.otherSlot(),
              bytes -> {
                Bytes.put32(bytes, 288, 1);
                Arrays.fill(bytes, 568, 2616, (byte) 0);
                Bytes.put64(bytes, 568, 512);
                Bytes.put64(bytes, 576, 512);
              })),
  SB_12(e -> e.copyAt(e.otherSlot(), bytes -> Arrays.fill(bytes, 344, 400, (byte) 0))),
  SB_13(e -> e.superblock(bytes -> bytes[337] = 99)),
  SB_14(e -> e.superblock(bytes -> bytes[3000] = 1)),
  SB_15(e -> e.superblock(bytes -> add(bytes, 256, 1))),
  SB_16(e -> e.copyAt(e.otherSlot(), bytes -> add(bytes, 232, 1))),

  PTR_1(
      e ->
          e.rebuild()
              .node(
                  TreeId.INODES,
                  ImageEditor.Seal.PATH,
                  bytes -> Bytes.put64(bytes, Node.HEADER + 16, 65536))),
  NODE_1(e -> leaf(e, ImageEditor.Seal.NOTHING, bytes -> bytes[200] ^= 1)),
  NODE_2(e -> leaf(e, ImageEditor.Seal.NODE, bytes -> bytes[200] ^= 1)),
  NODE_3(e -> leaf(e, ImageEditor.Seal.PATH, bytes -> add(bytes, 8, 512))),
  NODE_4(e -> leaf(e, ImageEditor.Seal.PATH, bytes -> bytes[4] = 2)),
  NODE_5(e -> leaf(e, ImageEditor.Seal.PATH, bytes -> Bytes.put16(bytes, 6, 0))),
  NODE_6(
      e -> leaf(e, ImageEditor.Seal.PATH, bytes -> Bytes.put16(bytes, Node.HEADER + 16, 0xfff0))),
  NODE_7(e -> leaf(e, ImageEditor.Seal.PATH, bytes -> bytes[44] = 1)),
  NODE_8(
      EnumSet.of(Problem.PTR_1, Problem.NODE_3),
      e ->
          e.rebuild()
              .node(
                  TreeId.INODES, ImageEditor.Seal.PATH, bytes -> add(bytes, Node.HEADER + 24, 1))),

  TREE_1(e -> e.copyAt(e.otherSlot(), bytes -> Bytes.put64(bytes, 344 + 24, 0))),
  TREE_3(e -> leaf(e, ImageEditor.Seal.PATH, bytes -> add(bytes, Node.HEADER, -256))),
  TREE_4(
      e ->
          leaf(
              e,
              ImageEditor.Seal.PATH,
              bytes -> {
                int last = Bytes.u16(bytes, 6) - 1;
                Bytes.put64(bytes, Node.HEADER + last * Node.LEAF_ENTRY, 1L << 50);
              })),
  TREE_5(e -> e.superblock(bytes -> add(bytes, 344 + 32, 1))),
  TREE_6(
      e ->
          leaf(
              e,
              ImageEditor.Seal.PATH,
              bytes -> {
                int heap = Node.HEADER + Bytes.u16(bytes, 6) * Node.LEAF_ENTRY;
                Bytes.put16(bytes, Node.HEADER + 18, bytes.length - Node.TRAILER - heap);
              })),
  TREE_7(
      e -> {
        long chunk = e.first(TreeId.CHUNKS, Keys.CHUNK).lo();
        e.changeChunk(
            chunk,
            c ->
                new org.razorfs.layout.ChunkRecord(
                    c.references(), c.live(), c.stored(), new long[400]));
        e.rebuild();
      }),
  TREE_8(
      e -> {
        e.items(TreeId.INODES)
            .put(ImageEditor.key(e.inodeNamed("empty"), Keys.SEGMENT, 0), new byte[4]);
        e.rebuild();
      }),
  TREE_9(
      e -> {
        long sparse = e.inodeNamed("sparse");
        NavigableMap<Long, ExtentRecord> extents = e.extents(sparse);
        e.put(sparse, extents.lastKey(), extents.firstEntry().getValue());
        e.rebuild();
      }),

  INO_1(
      e -> {
        ImageEditor.Key key = ImageEditor.key(e.inodeNamed("empty"), Keys.INODE, 0);
        e.items(TreeId.INODES).put(key, Arrays.copyOf(e.items(TreeId.INODES).get(key), 103));
        e.rebuild();
      }),
  INO_2(e -> edit(e, "empty", i -> i.mode(0030000))),
  INO_3(e -> edit(e, "empty", i -> i.atime(new Timestamp(1, 1_000_000_000)))),
  INO_4(e -> edit(e, "fifo", i -> i.size(5))),
  INO_5(
      e -> {
        e.poke(TreeId.INODES, ImageEditor.key(e.inodeNamed("empty"), Keys.INODE, 0), 46, 1);
        e.rebuild();
      }),
  INO_6(e -> edit(e, "empty", i -> i.link(7))),
  INO_7(e -> edit(e, "empty", i -> i.flags(1))),
  INO_8(e -> edit(e, "empty", i -> i.nlink(3))),
  INO_9(e -> edit(e, "below", i -> i.size(7))),
  INO_10(
      e -> {
        long above = e.inodeNamed("above");
        e.inode(1, i -> i.link(above));
        e.rebuild();
      }),
  INO_11(e -> edit(e, "attributed", i -> i.flags(0))),
  INO_12(
      e -> {
        ImageEditor.Key key = ImageEditor.key(e.inodeNamed("empty"), Keys.INODE, 0);
        byte[] bytes = e.items(TreeId.INODES).get(key).clone();
        Bytes.put64(bytes, 40, e.inode(e.inodeNamed("text")).generation());
        e.items(TreeId.INODES).put(key, bytes);
        e.rebuild();
      }),
  INO_13(e -> edit(e, "text", i -> i.units(1))),
  INO_14(
      e -> {
        long nobody = e.superblock().nextInode();
        e.put(nobody, 0, new ExtentRecord.Reserved(512));
        e.rebuild().superblock(bytes -> add(bytes, 208, 1)).superblock(bytes -> add(bytes, 256, 1));
      }),
  INO_15(
      e -> {
        e.put(e.inodeNamed("link"), 0, new ExtentRecord.Inline("above\0below".getBytes(UTF_8())));
        e.rebuild();
      }),

  DIR_1(
      e -> {
        ImageEditor.Key key = e.keyNamed("empty");
        e.items(TreeId.INODES).put(key, Arrays.copyOf(e.items(TreeId.INODES).get(key), 8));
        e.rebuild();
      }),
  DIR_2(
      e -> {
        byte[] entry = e.items(TreeId.INODES).remove(e.keyNamed("linked again"));
        long name = e.name("linked again");
        e.items(TreeId.INODES)
            .put(ImageEditor.key(e.inodeNamed("empty"), Keys.DIRENT, name), entry);
        edit(e, "above", i -> i.size(1));
      }),
  DIR_3(
      e -> {
        ImageEditor.Key key = e.keyNamed("empty");
        long inode = e.dirent(key).inode();
        e.put(
            Keys.object(key.hi()), key.lo(), new DirentRecord(inode, FileType.code(FileType.FIFO)));
        e.rebuild();
      }),
  DIR_4(
      e -> {
        e.rename("empty", "em/ty");
        e.rebuild();
      }),
  DIR_5(e -> edit(e, "below", i -> i.link(1))),

  XAT_1(
      e -> {
        e.items(TreeId.INODES).remove(piece(e, 1));
        e.rebuild();
      }),
  XAT_2(
      e -> {
        e.rename("user.short", "none.short");
        e.rebuild();
      }),
  XAT_3(
      e -> {
        int whole = Geometry.maxValue(e.superblock().identity().nodeSize());
        for (int i = 0; i < 25; i++) {
          byte[] bytes = new byte[whole];
          if (i == 0) {
            Bytes.put32(bytes, 0, 25 * whole - 4);
          }
          e.items(TreeId.INODES).put(piece(e, i), bytes);
        }
        e.rebuild();
      }),
  XAT_4(
      e -> {
        e.items(TreeId.INODES).put(piece(e, 1), new byte[0]);
        e.rebuild();
      }),

  EXT_1(e -> pokeExtent(e, "noise", 0, 9)),
  EXT_2(e -> pokeExtent(e, "noise", 18, 9)),
  EXT_3(e -> pokeExtent(e, "noise", 1, 7)),
  EXT_4(e -> pokeExtent(e, "noise", 3, 0x80)),
  EXT_5(e -> pokeExtent(e, "noise", 38, 1)),
  EXT_6(
      e -> {
        e.put(e.inodeNamed("empty"), Long.MAX_VALUE - 5, new ExtentRecord.Reserved(100));
        e.rebuild();
      }),
  EXT_7(
      e -> {
        long promised = e.inodeNamed("promised");
        long at = e.extents(promised).lastKey();
        byte[] reserved = e.items(TreeId.INODES).remove(ImageEditor.key(promised, Keys.EXTENT, at));
        e.items(TreeId.INODES).put(ImageEditor.key(promised, Keys.EXTENT, 500), reserved);
        e.rebuild();
      }),
  EXT_8(e -> edit(e, "text", i -> i.size(100))),
  EXT_9(
      e -> {
        e.put(e.inodeNamed("fifo"), 0, new ExtentRecord.Inline(new byte[] {1, 2, 3}));
        e.inode(e.inodeNamed("fifo"), i -> i.units(1));
        e.rebuild().superblock(bytes -> add(bytes, 272, 3));
      }),
  EXT_10(e -> e.poke(chunk(e, "noise").address() + 1000, new byte[] {1, 2, 3, 4})),
  EXT_11(
      e -> {
        e.put(e.inodeNamed("noise"), 0, chunk(e, "noise").shared(true));
        e.rebuild();
      }),
  EXT_12(
      e -> {
        ExtentRecord.Chunk c = chunk(e, "small 7");
        e.put(
            e.inodeNamed("small 7"),
            0,
            new ExtentRecord.Chunk(
                c.codec(),
                c.shared(),
                c.length(),
                c.address(),
                c.stored(),
                c.logical(),
                c.skip(),
                c.crc() + 1,
                c.birth()));
        e.rebuild();
      }),

  ORP_1(
      e -> {
        e.items(TreeId.INODES).put(e.first(TreeId.INODES, Keys.ORPHAN), new byte[1]);
        e.rebuild();
      }),
  ORP_2(
      e -> {
        long nobody = e.superblock().nextInode();
        e.items(TreeId.INODES).put(ImageEditor.key(0, Keys.ORPHAN, nobody), new byte[0]);
        e.rebuild().superblock(bytes -> add(bytes, 208, 1));
      }),

  STR_1(e -> references(e, "empty", -1)),
  STR_2(
      e -> {
        e.items(TreeId.STRINGS)
            .put(e.indexKey("empty".getBytes(UTF_8()), e.name("empty")), new byte[1]);
        e.rebuild();
      }),
  STR_3(
      e -> {
        e.items(TreeId.STRINGS).remove(e.indexKey("empty".getBytes(UTF_8()), e.name("empty")));
        e.rebuild();
      }),
  STR_4(
      e -> {
        e.rename("small 1", "small 2");
        e.rebuild();
      }),
  STR_5(e -> references(e, "empty", 1)),

  CHK_1(e -> shared(e, -100, 0, 0)),
  CHK_2(e -> shared(e, 1, 0, 0)),
  CHK_3(
      e -> {
        shared(e, 0, 0, -1);
        e.superblock(bytes -> add(bytes, 280, -1));
      }),

  SEG_1(
      e ->
          e.rebuild()
              .node(
                  TreeId.FREE,
                  ImageEditor.Seal.PATH,
                  bytes -> bytes[Bytes.u16(bytes, Node.HEADER + 16)] = 9)),
  SEG_2(e -> e.rebuild(ImageEditor.UnitSet::freeBeyond)),
  SEG_3(
      e -> {
        ExtentRecord.Chunk noise = chunk(e, "noise");
        e.rebuild(units -> units.release(noise.address(), 1024));
      }),

  JRN_1(
      e -> {
        e.journal(nothing(e));
        long first = e.journalAddress();
        e.journal(r -> ImageEditor.withDurable(r, r.lsn()), new byte[0]);
        e.poke(first + 80, new byte[] {1, 2, 3});
      }),
  JRN_4(e -> e.journal(r -> withOperation(r, 99), new byte[0])),
  JRN_5(
      e -> {
        e.journal(nothing(e));
        e.journal(r -> with(r, r.transaction(), r.sequence() + 1), new byte[0]);
      }),
  JRN_6(
      e -> {
        e.journal(nothing(e));
        e.journal(r -> with(r, r.transaction() - 1, r.sequence()), new byte[0]);
      }),
  JRN_7(e -> e.journal(r -> ImageEditor.withDurable(r, r.lsn() + 512), new byte[0])),
  JRN_8(e -> e.journal(r -> r, new byte[] {99})),
  JRN_9(e -> e.journal(r -> withOperation(r, Operation.PAD.code()), new byte[0])),
  JRN_10(
      e -> {
        e.superblock(bytes -> bytes[128] |= 1);
        e.journal(nothing(e));
      });

  /** Problems that no damage of an image alone can show, and why. */
  static final Map<Problem, String> NEVER =
      Map.of(
          Problem.UNREADABLE, "the device must fail",
          Problem.SB_17, "is reported as unsupported",
          Problem.TREE_2, "is noticed as INV-NODE-4",
          Problem.JRN_2, "such a record does not belong to the journal",
          Problem.JRN_3, "such a record is not whole");

  private final Set<Problem> companions;
  private final Mutator mutator;

  /** What damages. */
  private interface Mutator {
    void apply(ImageEditor editor) throws IOException;
  }

  /** What changes an inode. */
  private interface InodeChange {
    InodeRecord.Editor apply(InodeRecord.Editor inode);
  }

  Damage(Mutator mutator) {
    this(EnumSet.noneOf(Problem.class), mutator);
  }

  Damage(Set<Problem> companions, Mutator mutator) {
    this.companions = companions;
    this.mutator = mutator;
  }

  void apply(ImageEditor editor) throws IOException {
    mutator.apply(editor);
  }

  /** All that a check must find then. */
  Set<Problem> expected() {
    Set<Problem> all = EnumSet.of(Problem.valueOf(name()));
    all.addAll(companions);
    return all;
  }

  private static java.nio.charset.Charset UTF_8() {
    return StandardCharsets.UTF_8;
  }

  private static void add(byte[] bytes, int at, long change) {
    Bytes.put64(bytes, at, Bytes.i64(bytes, at) + change);
  }

  private static long[] copies(ImageEditor e) {
    return new long[] {0, Geometry.SLOT_1, e.superblock().identity().backupAddress()};
  }

  private static void edit(ImageEditor e, String name, InodeChange change) throws IOException {
    e.inode(e.inodeNamed(name), change::apply);
    e.rebuild();
  }

  /** Changes a leaf of INODES that is neither the first nor the last. */
  private static void leaf(
      ImageEditor e, ImageEditor.Seal seal, java.util.function.Consumer<byte[]> change)
      throws IOException {
    e.rebuild().node(TreeId.INODES, seal, change, 0, 1);
  }

  private static ImageEditor.Key piece(ImageEditor e, int piece) throws IOException {
    return ImageEditor.key(
        e.inodeNamed("attributed"), Keys.XATTR, e.name("user.long") << 8 | piece);
  }

  private static ExtentRecord.Chunk chunk(ImageEditor e, String name) throws IOException {
    return (ExtentRecord.Chunk) e.extents(e.inodeNamed(name)).firstEntry().getValue();
  }

  private static void pokeExtent(ImageEditor e, String name, int at, int value) throws IOException {
    e.poke(TreeId.INODES, ImageEditor.key(e.inodeNamed(name), Keys.EXTENT, 0), at, value);
    e.rebuild();
  }

  private static void references(ImageEditor e, String name, int change) throws IOException {
    ImageEditor.Key key = ImageEditor.key(0, Keys.STRING, e.name(name));
    StringRecord before = StringRecord.decode(ImageEditor.source(e.items(TreeId.STRINGS).get(key)));
    StringRecord after = new StringRecord(before.references() + change, before.name());
    e.items(TreeId.STRINGS).put(key, after.toBytes());
    e.rebuild();
  }

  private static void shared(ImageEditor e, int references, long live, int stored)
      throws IOException {
    e.changeChunk(
        e.first(TreeId.CHUNKS, Keys.CHUNK).lo(),
        c ->
            new org.razorfs.layout.ChunkRecord(
                Math.max(0, c.references() + references),
                c.live() + live,
                c.stored() + stored,
                c.owners()));
    e.rebuild();
  }

  private static Mutation touch(long inode, InodeRecord record) {
    return Mutation.TouchInode.of(inode, record);
  }

  /** A mutation that changes nothing. */
  private static Mutation nothing(ImageEditor e) throws IOException {
    return touch(1, e.inode(1));
  }

  private static JournalRecord withOperation(JournalRecord r, int operation) {
    return new JournalRecord(
        operation,
        r.committed(),
        r.lsn(),
        r.epoch(),
        r.transaction(),
        r.sequence(),
        r.inode(),
        r.durable(),
        r.undoSize(),
        r.redoSize());
  }

  private static JournalRecord with(JournalRecord r, long transaction, long sequence) {
    return new JournalRecord(
        r.operation(),
        r.committed(),
        r.lsn(),
        r.epoch(),
        transaction,
        sequence,
        r.inode(),
        r.durable(),
        r.undoSize(),
        r.redoSize());
  }
}
