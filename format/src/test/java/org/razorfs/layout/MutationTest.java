package org.razorfs.layout;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.razorfs.fault.CorruptImageException;
import org.razorfs.wire.ByteSink;
import org.razorfs.wire.ByteSource;

/** Mutations that differ from the specification, or whose bytes are cut or forged. */
class MutationTest {
  private static final byte[] NAME = "name".getBytes(StandardCharsets.US_ASCII);

  private static byte[] bytes(Mutation mutation) {
    ByteSink sink = new ByteSink(64);
    mutation.encode(sink);
    return sink.toBytes();
  }

  private static void golden(String hex, Mutation mutation) throws CorruptImageException {
    assertEquals(Hex.format(Hex.parse(hex)), Hex.format(bytes(mutation)));
    ByteSource source = RecordsTest.source(Hex.parse(hex));
    Mutation read = Mutation.decode(source);
    assertEquals(0, source.remaining());
    assertEquals(mutation.getClass(), read.getClass());
    assertArrayEquals(bytes(mutation), bytes(read));
  }

  @Test
  void bytesAreThoseOfTheSpecification() throws CorruptImageException {
    String inode = Hex.format(Samples.inode().toBytes());
    golden("01 0500000000000000" + inode, new Mutation.PutInode(5, false, Samples.inode()));
    golden("0e 0500000000000000" + inode, new Mutation.PutInode(5, true, Samples.inode()));
    golden("02 0500000000000000", new Mutation.DeleteInode(5));
    golden(
        "03 0500000000000000 0900000000000000 0700000000000000 04",
        new Mutation.PutDirent(5, 9, new DirentRecord(7, 4)));
    golden("04 0500000000000000 0900000000000000", new Mutation.DeleteDirent(5, 9));
    golden(
        "05 0500000000000000 0010000000000000 2800" + Hex.format(Samples.chunk().toBytes()),
        new Mutation.PutExtent(5, 4096, Samples.chunk()));
    golden(
        "05 0500000000000000 0010000000000000 0a00 02000000 02000000 0102",
        new Mutation.PutExtent(5, 4096, new ExtentRecord.Inline(new byte[] {1, 2})));
    golden("06 0500000000000000 0010000000000000", new Mutation.DeleteExtent(5, 4096));
    golden(
        "07 0500000000000000 0900000000000000 04000000 6e616d65",
        new Mutation.SetXattr(5, 9, NAME));
    golden(
        "07 0500000000000000 0900000000000000 00000000", new Mutation.SetXattr(5, 9, new byte[0]));
    golden("07 0500000000000000 0900000000000000 ffffffff", new Mutation.SetXattr(5, 9, null));
    golden("08 0500000000000000 01", new Mutation.Orphan(5, OrphanRecord.PLAIN));
    golden("08 0500000000000000 00", new Mutation.Orphan(5, null));
    golden(
        "08 0500000000000000 02 03 0600000000000000 0700000000000000",
        new Mutation.Orphan(5, new OrphanRecord(3, 6, 7)));
    golden("09 0900000000000000 ffffffff 04 6e616d65", new Mutation.NameReference(9, -1, NAME));
    golden(
        "0a 0000020000000000 bc020000 fdffffff 18fcffffffffffff 0000",
        new Mutation.ChunkReference(0x20000, 700, -3, -1000, new long[0]));
    golden(
        "0a 0000020000000000 bc020000 01000000 e803000000000000 0100 0500000000000000"
            + "0010000000000000",
        new Mutation.ChunkReference(0x20000, 700, 1, 1000, new long[] {5, 4096}));
    golden("0b 0000020000000000 00040000", new Mutation.Allocate(0x20000, 1024));
    golden("0c 0000020000000000 00040000", new Mutation.Release(0x20000, 1024));
    golden("0d 0100000000000000 ffffffffffffffff fdffffffffffffff", new Mutation.Totals(1, -1, -3));
    golden(
        "0f 0500000000000000 02000000 8813000000000000 0700000000000000"
            + "0100000000000000 02000000 0300000000000000 04000000",
        Mutation.TouchInode.of(5, Samples.inode()));
  }

  @Test
  void touchChangesItsFieldsAlone() throws CorruptImageException {
    InodeRecord after =
        Samples.inode().edit().nlink(9).size(8).units(7).mtime(new Timestamp(6, 5)).done();
    Mutation read = Mutation.decode(RecordsTest.source(bytes(Mutation.TouchInode.of(5, after))));
    assertEquals(after, ((Mutation.TouchInode) read).applyTo(Samples.inode()));
    InodeRecord other = Samples.inode().edit().mode(0100600).uid(0).project(3).done();
    InodeRecord touched = ((Mutation.TouchInode) read).applyTo(other);
    assertEquals(0100600, touched.mode());
    assertEquals(3, touched.project());
    assertEquals(8, touched.size());
  }

  @Test
  void removedAttributeHasNoValue() throws CorruptImageException {
    Mutation read = Mutation.decode(RecordsTest.source(bytes(new Mutation.SetXattr(1, 2, null))));
    assertNull(((Mutation.SetXattr) read).value());
  }

  @Test
  void cutMutationsAreRefused() {
    for (Mutation mutation : RandomLayout.oneOfEach()) {
      byte[] whole = bytes(mutation);
      for (int length = 0; length < whole.length; length++) {
        ByteSource source = new ByteSource(whole, 0, length, "test");
        assertThrows(
            CorruptImageException.class, () -> Mutation.decode(source), mutation + ", " + length);
      }
    }
  }

  @Test
  void forgedLengthsAreRefused() {
    for (String forged :
        new String[] {
          "00",
          "10",
          "ff",
          "05 0500000000000000 0010000000000000 ffff 02000000 02000000 0102",
          "05 0500000000000000 0010000000000000 0900 02000000 02000000 0102",
          "05 0500000000000000 0010000000000000 0000",
          "07 0500000000000000 0900000000000000 ffffff7f 00",
          "07 0500000000000000 0900000000000000 feffffff 00",
          "09 0900000000000000 ffffffff ff 6e616d65",
          "0a 0000020000000000 bc020000 01000000 e803000000000000 ffff 0500000000000000",
        }) {
      assertThrows(
          CorruptImageException.class,
          () -> Mutation.decode(RecordsTest.source(Hex.parse(forged))),
          forged);
    }
  }

  @Test
  void longPayloadsAreReadAsWritten() throws CorruptImageException {
    Random random = new Random(7);
    for (int round = 0; round < 50; round++) {
      List<Mutation> mutations = new ArrayList<>();
      ByteSink sink = new ByteSink(64);
      for (int i = random.nextInt(40); i >= 0; i--) {
        Mutation mutation = RandomLayout.mutation(random);
        mutations.add(mutation);
        mutation.encode(sink);
      }
      ByteSource source = RecordsTest.source(sink.toBytes());
      for (Mutation mutation : mutations) {
        assertArrayEquals(bytes(mutation), bytes(Mutation.decode(source)));
      }
      assertEquals(0, source.remaining());
    }
  }
}
