package org.razorfs.layout;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.razorfs.fault.CorruptImageException;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.wire.Bytes;

/** Superblock bytes that differ from the specification, or that are not what was written. */
class SuperblockTest {
  private static final String GOLDEN =
      """
      89525a460d0a1a0a 0100 0000 00100000                    # magic, version, reserved, size
      00112233445566778899aabbccddeeff                       # uuid
      4772c3b6c39f6500 0000000000000000 0000000000000000 0000000000000000   # label
      0000000000000000 0000000000000000 0000000000000000 0000000000000000
      0000000000000000 0000000000000000 0000000000000000     # compat, ro_compat, incompat
      0700000000000000 03000000 00400000                     # generation, state, node size
      0080000000000000 0000000100000000 00020000 00004000    # address, volume size, unit, segment
      0000010000000000 0000100000000000                      # journal start, length
      0300000000000000 0010000000000000                      # journal epoch, tail
      0b00000000000000 0c00000000000000                      # next transaction, sequence
      0d00000000000000 0e00000000000000 0f00000000000000     # next inode, string, generation
      0001020304050607 08090a0b0c0d0e0f                      # hash key
      1000000000000000 1100000000000000 0500000000000000     # free, reserved units, inodes
      1300000000000000 1400000000000000                      # logical, stored bytes
      02000000 00000000 0000000000000000                     # spare count, reserved
      1500000000000000 1600000000000000 1700000000000000     # made, mounted, written at
      18000000 00000000 01 03 0000 00000000                  # mount count, codec, level
      0000110000000000 0600000000000000 00020000 a4a3a2a1    # INODES root
      0100000000000000 0500000000000000 0002000000000000 01000000 00000000
      0000000000000000 0000000000000000 00000000 00000000    # STRINGS root
      0000000000000000 0000000000000000 0000000000000000 00000000 00000000
      0000000000000000 0000000000000000 00000000 00000000    # CHUNKS root
      0000000000000000 0000000000000000 0000000000000000 00000000 00000000
      0010110000000000 0700000000000000 00040000 b4b3b2b1    # FREE root
      0300000000000000 0900000000000000 000c000000000000 02000000 00000000
      0000120000000000 0002000000000000                      # spare runs
      0000130000000000 0004000000000000
      """;

  @Test
  void bytesAreThoseOfTheSpecification() {
    byte[] expected = Arrays.copyOf(Hex.parse(GOLDEN), Geometry.SUPERBLOCK);
    Bytes.put32(expected, 4092, Bytes.crc32(expected, 0, 4092));
    assertArrayEquals(expected, Samples.superblock().toBytes());
  }

  @Test
  void whatIsWrittenIsRead() throws FsException {
    Superblock superblock = Samples.superblock();
    assertEquals(superblock, Superblock.decode(superblock.toBytes(), Geometry.SLOT_1));
  }

  @Test
  void copyAtAnotherPlaceDiffersInNothingElse() throws FsException {
    Superblock backup = Samples.superblock().at(Samples.identity().backupAddress());
    Superblock read = Superblock.decode(backup.toBytes(), backup.address());
    assertEquals(Samples.superblock(), read.at(Geometry.SLOT_1));
  }

  @Test
  void everyFlippedByteIsNoticed() {
    byte[] bytes = Samples.superblock().toBytes();
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] ^= 0x10;
      assertThrows(
          CorruptImageException.class,
          () -> Superblock.decode(bytes, Geometry.SLOT_1),
          "byte " + i);
      bytes[i] ^= 0x10;
    }
  }

  @Test
  void misdirectedCopyIsNoticed() {
    byte[] bytes = Samples.superblock().toBytes();
    CorruptImageException e =
        assertThrows(CorruptImageException.class, () -> Superblock.decode(bytes, 0));
    assertEquals("superblock at 0", e.location());
  }

  @Test
  void otherVersionIsUnsupportedAndNotCorrupt() {
    byte[] bytes = resealed(8, (byte) 2);
    FsException e =
        assertThrows(FsException.class, () -> Superblock.decode(bytes, Geometry.SLOT_1));
    assertEquals(Fault.UNSUPPORTED_FORMAT, e.fault());
  }

  @Test
  void otherGeometryIsRefused() {
    for (int at : new int[] {13, 153, 157}) {
      byte[] bytes = resealed(at, (byte) 99);
      assertThrows(
          CorruptImageException.class, () -> Superblock.decode(bytes, Geometry.SLOT_1), "at " + at);
    }
  }

  @Test
  void impossibleNumberOfSparesIsRefused() {
    for (int at : new int[] {288, 290, 291}) {
      byte[] bytes = resealed(at, (byte) 0x81);
      assertThrows(
          CorruptImageException.class, () -> Superblock.decode(bytes, Geometry.SLOT_1), "at " + at);
    }
  }

  @Test
  void mostSparesFitAndOneMoreIsRefusedBeforeItIsWritten() throws FsException {
    Superblock most = withSpares(Geometry.MAX_SPARES);
    assertEquals(most, Superblock.decode(most.toBytes(), Geometry.SLOT_1));
    Superblock more = withSpares(Geometry.MAX_SPARES + 1);
    assertThrows(IllegalArgumentException.class, more::toBytes);
  }

  private static Superblock withSpares(int count) {
    Superblock s = Samples.superblock();
    return new Superblock(
        s.identity(),
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
        Collections.nCopies(count, new Run(0x120000, 512)),
        s.mountedAt(),
        s.writtenAt(),
        s.mountCount(),
        s.roots());
  }

  @Test
  void malformedLabelCanBeReadAndWrittenAgain() throws FsException {
    byte[] bytes = Samples.superblock().toBytes();
    Arrays.fill(bytes, 32, 96, (byte) 0xff);
    Superblock read = Superblock.decode(sealed(bytes), Geometry.SLOT_1);
    assertEquals("?".repeat(64), read.identity().label());
    assertTrue(Superblock.isSealed(read.toBytes()));
  }

  @Test
  void labelThatIsTooLongIsRefusedBeforeItIsWritten() {
    Superblock s = Samples.superblock();
    Superblock.Identity i = s.identity();
    Superblock.Identity longer =
        new Superblock.Identity(
            i.uuid(),
            "ä".repeat(33),
            i.compat(),
            i.roCompat(),
            i.incompat(),
            i.nodeSize(),
            i.volumeSize(),
            i.journalStart(),
            i.journalLength(),
            i.hashKey0(),
            i.hashKey1(),
            i.codec(),
            i.level(),
            i.madeAt());
    Superblock relabelled = SuperblockCheckTest.withIdentity(s, longer);
    assertThrows(IllegalArgumentException.class, relabelled::toBytes);
  }

  @Test
  void shortBytesAreNoSuperblock() {
    byte[] bytes = Arrays.copyOf(Samples.superblock().toBytes(), 100);
    assertTrue(Superblock.hasMagic(bytes));
    assertFalse(Superblock.hasMagic(new byte[7]));
    assertThrows(CorruptImageException.class, () -> Superblock.decode(bytes, Geometry.SLOT_1));
  }

  @Test
  void slotsAlternate() {
    assertEquals(Geometry.SLOT_1, Superblock.slotAddress(1));
    assertEquals(0, Superblock.slotAddress(2));
  }

  private static byte[] resealed(int at, byte value) {
    byte[] bytes = Samples.superblock().toBytes();
    bytes[at] = value;
    return sealed(bytes);
  }

  static byte[] sealed(byte[] bytes) {
    Bytes.put32(bytes, 4092, Bytes.crc32(bytes, 0, 4092));
    return bytes;
  }
}
