package org.razorfs.layout;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.razorfs.wire.Bytes;

/** Items whose key or value is outside its legal range, one field at a time. */
class ItemCheckTest {
  private static final VolumeBounds BOUNDS = Samples.bounds();
  private static final byte[] EMPTY = {};

  private static List<Invariant> broken(TreeId tree, long object, int type, long lo, byte[] value) {
    byte[] shifted = new byte[value.length + 3];
    System.arraycopy(value, 0, shifted, 3, value.length);
    return ItemCheck.check(tree, Keys.hi(object, type), lo, shifted, 3, value.length, BOUNDS)
        .stream()
        .map(Violation::invariant)
        .toList();
  }

  private static void legal(TreeId tree, long object, int type, long lo, byte[] value) {
    assertEquals(List.of(), broken(tree, object, type, lo, value));
  }

  private static void illegal(
      Invariant invariant, TreeId tree, long object, int type, long lo, byte[] value) {
    assertEquals(List.of(invariant), broken(tree, object, type, lo, value));
  }

  @Test
  void randomLegalItemsHaveNoViolations() {
    Random random = new Random(5);
    for (int i = 0; i < 500; i++) {
      legal(TreeId.INODES, 7, Keys.INODE, 0, RandomLayout.inode(random).toBytes());
      legal(TreeId.INODES, 7, Keys.DIRENT, 9, RandomLayout.dirent(random).toBytes());
      legal(TreeId.INODES, 7, Keys.EXTENT, 9, RandomLayout.extent(random).toBytes());
      byte[] name = RandomLayout.name(random);
      legal(TreeId.STRINGS, 0, Keys.STRING, 9, new StringRecord(1, name).toBytes());
      long address = RandomLayout.unit(random);
      legal(TreeId.CHUNKS, 0, Keys.CHUNK, address, RandomLayout.chunk(random).toBytes());
      legal(TreeId.FREE, 0, Keys.SEGMENT, 1, RandomLayout.segment(random));
    }
    legal(TreeId.INODES, 7, Keys.XATTR, 9 << 8, new byte[4]);
    legal(TreeId.INODES, 7, Keys.XATTR, 9 << 8 | 3, new byte[1]);
    legal(TreeId.INODES, 0, Keys.ORPHAN, 7, EMPTY);
    legal(TreeId.STRINGS, -1L >>> 8, Keys.STRING_HASH, 7, EMPTY);
  }

  @Test
  void typesOfOtherTrees() {
    for (TreeId tree : TreeId.values()) {
      for (int type = 0; type <= 10; type++) {
        if (!tree.holds(type)) {
          illegal(Invariant.TREE_8, tree, 1, type, 0, EMPTY);
        }
      }
    }
  }

  private static void inode(Invariant invariant, InodeRecord inode) {
    illegal(invariant, TreeId.INODES, 7, Keys.INODE, 0, inode.toBytes());
  }

  @Test
  void inodes() {
    byte[] good = Samples.inode().toBytes();
    illegal(Invariant.INO_1, TreeId.INODES, 0, Keys.INODE, 0, good);
    illegal(Invariant.INO_1, TreeId.INODES, 1000, Keys.INODE, 0, good);
    illegal(Invariant.INO_1, TreeId.INODES, 7, Keys.INODE, 1, good);
    illegal(Invariant.INO_1, TreeId.INODES, 7, Keys.INODE, 0, Arrays.copyOf(good, 105));
    assertEquals(
        List.of(Invariant.INO_1, Invariant.INO_1),
        broken(TreeId.INODES, 7, Keys.INODE, 0, Arrays.copyOf(good, 103)));
    InodeRecord.Editor edit = Samples.inode().edit();
    inode(Invariant.INO_2, Samples.inode().edit().mode(0170000).size(0).done());
    inode(Invariant.INO_2, Samples.inode().edit().mode(0100644 | 1 << 16).done());
    Timestamp bad = new Timestamp(0, 1_000_000_000);
    inode(Invariant.INO_3, Samples.inode().edit().atime(bad).done());
    inode(Invariant.INO_3, Samples.inode().edit().mtime(bad).done());
    inode(Invariant.INO_3, Samples.inode().edit().ctime(bad).done());
    inode(Invariant.INO_3, Samples.inode().edit().btime(new Timestamp(0, -1)).done());
    inode(Invariant.INO_4, edit.size(-1).done());
    inode(Invariant.INO_4, Samples.inode().edit().nlink(-1).done());
    inode(Invariant.INO_4, Samples.inode().edit().mode(FileType.SYMLINK).size(0).done());
    inode(Invariant.INO_4, Samples.inode().edit().mode(FileType.SYMLINK).size(4096).done());
    inode(Invariant.INO_4, Samples.inode().edit().mode(FileType.FIFO).size(1).done());
    inode(Invariant.INO_6, Samples.inode().edit().link(1).done());
    inode(Invariant.INO_6, Samples.inode().edit().mode(FileType.DIRECTORY).link(0).done());
    inode(Invariant.INO_6, Samples.inode().edit().mode(FileType.DIRECTORY).link(1000).done());
    inode(Invariant.INO_7, Samples.inode().edit().flags(1).done());
    byte[] generation = good.clone();
    Bytes.put64(generation, 40, 0);
    illegal(Invariant.INO_5, TreeId.INODES, 7, Keys.INODE, 0, generation);
    Bytes.put64(generation, 40, 1000);
    illegal(Invariant.INO_5, TreeId.INODES, 7, Keys.INODE, 0, generation);
  }

  @Test
  void attributes() {
    illegal(Invariant.XAT_4, TreeId.INODES, 0, Keys.XATTR, 9 << 8, new byte[4]);
    illegal(Invariant.XAT_4, TreeId.INODES, 7, Keys.XATTR, 5, new byte[4]);
    illegal(Invariant.XAT_4, TreeId.INODES, 7, Keys.XATTR, 1000 << 8, new byte[4]);
    illegal(Invariant.XAT_4, TreeId.INODES, 7, Keys.XATTR, 9 << 8, new byte[3]);
    illegal(Invariant.XAT_4, TreeId.INODES, 7, Keys.XATTR, 9 << 8 | 1, EMPTY);
  }

  @Test
  void directoryEntries() {
    byte[] good = new DirentRecord(5, 8).toBytes();
    illegal(Invariant.DIR_1, TreeId.INODES, 0, Keys.DIRENT, 9, good);
    illegal(Invariant.DIR_1, TreeId.INODES, 7, Keys.DIRENT, 0, good);
    illegal(Invariant.DIR_1, TreeId.INODES, 7, Keys.DIRENT, 1000, good);
    illegal(Invariant.DIR_1, TreeId.INODES, 7, Keys.DIRENT, -1, good);
    illegal(Invariant.DIR_1, TreeId.INODES, 7, Keys.DIRENT, 9, Arrays.copyOf(good, 10));
    illegal(Invariant.DIR_1, TreeId.INODES, 7, Keys.DIRENT, 9, new DirentRecord(0, 8).toBytes());
    illegal(Invariant.DIR_1, TreeId.INODES, 7, Keys.DIRENT, 9, new DirentRecord(5, 3).toBytes());
    illegal(Invariant.DIR_1, TreeId.INODES, 7, Keys.DIRENT, 9, new DirentRecord(5, 0x18).toBytes());
  }

  private static void extent(Invariant invariant, byte[] value) {
    illegal(invariant, TreeId.INODES, 7, Keys.EXTENT, 4096, value);
  }

  private static byte[] chunk(int at, int size, long value) {
    byte[] bytes = Samples.chunk().toBytes();
    for (int i = 0; i < size; i++) {
      bytes[at + i] = (byte) (value >>> (8 * i));
    }
    return bytes;
  }

  @Test
  void extents() {
    byte[] good = Samples.chunk().toBytes();
    illegal(Invariant.EXT_1, TreeId.INODES, 0, Keys.EXTENT, 0, good);
    extent(Invariant.EXT_1, EMPTY);
    extent(Invariant.EXT_1, chunk(0, 1, 9));
    extent(Invariant.EXT_1, Arrays.copyOf(good, 41));
    extent(Invariant.EXT_1, Arrays.copyOf(new ExtentRecord.Reserved(1).toBytes(), 17));
    extent(Invariant.EXT_2, Arrays.copyOf(good, 39));
    extent(Invariant.EXT_2, chunk(4, 4, 0));
    extent(Invariant.EXT_2, chunk(24, 4, 131072));
    extent(Invariant.EXT_3, chunk(1, 1, 4));
    extent(Invariant.EXT_3, chunk(1, 1, CodecIds.NONE));
    extent(Invariant.EXT_3, chunk(16, 4, 131072));
    extent(Invariant.EXT_4, chunk(3, 1, 1));
    byte[] inline = new ExtentRecord.Inline(new byte[1]).toBytes();
    inline[1] = 1;
    extent(Invariant.EXT_4, inline);
    byte[] reserved = new ExtentRecord.Reserved(1).toBytes();
    reserved[4] = 1;
    extent(Invariant.EXT_4, reserved);
    extent(Invariant.EXT_5, chunk(8, 8, 0x10fe00));
    extent(Invariant.EXT_5, chunk(8, 8, BOUNDS.dataEnd() - 512));
    extent(Invariant.EXT_5, chunk(8, 8, Long.MAX_VALUE - 511));
    extent(Invariant.EXT_5, chunk(32, 8, 0));
    extent(Invariant.EXT_5, chunk(32, 8, 51));
    illegal(Invariant.EXT_6, TreeId.INODES, 7, Keys.EXTENT, -1, good);
    illegal(Invariant.EXT_6, TreeId.INODES, 7, Keys.EXTENT, Long.MAX_VALUE - 999, good);
    legal(TreeId.INODES, 7, Keys.EXTENT, Long.MAX_VALUE - 1000, good);
    byte[] long63 = new ExtentRecord.Reserved(Long.MAX_VALUE).toBytes();
    illegal(Invariant.EXT_6, TreeId.INODES, 7, Keys.EXTENT, 1, long63);
  }

  @Test
  void orphans() {
    illegal(Invariant.ORP_1, TreeId.INODES, 1, Keys.ORPHAN, 7, EMPTY);
    illegal(Invariant.ORP_1, TreeId.INODES, 0, Keys.ORPHAN, 1, EMPTY);
    illegal(Invariant.ORP_1, TreeId.INODES, 0, Keys.ORPHAN, 1000, EMPTY);
    illegal(Invariant.ORP_1, TreeId.INODES, 0, Keys.ORPHAN, 7, new byte[1]);
    legal(TreeId.INODES, 0, Keys.ORPHAN, 7, new OrphanRecord(2, 0, Long.MAX_VALUE).toBytes());
    byte[] range = new OrphanRecord(3, 5, 6).toBytes();
    legal(TreeId.INODES, 0, Keys.ORPHAN, 7, range);
    byte[] longer = java.util.Arrays.copyOf(range, range.length + 1);
    illegal(Invariant.ORP_1, TreeId.INODES, 0, Keys.ORPHAN, 7, longer);
    for (OrphanRecord wrong :
        List.of(
            new OrphanRecord(4, 5, 6),
            new OrphanRecord(1, 6, 6),
            new OrphanRecord(1, -1, 6),
            new OrphanRecord(1, 5, -1))) {
      illegal(Invariant.ORP_1, TreeId.INODES, 0, Keys.ORPHAN, 7, wrong.toBytes());
    }
  }

  @Test
  void strings() {
    byte[] name = "name".getBytes(StandardCharsets.US_ASCII);
    byte[] good = new StringRecord(1, name).toBytes();
    illegal(Invariant.STR_1, TreeId.STRINGS, 1, Keys.STRING, 9, good);
    illegal(Invariant.STR_1, TreeId.STRINGS, 0, Keys.STRING, 0, good);
    illegal(Invariant.STR_1, TreeId.STRINGS, 0, Keys.STRING, 1000, good);
    illegal(
        Invariant.STR_1, TreeId.STRINGS, 0, Keys.STRING, 9, new StringRecord(0, name).toBytes());
    illegal(
        Invariant.STR_1, TreeId.STRINGS, 0, Keys.STRING, 9, new StringRecord(-1, name).toBytes());
    illegal(Invariant.STR_1, TreeId.STRINGS, 0, Keys.STRING, 9, Arrays.copyOf(good, 4));
    illegal(Invariant.STR_1, TreeId.STRINGS, 0, Keys.STRING, 9, Arrays.copyOf(good, 3));
    illegal(Invariant.STR_1, TreeId.STRINGS, 0, Keys.STRING, 9, Arrays.copyOf(good, 9));
    byte[] longName = new byte[256];
    Arrays.fill(longName, (byte) 'x');
    byte[] tooLong = new StringRecord(1, longName).toBytes();
    illegal(Invariant.STR_1, TreeId.STRINGS, 0, Keys.STRING, 9, tooLong);
    illegal(Invariant.STR_2, TreeId.STRINGS, 5, Keys.STRING_HASH, 0, EMPTY);
    illegal(Invariant.STR_2, TreeId.STRINGS, 5, Keys.STRING_HASH, 9, new byte[1]);
  }

  @Test
  void sharedChunks() {
    long at = BOUNDS.dataStart();
    long[] none = {};
    byte[] good = new ChunkRecord(2, 10, 700, none).toBytes();
    legal(TreeId.CHUNKS, 0, Keys.CHUNK, at, good);
    illegal(Invariant.CHK_1, TreeId.CHUNKS, 1, Keys.CHUNK, at, good);
    illegal(Invariant.CHK_1, TreeId.CHUNKS, 0, Keys.CHUNK, at + 1, good);
    illegal(Invariant.CHK_1, TreeId.CHUNKS, 0, Keys.CHUNK, at - 512, good);
    illegal(Invariant.CHK_1, TreeId.CHUNKS, 0, Keys.CHUNK, BOUNDS.dataEnd() - 512, good);
    illegal(Invariant.CHK_1, TreeId.CHUNKS, 0, Keys.CHUNK, at, Arrays.copyOf(good, 21));
    for (ChunkRecord bad :
        List.of(
            new ChunkRecord(0, 10, 700, none),
            new ChunkRecord(-1, 10, 700, none),
            new ChunkRecord(11, 10, 700, none),
            new ChunkRecord(2, -1, 700, none),
            new ChunkRecord(2, 10, 0, none),
            new ChunkRecord(2, 10, -1, none),
            new ChunkRecord(2, 10, 131073, none))) {
      illegal(Invariant.CHK_1, TreeId.CHUNKS, 0, Keys.CHUNK, at, bad.toBytes());
    }
  }

  @Test
  void segments() {
    byte[] allUsed = {0, 0, 0, 0};
    legal(TreeId.FREE, 0, Keys.SEGMENT, 3, allUsed);
    illegal(Invariant.SEG_1, TreeId.FREE, 0, Keys.SEGMENT, 4, allUsed);
    illegal(Invariant.SEG_1, TreeId.FREE, 0, Keys.SEGMENT, -1, allUsed);
    illegal(Invariant.SEG_1, TreeId.FREE, 1, Keys.SEGMENT, 3, allUsed);
    illegal(Invariant.SEG_1, TreeId.FREE, 0, Keys.SEGMENT, 3, new byte[5]);
    illegal(Invariant.SEG_1, TreeId.FREE, 0, Keys.SEGMENT, 3, new byte[] {9, 0, 0, 0});
    byte[] apart = {2, 0, 2, 0, 0, 0, 5, 0, 6, 0, 1, 0};
    legal(TreeId.FREE, 0, Keys.SEGMENT, 2, apart);
    byte[] touching = {2, 0, 2, 0, 0, 0, 5, 0, 5, 0, 1, 0};
    illegal(Invariant.SEG_1, TreeId.FREE, 0, Keys.SEGMENT, 2, touching);
    VolumeBounds partial =
        new VolumeBounds(0, (4 << 20) + 4096, 16384, 1, 2, 2, 2); // 8 units of 4 KiB into segment 1
    long[] used = new long[128];
    Arrays.fill(used, -1);
    used[0] = -1L << 16;
    check(List.of(), partial, used);
    used[127] = -1L >>> 1;
    check(List.of(Invariant.SEG_2), partial, used);
  }

  private static void check(List<Invariant> expected, VolumeBounds bounds, long[] used) {
    byte[] value = SegmentRecord.encode(used);
    assertEquals(
        expected,
        ItemCheck.check(TreeId.FREE, Keys.SEGMENT, 1, value, 0, value.length, bounds).stream()
            .map(Violation::invariant)
            .toList());
  }
}
