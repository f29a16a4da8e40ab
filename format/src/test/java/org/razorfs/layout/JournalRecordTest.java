package org.razorfs.layout;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.razorfs.fault.CorruptImageException;
import org.razorfs.wire.ByteSink;
import org.razorfs.wire.Bytes;

/** Journal records that differ from the specification, are torn, or are forged. */
class JournalRecordTest {
  private static final long RING = 1 << 20;

  private static final String GOLDEN =
      """
      4a524e4c 1800 01 00                                     # magic, operation, committed
      0010000000000000 0300000000000000                       # lsn, epoch
      0500000000000000 0600000000000000 0700000000000000      # transaction, sequence, inode
      0002000000000000 04000000 05000000 00000000             # durable, sizes, reserved
      e19550e7                                                # crc
      756e646f 7265646f21 00000000000000                      # undo, redo, zeros
      """;

  private static byte[] record() {
    byte[] bytes = new byte[Samples.record().size()];
    byte[] payload = "undoredo!".getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(payload, 0, bytes, JournalRecord.HEADER, payload.length);
    Samples.record().seal(bytes, 0);
    return bytes;
  }

  @Test
  void bytesAreThoseOfTheSpecification() {
    assertArrayEquals(Hex.parse(GOLDEN), record());
    assertEquals(88, Samples.record().size());
  }

  @Test
  void whatIsSealedIsReadAnywhere() {
    byte[] bytes = new byte[1000];
    System.arraycopy(record(), 0, bytes, 200, 88);
    assertEquals(Samples.record(), JournalRecord.parse(bytes, 200, 1000));
    assertEquals(Samples.record(), JournalRecord.parse(bytes, 200, 288));
    assertNull(JournalRecord.parse(bytes, 200, 287));
    assertNull(JournalRecord.parse(bytes, 200, 271));
    assertNull(JournalRecord.parse(bytes, 0, 1000));
  }

  @Test
  void everyFlippedByteBreaksTheSeal() {
    byte[] bytes = record();
    for (int i = 0; i < 81; i++) {
      bytes[i] ^= 4;
      assertNull(JournalRecord.parse(bytes, 0, bytes.length), "byte " + i);
      bytes[i] ^= 4;
    }
  }

  @Test
  void forgedSizesAreNoRecord() {
    for (int[] sizes :
        new int[][] {{-1, 0}, {0, -1}, {1 << 21, 0}, {0, 1 << 21}, {Integer.MAX_VALUE, 1}}) {
      byte[] bytes = new byte[4096];
      new JournalRecord(16, true, 0, 1, 1, 1, 1, 0, 0, 0).seal(bytes, 0);
      Bytes.put32(bytes, 56, sizes[0]);
      Bytes.put32(bytes, 60, sizes[1]);
      assertNull(JournalRecord.parse(bytes, 0, bytes.length));
    }
  }

  @Test
  void largestPayloadsFit() {
    int most = JournalRecord.MAX_PAYLOAD;
    byte[] bytes = new byte[JournalRecord.size(most, most)];
    new JournalRecord(16, false, 8, 1, 1, 1, 1, 0, most, most).seal(bytes, 0);
    assertNotNull(JournalRecord.parse(bytes, 0, bytes.length));
  }

  @Test
  void crcIsOverHeaderAndPayloadsButNotItself() {
    byte[] bytes = record();
    CRC32 crc = new CRC32();
    crc.update(bytes, 0, 68);
    crc.update(bytes, 72, 9);
    assertEquals((int) crc.getValue(), Bytes.i32(bytes, 68));
  }

  @Test
  void operationsAreNumbered() throws CorruptImageException {
    for (Operation operation : Operation.values()) {
      assertEquals(operation, Operation.of(operation.code(), "test"));
    }
    for (int code : new int[] {0, 3, 15, 54, 65535}) {
      assertThrows(CorruptImageException.class, () -> Operation.of(code, "test"));
    }
  }

  private static List<Invariant> broken(JournalRecord record, long lsn) {
    return JournalCheck.header(record, lsn, 3, RING).stream().map(Violation::invariant).toList();
  }

  private static JournalRecord filler(Operation operation, long lsn, int redo) {
    boolean commit = operation == Operation.COMMIT;
    return new JournalRecord(operation.code(), commit, lsn, 3, 0, 9, 0, 0, 0, redo);
  }

  @Test
  void legalRecordsHaveNoViolations() {
    assertEquals(List.of(), broken(Samples.record(), 4096));
    assertEquals(List.of(), broken(filler(Operation.COMMIT, 512, 440), 512));
    assertEquals(List.of(), broken(filler(Operation.COMMIT, 520, 432), 520));
    assertEquals(List.of(), broken(filler(Operation.PAD, RING - 80, 8), RING - 80));
  }

  @Test
  void illegalHeadersAreNamed() {
    JournalRecord r = Samples.record();
    assertEquals(List.of(Invariant.JRN_2), broken(r, 8192));
    assertEquals(List.of(Invariant.JRN_2), broken(with(r, 24, 4096, 4, 5, 0), 4096));
    assertEquals(List.of(Invariant.JRN_3), broken(with(r, 24, 4092, 3, 5, 0), 4092));
    assertEquals(List.of(Invariant.JRN_3), broken(with(r, 24, RING - 80, 3, 5, 0), RING - 80));
    assertEquals(List.of(Invariant.JRN_4), broken(with(r, 3, 4096, 3, 5, 0), 4096));
    assertEquals(List.of(Invariant.JRN_6), broken(with(r, 24, 4096, 3, 0, 0), 4096));
    assertEquals(List.of(Invariant.JRN_7), broken(with(r, 24, 4096, 3, 5, 4104), 4096));
    assertEquals(List.of(Invariant.JRN_7), broken(with(r, 24, 4096, 3, 5, -1), 4096));
    assertEquals(List.of(Invariant.JRN_9), broken(filler(Operation.COMMIT, 512, 432), 512));
    assertEquals(List.of(Invariant.JRN_9), broken(filler(Operation.PAD, RING - 88, 8), RING - 88));
    JournalRecord pad = new JournalRecord(2, true, RING - 80, 3, 0, 9, 0, 0, 0, 8);
    assertEquals(List.of(Invariant.JRN_9), broken(pad, RING - 80));
    JournalRecord commit = new JournalRecord(1, true, 512, 3, 1, 9, 0, 0, 0, 440);
    assertEquals(List.of(Invariant.JRN_9), broken(commit, 512));
  }

  private static JournalRecord with(
      JournalRecord r, int operation, long lsn, long epoch, long transaction, long durable) {
    return new JournalRecord(
        operation,
        r.committed(),
        lsn,
        epoch,
        transaction,
        r.sequence(),
        r.inode(),
        durable,
        r.undoSize(),
        r.redoSize());
  }

  @Test
  void legalPayloadsHaveNoViolations() {
    ByteSink sink = new ByteSink(100);
    RandomLayout.oneOfEach().forEach(mutation -> mutation.encode(sink));
    assertEquals(
        List.of(), JournalCheck.payload(sink.array(), 0, sink.size(), 8, Samples.bounds()));
  }

  private static Invariant only(Mutation mutation) {
    ByteSink sink = new ByteSink(100);
    mutation.encode(sink);
    List<Violation> found = JournalCheck.payload(sink.array(), 0, sink.size(), 8, Samples.bounds());
    assertEquals(1, found.size(), () -> mutation + ": " + found);
    return found.get(0).invariant();
  }

  @Test
  void illegalMutationsAreNamed() {
    InodeRecord inode = Samples.inode();
    DirentRecord entry = new DirentRecord(5, 8);
    byte[] name = {'n'};
    Timestamp bad = new Timestamp(0, -1);
    assertEquals(Invariant.JRN_8, only(new Mutation.PutInode(0, true, inode)));
    assertEquals(
        Invariant.INO_2,
        only(new Mutation.PutInode(5, true, inode.edit().mode(0644).size(0).done())));
    assertEquals(Invariant.JRN_8, only(Mutation.TouchInode.of(1000, inode)));
    assertEquals(Invariant.JRN_8, only(Mutation.TouchInode.of(5, inode.edit().size(-1).done())));
    assertEquals(Invariant.JRN_8, only(Mutation.TouchInode.of(5, inode.edit().mtime(bad).done())));
    assertEquals(Invariant.JRN_8, only(new Mutation.DeleteInode(0)));
    assertEquals(Invariant.JRN_8, only(new Mutation.PutDirent(0, 1, entry)));
    assertEquals(Invariant.DIR_1, only(new Mutation.PutDirent(1, 0, entry)));
    assertEquals(Invariant.JRN_8, only(new Mutation.DeleteDirent(1, 0)));
    assertEquals(
        Invariant.EXT_6, only(new Mutation.PutExtent(1, -1, new ExtentRecord.Reserved(1))));
    assertEquals(Invariant.JRN_8, only(new Mutation.DeleteExtent(1, -1)));
    assertEquals(Invariant.JRN_8, only(new Mutation.SetXattr(1, 0, name)));
    assertEquals(Invariant.JRN_8, only(new Mutation.SetXattr(1, 1, new byte[65537])));
    assertEquals(Invariant.JRN_8, only(new Mutation.Orphan(-1, OrphanRecord.PLAIN)));
    assertEquals(Invariant.JRN_8, only(new Mutation.Orphan(5, new OrphanRecord(1, 7, 7))));
    assertEquals(Invariant.JRN_8, only(new Mutation.Orphan(5, new OrphanRecord(4, 0, 7))));
    assertEquals(Invariant.JRN_8, only(new Mutation.Orphan(5, new OrphanRecord(1, -1, 7))));
    assertEquals(Invariant.JRN_8, only(new Mutation.NameReference(0, 1, name)));
    assertEquals(Invariant.JRN_8, only(new Mutation.NameReference(1, 1, new byte[0])));
    assertEquals(Invariant.JRN_8, only(new Mutation.NameReference(1, 1, new byte[1])));
    long[] none = {};
    long start = Samples.bounds().dataStart();
    assertEquals(Invariant.JRN_8, only(new Mutation.ChunkReference(0, 1, 1, 1, none)));
    assertEquals(Invariant.JRN_8, only(new Mutation.ChunkReference(start, 131073, 1, 1, none)));
    assertEquals(Invariant.JRN_8, only(new Mutation.Allocate(start, 0)));
    assertEquals(Invariant.JRN_8, only(new Mutation.Allocate(start, -512)));
    assertEquals(Invariant.JRN_8, only(new Mutation.Release(Samples.bounds().dataEnd(), 512)));
    assertEquals(Invariant.JRN_8, only(new Mutation.Release(start, 100)));
  }

  @Test
  void payloadThatEndsInsideAMutationIsNamed() {
    byte[] payload = {Mutation.DELETE_INODE, 5};
    List<Violation> found = JournalCheck.payload(payload, 0, 2, 8, Samples.bounds());
    assertEquals(List.of(Invariant.JRN_8), found.stream().map(Violation::invariant).toList());
  }
}
