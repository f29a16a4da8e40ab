package org.razorfs.layout;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.razorfs.fault.CorruptImageException;
import org.razorfs.wire.ByteSink;
import org.razorfs.wire.ByteSource;

/** Values of tree items that differ from the specification, or are cut or forged. */
class RecordsTest {
  static ByteSource source(byte[] bytes) {
    return new ByteSource(bytes, 0, bytes.length, "test");
  }

  private static ByteSource source(String hex) {
    return source(Hex.parse(hex));
  }

  @Test
  void inode() throws CorruptImageException {
    String golden =
        """
        a4810000 e8030000 64000000 02000000                  # mode, uid, gid, nlink
        8813000000000000 0000000000000000 0700000000000000   # size, link, units
        2a00000000000000 10000040                            # generation, flags
        ffffffffffffffff ffc99a3b                            # atime
        0100000000000000 02000000                            # mtime
        0300000000000000 04000000                            # ctime
        0000000000010000 00000000                            # btime
        4d000000                                             # project
        """;
    assertArrayEquals(Hex.parse(golden), Samples.inode().toBytes());
    assertEquals(Samples.inode(), InodeRecord.decode(source(golden)));
    assertEquals(InodeRecord.SIZE, Samples.inode().toBytes().length);
    assertEquals(Samples.inode(), Samples.inode().edit().done());
  }

  @Test
  void inodeTypes() {
    InodeRecord file = Samples.inode();
    assertTrue(file.isRegular() && !file.isDirectory() && !file.isSymlink());
    assertTrue(file.edit().mode(FileType.DIRECTORY | 0755).done().isDirectory());
    assertTrue(file.edit().mode(FileType.SYMLINK | 0777).done().isSymlink());
    assertTrue(file.has(InodeRecord.IMMUTABLE));
    assertFalse(file.has(InodeRecord.APPEND));
    assertEquals(8, FileType.code(file.mode()));
  }

  @Test
  void timestampsConvert() {
    Instant before1970 = Instant.parse("1969-12-31T23:59:59.999999999Z");
    Timestamp timestamp = Timestamp.of(before1970);
    assertEquals(new Timestamp(-1, 999_999_999), timestamp);
    assertEquals(before1970, timestamp.toInstant());
    assertTrue(timestamp.isBefore(Timestamp.EPOCH));
    assertTrue(new Timestamp(5, 1).isBefore(new Timestamp(5, 2)));
    assertFalse(new Timestamp(5, 2).isBefore(new Timestamp(5, 2)));
    assertTrue(timestamp.isNormal());
    assertFalse(new Timestamp(0, -1).isNormal() || new Timestamp(0, 1_000_000_000).isNormal());
  }

  @Test
  void directoryEntry() throws CorruptImageException {
    String golden = "0706050403020100 08";
    DirentRecord entry = new DirentRecord(0x0001020304050607L, 8);
    assertArrayEquals(Hex.parse(golden), entry.toBytes());
    assertEquals(entry, DirentRecord.decode(source(golden)));
  }

  @Test
  void chunkExtent() throws CorruptImageException {
    String golden =
        """
        01 01 0100 e8030000          # kind, codec, flags, length
        0034120000000000             # address
        bc020000 00000200 05000000   # stored, logical, skip
        efbeadde 0900000000000000    # crc, birth
        """;
    assertArrayEquals(Hex.parse(golden), Samples.chunk().toBytes());
    assertEquals(Samples.chunk(), ExtentRecord.decode(source(golden)));
  }

  @Test
  void inlineAndReservedExtents() throws CorruptImageException {
    String inline = "02 00 0000 03000000 616263";
    ExtentRecord.Inline extent = new ExtentRecord.Inline("abc".getBytes(StandardCharsets.US_ASCII));
    assertArrayEquals(Hex.parse(inline), extent.toBytes());
    ExtentRecord.Inline read = (ExtentRecord.Inline) ExtentRecord.decode(source(inline));
    assertArrayEquals(extent.bytes(), read.bytes());
    String reserved = "03 00 0000 00000000 0000000000010000";
    ExtentRecord.Reserved promise = new ExtentRecord.Reserved(1L << 40);
    assertArrayEquals(Hex.parse(reserved), promise.toBytes());
    assertEquals(promise, ExtentRecord.decode(source(reserved)));
  }

  @Test
  void slicesCoverTheirPart() {
    ExtentRecord.Chunk slice = Samples.chunk().slice(10, 20);
    assertEquals(15, slice.skip());
    assertEquals(20, slice.length());
    assertTrue(slice.sameChunk(Samples.chunk()));
    assertFalse(Samples.chunk().shared(false).shared());
    ExtentRecord.Inline inline = new ExtentRecord.Inline(new byte[] {1, 2, 3, 4});
    assertArrayEquals(new byte[] {2, 3}, inline.slice(1, 2).bytes());
    assertEquals(7, new ExtentRecord.Reserved(9).slice(1, 7).length());
  }

  @Test
  void forgedExtentsAreRefused() {
    String start = "01 01 0000 ";
    String good = "e8030000 0034120000000000 bc020000 00000200 05000000 efbeadde 0900000000000000";
    assertEquals(40, Hex.parse(start + good).length);
    for (String forged :
        new String[] {
          "00 00 0000 00000000",
          "04 00 0000 01000000 00",
          start + "00000000 0034120000000000 bc020000 00000200 05000000 efbeadde 0900000000000000",
          start + "00000200 0034120000000000 bc020000 00000200 05000000 efbeadde 0900000000000000",
          start + "ffffffff 0034120000000000 bc020000 00000200 05000000 efbeadde 0900000000000000",
          start + "e8030000 0134120000000000 bc020000 00000200 05000000 efbeadde 0900000000000000",
          start + "e8030000 0000000000000000 bc020000 00000200 05000000 efbeadde 0900000000000000",
          start + "e8030000 00341200000000f0 bc020000 00000200 05000000 efbeadde 0900000000000000",
          start + "e8030000 0034120000000000 00000000 00000200 05000000 efbeadde 0900000000000000",
          start + "e8030000 0034120000000000 01000200 00000200 05000000 efbeadde 0900000000000000",
          start + "e8030000 0034120000000000 bc020000 01000200 05000000 efbeadde 0900000000000000",
          start + "e8030000 0034120000000000 bc020000 000000ff 05000000 efbeadde 0900000000000000",
          start + "e8030000 0034120000000000 bc020000 00000200 ffffffff efbeadde 0900000000000000",
          start + "e8030000 0034120000000000 bc020000 00000200 05000000 efbeadde",
          "02 00 0000 00000000",
          "02 00 0000 04000000 616263",
          "02 00 0000 02000000 616263",
          "02 00 0000 ffffffff 616263",
          "03 00 0000 00000000 0000000000000000",
          "03 00 0000 00000000 ffffffffffffffff",
          "03 00 0000 00000000",
          "",
        }) {
      assertThrows(CorruptImageException.class, () -> ExtentRecord.decode(source(forged)), forged);
    }
  }

  @Test
  void string() throws CorruptImageException {
    String golden = "03000000 6e616d65";
    StringRecord string = new StringRecord(3, "name".getBytes(StandardCharsets.US_ASCII));
    assertArrayEquals(Hex.parse(golden), string.toBytes());
    StringRecord read = StringRecord.decode(source(golden));
    assertEquals(3, read.references());
    assertArrayEquals(string.name(), read.name());
  }

  @Test
  void sharedChunk() throws CorruptImageException {
    String golden =
        """
        02000000 b80b000000000000 84030000 02000000   # references, live, stored, owners
        0500000000000000 0000000000000000
        0600000000000000 0010000000000000
        """;
    ChunkRecord chunk = new ChunkRecord(2, 3000, 900, new long[] {5, 0, 6, 4096});
    assertArrayEquals(Hex.parse(golden), chunk.toBytes());
    ChunkRecord read = ChunkRecord.decode(source(golden));
    assertEquals(2, read.references());
    assertEquals(3000, read.live());
    assertEquals(900, read.stored());
    assertArrayEquals(chunk.owners(), read.owners());
  }

  @Test
  void forgedNumbersOfOwnersAreRefused() {
    for (String count : new String[] {"00000000", "02000000", "00000010", "ffffffff"}) {
      String forged =
          "01000000 0100000000000000 01000000 " + count + "0000000000000000 0000000000000000";
      assertThrows(CorruptImageException.class, () -> ChunkRecord.decode(source(forged)), count);
    }
  }

  @Test
  void segmentsTakeTheShortestForm() throws CorruptImageException {
    long[] used = new long[128];
    assertNull(SegmentRecord.encode(used));
    Arrays.fill(used, -1);
    assertArrayEquals(Hex.parse("00 00 0000"), SegmentRecord.encode(used));
    used[0] = ~0b1110L; // units 1 to 3 are free
    used[127] = Long.MAX_VALUE; // and the last
    byte[] runs = SegmentRecord.encode(used);
    assertArrayEquals(Hex.parse("02 00 0200 0100 0300 ff1f 0100"), runs);
    assertArrayEquals(used, SegmentRecord.decode(source(runs)));
    Arrays.fill(used, 0x5555555555555555L);
    byte[] bitmap = SegmentRecord.encode(used);
    assertEquals("01000000" + "55".repeat(1024), Hex.format(bitmap));
    assertArrayEquals(used, SegmentRecord.decode(source(bitmap)));
  }

  @Test
  void everySegmentIsReadAsWritten() throws CorruptImageException {
    Random random = new Random(1);
    for (int round = 0; round < 300; round++) {
      long[] used = new long[128];
      int runs = random.nextInt(round % 2 == 0 ? 10 : 700);
      for (int i = 0; i < runs; i++) {
        int from = random.nextInt(8192);
        int to = Math.min(8192, from + 1 + random.nextInt(round % 3 == 0 ? 2000 : 5));
        for (int unit = from; unit < to; unit++) {
          used[unit >>> 6] |= 1L << unit;
        }
      }
      byte[] value = SegmentRecord.encode(used);
      if (value == null) {
        assertArrayEquals(new long[128], used);
      } else {
        assertTrue(value.length <= 1028);
        ByteSource source = source(value);
        assertArrayEquals(used, SegmentRecord.decode(source));
        assertEquals(0, source.remaining());
      }
    }
  }

  @Test
  void forgedSegmentsAreRefused() {
    for (String forged :
        new String[] {
          "03 00 0000",
          "01 00 0000 00",
          "02 00 0100",
          "02 00 0100 0000 0000",
          "02 00 0100 ffff 0100",
          "02 00 0100 ff1f 0200",
          "02 00 0200 0500 0100 0500 0100",
          "02 00 0200 0500 0100 0100 0100",
          "",
          "02 00 ffff 0000 0100",
        }) {
      assertThrows(CorruptImageException.class, () -> SegmentRecord.decode(source(forged)), forged);
    }
  }

  @Test
  void pointersAndRootsAreReadAsWritten() throws CorruptImageException {
    BlockPointer pointer = new BlockPointer(1L << 45, 7, 65536, -2);
    ByteSink sink = new ByteSink(24);
    pointer.encode(sink);
    assertEquals(
        "0000000000200000" + "0700000000000000" + "00000100" + "feffffff",
        Hex.format(sink.toBytes()));
    TreeRoot root = new TreeRoot(pointer, 3, 4, 5, 6);
    sink.clear();
    root.encode(sink);
    assertEquals(TreeRoot.SIZE, sink.size());
    assertEquals(root, TreeRoot.decode(source(sink.toBytes())));
    assertTrue(TreeRoot.EMPTY.isEmpty() && !root.isEmpty());
  }

  @Test
  void keysCompareUnsignedAndShowWhatTheyAre() {
    assertTrue(Keys.compare(1, 0, -1, 0) < 0);
    assertTrue(Keys.compare(1, -1, 1, 1) > 0);
    assertEquals(0, Keys.compare(5, 5, 5, 5));
    long hi = Keys.hi((1L << 56) - 1, Keys.EXTENT);
    assertEquals((1L << 56) - 1, Keys.object(hi));
    assertEquals(Keys.EXTENT, Keys.type(hi));
    assertEquals("(72057594037927935, EXTENT, 18446744073709551615)", Keys.toString(hi, -1));
    for (int type = 0; type < 11; type++) {
      assertTrue(Keys.toString(Keys.hi(1, type), 2).startsWith("(1, "), "type " + type);
    }
  }

  @Test
  void treesAreNumbered() throws CorruptImageException {
    for (TreeId tree : TreeId.values()) {
      assertEquals(tree, TreeId.of(tree.code(), "test"));
    }
    assertThrows(CorruptImageException.class, () -> TreeId.of(0, "test"));
    assertThrows(CorruptImageException.class, () -> TreeId.of(5, "test"));
  }
}
