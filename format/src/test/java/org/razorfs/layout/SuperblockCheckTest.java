package org.razorfs.layout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.razorfs.fault.CorruptImageException;
import org.razorfs.fault.FsException;
import org.razorfs.wire.Bytes;

/** Superblocks with a right CRC and illegal values: each field beyond each end of its range. */
class SuperblockCheckTest {
  private static final long IMAGE = 16 << 20;

  @Test
  void sampleIsLegalInAllItsPlaces() {
    Superblock superblock = Samples.superblock();
    assertEquals(List.of(), check(superblock.toBytes(), superblock.address()));
    Superblock backup = superblock.at(IMAGE - 4096);
    assertEquals(List.of(), check(backup.toBytes(), backup.address()));
    assertEquals(List.of(), SuperblockCheck.check(superblock, IMAGE + 1));
  }

  /** What is wrong, and the rule that it breaks. */
  private record Case(String name, Invariant broken, int at, int size, long value) {}

  private static Case u8(String name, Invariant broken, int at, long value) {
    return new Case(name, broken, at, 1, value);
  }

  private static Case u32(String name, Invariant broken, int at, long value) {
    return new Case(name, broken, at, 4, value);
  }

  private static Case u64(String name, Invariant broken, int at, long value) {
    return new Case(name, broken, at, 8, value);
  }

  private static List<Case> cases() {
    long min = Long.MIN_VALUE;
    return List.of(
        u8("version 2", Invariant.SB_2, 8, 2),
        u64("another address", Invariant.SB_2, 136, 0),
        u64("generation 0", Invariant.SB_3, 120, 0),
        u64("generation negative", Invariant.SB_3, 120, min + 7),
        u64("generation of the other slot", Invariant.SB_3, 120, 8),
        u8("label of half a character", Invariant.SB_4, 39, 0xc3),
        u8("label goes on after zeros", Invariant.SB_4, 95, 'x'),
        u32("node size small", Invariant.SB_5, 132, 4096),
        u32("node size large", Invariant.SB_5, 132, 131072),
        u32("node size odd", Invariant.SB_5, 132, 16384 + 512),
        u32("node size negative", Invariant.SB_5, 132, 1L << 31),
        u64("volume small", Invariant.SB_6, 144, Geometry.MIN_VOLUME - 4096),
        u64("volume large", Invariant.SB_6, 144, Geometry.MAX_VOLUME + 4096),
        u64("volume negative", Invariant.SB_6, 144, min),
        u64("volume of a broken block", Invariant.SB_6, 144, IMAGE - 512),
        u64("volume beyond the image", Invariant.SB_6, 144, IMAGE + 4096),
        u64("journal over the slots", Invariant.SB_7, 160, 61440),
        u64("journal beyond the end", Invariant.SB_7, 160, IMAGE - 4096),
        u64("journal far beyond the end", Invariant.SB_7, 160, Long.MAX_VALUE - 4095),
        u64("journal at a broken block", Invariant.SB_7, 160, 65536 + 512),
        u64("journal short", Invariant.SB_7, 168, Geometry.MIN_JOURNAL - 4096),
        u64("journal long", Invariant.SB_7, 168, Geometry.MAX_JOURNAL + 4096),
        u64("journal of a broken block", Invariant.SB_7, 168, (1 << 20) - 512),
        u64("epoch 0", Invariant.SB_8, 176, 0),
        u64("tail inside a sector", Invariant.SB_8, 184, 8),
        u64("tail negative", Invariant.SB_8, 184, min),
        u64("tail huge", Invariant.SB_8, 184, (1L << 62) + 512),
        u64("next transaction 0", Invariant.SB_9, 192, 0),
        u64("next sequence negative", Invariant.SB_9, 200, min),
        u64("next inode below the root's", Invariant.SB_9, 208, 1),
        u64("next inode huge", Invariant.SB_9, 208, (1L << 55) + 1),
        u64("next string 0", Invariant.SB_9, 216, 0),
        u64("next string huge", Invariant.SB_9, 216, (1L << 55) + 1),
        u64("next generation 0", Invariant.SB_9, 224, 0),
        u64("free units beyond all", Invariant.SB_10, 248, IMAGE / 512 + 1),
        u64("reserved units negative", Invariant.SB_10, 256, -1),
        u64("no inode", Invariant.SB_10, 264, 0),
        u64("more inodes than numbers", Invariant.SB_10, 264, 13),
        u64("logical bytes negative", Invariant.SB_10, 272, -1),
        u64("stored bytes beyond the volume", Invariant.SB_10, 280, IMAGE + 1),
        u64("spare in the journal", Invariant.SB_11, 568, 0x10f000),
        u64("spare at half a unit", Invariant.SB_11, 568, 0x120100),
        u64("spare empty", Invariant.SB_11, 576, 0),
        u64("spare of half a unit", Invariant.SB_11, 576, 0x100),
        u64("spare to the backup", Invariant.SB_11, 576, IMAGE),
        u64("spare negative", Invariant.SB_11, 576, -512),
        u64("spares overlap", Invariant.SB_11, 584, 0x120000),
        u64("spare in a root", Invariant.SB_12, 568, 0x110000),
        u64("roots overlap", Invariant.SB_12, 512, 0x110000),
        u8("codec unknown", Invariant.SB_13, 336, 4),
        u8("level unknown", Invariant.SB_13, 337, 23),
        u8("state bit", Invariant.SB_14, 128, 7),
        u8("state byte", Invariant.SB_14, 131, 1),
        u8("reserved at 10", Invariant.SB_14, 11, 1),
        u8("reserved at 292", Invariant.SB_14, 303, 1),
        u8("reserved at 332", Invariant.SB_14, 335, 1),
        u8("reserved at 338", Invariant.SB_14, 338, 1),
        u8("reserved in a root", Invariant.SB_14, 344 + 55, 1),
        u8("spare beyond the count", Invariant.SB_14, 600, 1),
        u8("reserved at the end", Invariant.SB_14, 4091, 1),
        u64("unknown incompat bit", Invariant.SB_17, 112, min),
        u64("reserved incompat bit", Invariant.SB_17, 112, Features.SNAPSHOTS),
        u64("root at half a unit", Invariant.PTR_1, 344, 0x110001),
        u64("root in the journal", Invariant.PTR_1, 344, 0x10ff00),
        u64("root in the backup", Invariant.PTR_1, 344, IMAGE - 4096),
        u64("root far away", Invariant.PTR_1, 344, Long.MAX_VALUE - 511),
        u64("root negative", Invariant.PTR_1, 344, min),
        u64("root not born", Invariant.PTR_1, 352, 0),
        u64("root of the future", Invariant.PTR_1, 352, 8),
        u32("root without length", Invariant.PTR_1, 360, 0),
        u32("root of half a unit", Invariant.PTR_1, 360, 0x300 - 1),
        u32("root longer than a node", Invariant.PTR_1, 512 + 16, 32768),
        u64("nodes fewer than levels", Invariant.TREE_1, 512 + 24, 1),
        u64("no items", Invariant.TREE_1, 512 + 32, 0),
        u64("bytes fewer than units", Invariant.TREE_1, 512 + 40, 1024),
        u32("no levels", Invariant.TREE_1, 512 + 48, 0),
        u32("13 levels", Invariant.TREE_1, 512 + 48, 13),
        u64("an empty root with items", Invariant.TREE_1, 400 + 32, 1));
  }

  @TestFactory
  List<DynamicTest> eachIllegalValueIsNamed() {
    List<DynamicTest> tests = new ArrayList<>();
    for (Case c : cases()) {
      tests.add(
          DynamicTest.dynamicTest(
              c.name,
              () -> {
                byte[] bytes = Samples.superblock().toBytes();
                for (int i = 0; i < c.size; i++) {
                  bytes[c.at + i] = (byte) (c.value >>> (8 * i));
                }
                List<Violation> found = check(SuperblockTest.sealed(bytes), Geometry.SLOT_1);
                Set<Invariant> broken = new TreeSet<>();
                found.forEach(violation -> broken.add(violation.invariant()));
                assertTrue(broken.contains(c.broken), found::toString);
                if (c.broken.reaction() == Invariant.Reaction.REFUSE) {
                  assertThrows(CorruptImageException.class, () -> Violation.refuse(found));
                } else {
                  assertEquals(Set.of(c.broken), broken, found::toString);
                  Violation.refuse(found);
                }
              }));
    }
    return tests;
  }

  @Test
  void emptyRootsOfInodesAndFreeSpaceAreNamed() {
    for (int at : new int[] {344, 512}) {
      byte[] bytes = Samples.superblock().toBytes();
      java.util.Arrays.fill(bytes, at, at + TreeRoot.SIZE, (byte) 0);
      List<Violation> found = check(SuperblockTest.sealed(bytes), Geometry.SLOT_1);
      assertEquals(List.of(Invariant.SB_12), found.stream().map(Violation::invariant).toList());
    }
  }

  @Test
  void volumeWithoutRoomForItsNodesIsNamed() {
    byte[] bytes = Samples.superblock().toBytes();
    Bytes.put64(bytes, 144, Geometry.minVolume(65536));
    assertEquals(2 << 20, Geometry.minVolume(65536));
    Bytes.put32(bytes, 132, 65536);
    assertEquals(List.of(), check(SuperblockTest.sealed(bytes), Geometry.SLOT_1));
    Bytes.put64(bytes, 144, (2 << 20) - 4096);
    List<Violation> found = check(SuperblockTest.sealed(bytes), Geometry.SLOT_1);
    assertEquals(List.of(Invariant.SB_6), found.stream().map(Violation::invariant).toList());
  }

  @Test
  void brokenSealIsNamed() {
    byte[] bytes = Samples.superblock().toBytes();
    bytes[200]++;
    List<Violation> found = check(bytes, Geometry.SLOT_1);
    assertEquals(List.of(Invariant.SB_1), found.stream().map(Violation::invariant).toList());
    assertEquals(1, check(new byte[100], 0).size());
  }

  @Test
  void messageTellsPlaceAndRule() throws FsException {
    byte[] bytes = Samples.superblock().toBytes();
    Bytes.put64(bytes, 176, 0);
    List<Violation> found = check(SuperblockTest.sealed(bytes), Geometry.SLOT_1);
    assertEquals(
        "superblock at 32768: INV-SB-8: expected a journal epoch from 1, got 0",
        found.get(0).toString());
    CorruptImageException e =
        assertThrows(CorruptImageException.class, () -> Violation.refuse(found));
    assertEquals("superblock at 32768 (INV-SB-8)", e.location());
  }

  @Test
  void featuresDecideWhatMayBeDone() {
    Superblock.Identity known = Samples.identity();
    assertTrue(Features.canRead(known) && Features.canWrite(known));
    Superblock.Identity readOnly = withFeatures(0, 1, 0);
    assertTrue(Features.canRead(readOnly) && !Features.canWrite(readOnly));
    Superblock.Identity unknown = withFeatures(0, 0, 1L << 63);
    assertTrue(!Features.canRead(unknown) && !Features.canWrite(unknown));
    Superblock.Identity harmless = withFeatures(-1, 0, 0);
    assertTrue(Features.canWrite(harmless));
  }

  private static Superblock.Identity withFeatures(long compat, long roCompat, long incompat) {
    Superblock.Identity i = Samples.identity();
    return new Superblock.Identity(
        i.uuid(),
        i.label(),
        compat,
        roCompat,
        incompat,
        i.nodeSize(),
        i.volumeSize(),
        i.journalStart(),
        i.journalLength(),
        i.hashKey0(),
        i.hashKey1(),
        i.codec(),
        i.level(),
        i.madeAt());
  }

  static Superblock withIdentity(Superblock s, Superblock.Identity identity) {
    return new Superblock(
        identity,
        s.address(),
        s.generation(),
        s.clean(),
        s.errors(),
        s.journalEpoch(),
        s.journalTail(),
        s.nextTransaction(),
        s.nextSequence(),
        s.nextInode(),
        s.nextString(),
        s.nextGeneration(),
        s.totals(),
        s.spares(),
        s.mountedAt(),
        s.writtenAt(),
        s.mountCount(),
        s.roots());
  }

  private static List<Violation> check(byte[] bytes, long address) {
    return SuperblockCheck.check(bytes, address, IMAGE);
  }
}
