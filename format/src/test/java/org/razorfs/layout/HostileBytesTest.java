package org.razorfs.layout;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.razorfs.fault.CorruptImageException;
import org.razorfs.fault.FsException;
import org.razorfs.wire.ByteSink;
import org.razorfs.wire.ByteSource;
import org.razorfs.wire.Bytes;

/** Bytes that nobody wrote: every decoder gives a value or a named fault, and every check ends. */
class HostileBytesTest {
  private static final int ROUNDS = 8_000;

  private interface Decoder {
    void decode(ByteSource source) throws CorruptImageException;
  }

  /** Random bytes, which often start with a number that means something. */
  private static byte[] bytes(Random random) {
    byte[] bytes = new byte[random.nextInt(random.nextInt(10) == 0 ? 2000 : 150)];
    random.nextBytes(bytes);
    if (bytes.length > 0 && random.nextBoolean()) {
      bytes[0] = (byte) random.nextInt(17);
    }
    for (int i = random.nextInt(4); i > 0 && bytes.length > 8; i--) {
      long[] extremes = {0, 1, -1, Long.MIN_VALUE, Long.MAX_VALUE, 0x7fffffff, 0xffffffffL};
      Bytes.put64(
          bytes, random.nextInt(bytes.length - 7), extremes[random.nextInt(extremes.length)]);
    }
    return bytes;
  }

  private static void hold(long seed, Decoder decoder) {
    Random random = new Random(seed);
    for (int round = 0; round < ROUNDS; round++) {
      byte[] bytes = bytes(random);
      assertDoesNotThrow(
          () -> {
            try {
              decoder.decode(new ByteSource(bytes, 0, bytes.length, "hostile"));
            } catch (CorruptImageException expected) {
              // a named fault
            }
          },
          () -> Hex.format(bytes));
    }
  }

  @Test
  void inodes() {
    hold(1, InodeRecord::decode);
  }

  @Test
  void entries() {
    hold(2, DirentRecord::decode);
  }

  @Test
  void extents() {
    hold(3, ExtentRecord::decode);
  }

  @Test
  void strings() {
    hold(4, StringRecord::decode);
  }

  @Test
  void chunks() {
    hold(5, ChunkRecord::decode);
  }

  @Test
  void segments() {
    hold(6, SegmentRecord::decode);
  }

  @Test
  void pointersAndRoots() {
    hold(7, TreeRoot::decode);
  }

  @Test
  void mutations() {
    hold(
        8,
        source -> {
          while (source.remaining() > 0) {
            Mutation mutation = Mutation.decode(source);
            MutationCheck.check(mutation, "hostile", Samples.bounds());
            mutation.encode(new ByteSink(64));
          }
        });
  }

  @Test
  void itemsOfEveryType() {
    Random random = new Random(9);
    for (int round = 0; round < 5 * ROUNDS; round++) {
      byte[] bytes = bytes(random);
      TreeId tree = assertDoesNotThrow(() -> TreeId.of(1 + random.nextInt(4), "test"));
      long hi = Keys.hi(random.nextLong() >>> random.nextInt(60), random.nextInt(12));
      long lo = random.nextLong() >>> random.nextInt(64);
      assertDoesNotThrow(
          () -> ItemCheck.check(tree, hi, lo, bytes, 0, bytes.length, Samples.bounds()),
          () -> Keys.toString(hi, lo) + " " + Hex.format(bytes));
    }
  }

  @Test
  void sealedSuperblocks() {
    Random random = new Random(10);
    for (int round = 0; round < ROUNDS / 4; round++) {
      byte[] bytes = Samples.superblock().toBytes();
      for (int i = random.nextInt(5); i >= 0; i--) {
        bytes[8 + random.nextInt(700)] = (byte) random.nextInt();
      }
      SuperblockTest.sealed(bytes);
      assertDoesNotThrow(
          () -> {
            SuperblockCheck.check(bytes, Geometry.SLOT_1, 16 << 20);
            try {
              Superblock.decode(bytes, Geometry.SLOT_1).toBytes();
            } catch (FsException expected) {
              // a named fault
            }
          },
          () -> Hex.format(bytes));
    }
  }

  @Test
  void sealedNodes() {
    Random random = new Random(11);
    for (int round = 0; round < ROUNDS; round++) {
      NodeBuilder.Sealed sealed = round % 2 == 0 ? NodeTest.leaf() : NodeTest.inner();
      TreeId tree = round % 2 == 0 ? TreeId.INODES : TreeId.STRINGS;
      byte[] bytes = sealed.node().array().clone();
      for (int i = random.nextInt(4); i >= 0; i--) {
        bytes[random.nextInt(160)] = (byte) random.nextInt();
      }
      NodeTest.resealed(bytes);
      BlockPointer old = sealed.pointer();
      BlockPointer pointer =
          new BlockPointer(
              old.address(), old.birth(), old.length(), Bytes.i32(bytes, bytes.length - 4));
      assertDoesNotThrow(
          () -> {
            try {
              Node node = Node.open(bytes, pointer, tree, round(bytes), Samples.UUID_1);
              NodeCheck.check(node, pointer, tree, Samples.bounds());
              if (node.isLeaf()) {
                NodeCheck.items(node, tree, Samples.bounds());
              }
            } catch (CorruptImageException expected) {
              // a named fault
            }
          },
          () -> Hex.format(bytes));
    }
  }

  private static int round(byte[] bytes) {
    return Bytes.u8(bytes, 5);
  }

  @Test
  void journalRecords() {
    Random random = new Random(12);
    for (int round = 0; round < ROUNDS; round++) {
      byte[] bytes = new byte[72 + random.nextInt(100)];
      random.nextBytes(bytes);
      Bytes.put32(bytes, 0, JournalRecord.MAGIC);
      if (random.nextBoolean()) {
        Bytes.put32(bytes, 56, random.nextInt(200) - 50);
        Bytes.put32(bytes, 60, random.nextInt(200) - 50);
      }
      assertDoesNotThrow(
          () -> {
            JournalRecord record = JournalRecord.parse(bytes, 0, bytes.length);
            if (record != null) {
              JournalCheck.header(record, record.lsn(), record.epoch(), 1 << 20);
            }
          },
          () -> Hex.format(bytes));
    }
  }
}
