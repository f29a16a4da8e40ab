package org.razorfs.layout;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Legal structures of one imaginary volume, from which tests start. */
public final class Samples {
  public static final UUID UUID_1 = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");

  private Samples() {}

  public static Superblock.Identity identity() {
    return new Superblock.Identity(
        UUID_1,
        "Größe",
        0,
        0,
        0,
        16384,
        16 << 20,
        65536,
        1 << 20,
        0x0706050403020100L,
        0x0f0e0d0c0b0a0908L,
        CodecIds.ZSTD,
        3,
        21);
  }

  /** Generation 7, in slot 1, with two of the four trees in use. */
  public static Superblock superblock() {
    Map<TreeId, TreeRoot> roots = new EnumMap<>(TreeId.class);
    roots.put(
        TreeId.INODES, new TreeRoot(new BlockPointer(0x110000, 6, 512, 0xa1a2a3a4), 1, 1, 5, 512));
    roots.put(TreeId.STRINGS, TreeRoot.EMPTY);
    roots.put(TreeId.CHUNKS, TreeRoot.EMPTY);
    roots.put(
        TreeId.FREE, new TreeRoot(new BlockPointer(0x111000, 7, 1024, 0xb1b2b3b4), 2, 3, 9, 3072));
    return new Superblock(
        identity(),
        Geometry.SLOT_1,
        7,
        true,
        true,
        3,
        4096,
        11,
        12,
        13,
        14,
        15,
        new Superblock.VolumeTotals(16, 17, 5, 19, 20),
        List.of(new Run(0x120000, 512), new Run(0x130000, 1024)),
        22,
        23,
        24,
        roots);
  }

  /** Bounds with room: inodes and strings below 1000, births up to 50. */
  public static VolumeBounds bounds() {
    return new VolumeBounds(
        identity().dataStart(), identity().backupAddress(), 16384, 50, 1000, 1000, 1000);
  }

  public static InodeRecord inode() {
    return new InodeRecord(
        0100644,
        1000,
        100,
        2,
        5000,
        0,
        7,
        42,
        InodeRecord.IMMUTABLE | InodeRecord.HAS_XATTRS,
        new Timestamp(-1, 999_999_999),
        new Timestamp(1, 2),
        new Timestamp(3, 4),
        new Timestamp(1L << 40, 0),
        77);
  }

  public static ExtentRecord.Chunk chunk() {
    return new ExtentRecord.Chunk(
        CodecIds.ZSTD, true, 1000, 0x123400, 700, Geometry.MAX_CHUNK, 5, 0xdeadbeef, 9);
  }

  public static JournalRecord record() {
    return new JournalRecord(Operation.RENAME.code(), true, 4096, 3, 5, 6, 7, 512, 4, 5);
  }
}
