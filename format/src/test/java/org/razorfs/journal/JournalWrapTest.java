package org.razorfs.journal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.razorfs.journal.JournalScan.Ending;
import org.razorfs.layout.JournalRecord;
import org.razorfs.layout.Operation;

/** Where records, batches and fillers come to lie. */
class JournalWrapTest {
  private static final int RING = 16384;

  private static final int TAIL = RING - 4096;

  @Test
  void recordThatWouldStraddleTheRingsEndIsMovedBehindAPad() throws IOException {
    // The first record leaves every possible rest of the last kilobyte.
    for (int rest = 8; rest <= 1024; rest += 8) {
      JournalFixture f = new JournalFixture(RING);
      f.advanceTo(TAIL);
      f.appendSized(RING - TAIL - rest, 1);
      long end = f.appendSized(1104, 2);
      f.journal.commit(end);

      assertEquals(List.of(1L, 2L), f.recovered(f.memory, TAIL), "rest " + rest);
      assertEquals(RING + 1104, end);
      boolean padded =
          f.walk(TAIL).stream()
              .anyMatch(p -> p.valid() && p.header().operation() == Operation.PAD.code());
      assertEquals(rest >= JournalRecord.HEADER, padded, "rest " + rest);
    }
  }

  @Test
  void recordThatJustFitsIsNotMoved() throws IOException {
    JournalFixture f = new JournalFixture(RING);
    f.advanceTo(TAIL);
    assertEquals(RING, f.appendSized(RING - TAIL, 1));
    f.commitSized(72, 2);
    assertEquals(List.of(1L, 2L), f.recovered(f.memory, TAIL));
    assertTrue(
        f.walk(TAIL).stream()
            .noneMatch(p -> p.valid() && p.header().operation() == Operation.PAD.code()));
  }

  @Test
  void commitRecordThatDoesNotFitIsPlacedAtTheRingsStart() throws IOException {
    for (int rest = 8; rest < JournalRecord.HEADER; rest += 8) {
      JournalFixture f = new JournalFixture(RING);
      f.advanceTo(TAIL);
      f.journal.commit(f.appendSized(RING - TAIL - rest, 1));
      assertEquals(RING + 512, f.journal.appended(), "rest " + rest);
      assertEquals(RING + 512, f.scanner(TAIL).scan().end());
    }
  }

  @Test
  void commitRecordFillsTheRingExactlyToItsEnd() throws IOException {
    JournalFixture f = new JournalFixture(RING);
    f.advanceTo(TAIL);
    f.journal.commit(f.appendSized(RING - TAIL - JournalRecord.HEADER, 1));
    assertEquals(RING, f.journal.appended());
    f.commitSized(72, 2);
    assertEquals(List.of(1L, 2L), f.recovered(f.memory, TAIL));
  }

  @Test
  void padLongerThanOnePayloadIsSplitOverBoth() throws IOException {
    int length = 16 << 20;
    JournalFixture f = new JournalFixture(length);
    f.journal.commit(f.appendSized(1 << 20, 1));
    f.journal.release(f.journal.appended());
    while (f.journal.appended() < length - (3 << 20) / 2) {
      f.commitSized(1 << 18, 2);
      f.journal.release(f.journal.appended());
    }
    long tail = f.journal.appended();
    f.journal.commit(f.append(JournalRecord.MAX_PAYLOAD, JournalRecord.MAX_PAYLOAD, 3));
    assertEquals(List.of(3L), f.recovered(f.memory, tail));
    JournalRecord pad = f.walk(tail).get(0).header();
    assertEquals(Operation.PAD.code(), pad.operation());
    assertEquals(JournalRecord.MAX_PAYLOAD, pad.redoSize());
    assertTrue(pad.undoSize() > 0);
  }

  @Test
  void batchOfEverySizeResidueEndsAtABoundary() throws IOException {
    for (int size = 72; size <= 72 + 1024; size++) {
      JournalFixture f = new JournalFixture(RING);
      long end = f.append(0, size - 72, 1);
      assertEquals((size + 7) & -8, end);
      f.journal.commit(end);
      long second = f.journal.appended();
      assertEquals(0, second % 512, "size " + size);
      assertTrue(second - end >= 72 && second - end <= 576, "size " + size);
      f.commitSized(80, 2);
      assertEquals(List.of(1L, 2L), f.recovered(f.memory, 0), "size " + size);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {72, 80, 136, 440, 448, 512, 1000})
  void ringIsUsedForManyLapsAtEveryAlignment(int size) throws IOException {
    JournalFixture f = new JournalFixture(2048 + 512 * 3);
    long tail = 0;
    for (int i = 0; i < 400; i++) {
      f.commitSized(size, i);
      assertEquals(List.of((long) i), f.recovered(f.memory, tail), "batch " + i);
      tail = f.journal.appended();
      f.journal.release(tail);
    }
  }

  @Test
  void writesStayInsideTheRing() throws IOException {
    JournalFixture f = new JournalFixture(2048);
    byte[] sentinel = new byte[512];
    Arrays.fill(sentinel, (byte) 0x5a);
    JournalFixture.write(f.memory, JournalFixture.START - 512, sentinel);
    JournalFixture.write(f.memory, JournalFixture.START + 2048, sentinel);
    for (int i = 0; i < 50; i++) {
      f.commitSized(72 + 8 * (i % 40), i);
      f.journal.release(f.journal.appended());
    }
    assertArrayEquals(sentinel, JournalFixture.read(f.memory, JournalFixture.START - 512, 512));
    assertArrayEquals(sentinel, JournalFixture.read(f.memory, JournalFixture.START + 2048, 512));
  }

  @Test
  void wholeLapWithoutRoomForMoreEndsClean() throws IOException {
    JournalFixture f = new JournalFixture(4096);
    for (int i = 0; i < 4; i++) {
      f.commitSized(448, i); // 64 bytes are too few for a COMMIT, so it takes the next unit too
    }
    JournalScan scan = f.scanner(0).scan();
    assertEquals(4096, scan.end());
    assertEquals(Ending.CLEAN_END, scan.ending());
    assertEquals(4, scan.transactions());
    assertEquals("the ring is full", scan.detail());
  }

  @Test
  void transactionOfSeveralRecordsSurvivesTheWrap() throws IOException {
    for (int lead = 72; lead < 72 + 512; lead += 8) {
      JournalFixture f = new JournalFixture(RING);
      f.advanceTo(RING - 1536);
      f.appendSized(lead, 1);
      List<JournalPayload> payloads =
          List.of(
              new JournalPayload(JournalFixture.payload(100, 1), JournalFixture.payload(200, 2)),
              new JournalPayload(JournalFixture.payload(0, 3), JournalFixture.payload(333, 4)),
              new JournalPayload(JournalFixture.payload(900, 5), JournalFixture.payload(0, 6)));
      long ticket = f.journal.reserve(3000);
      long end = f.journal.append(ticket, Operation.EXTENTS, 9, payloads, lsn -> {});
      f.journal.commit(end);

      JournalScanner scanner = f.scanner(RING - 1536);
      JournalScan scan = scanner.scan();
      List<Transaction> all = JournalFixture.all(scanner, scan);
      assertEquals(2, all.size());
      Transaction transaction = all.get(1);
      assertEquals(9, transaction.inode());
      assertEquals(Operation.EXTENTS.code(), transaction.operation());
      assertEquals(end, transaction.end());
      assertEquals(all.get(0).id() + 1, transaction.id());
      assertEquals(3, transaction.parts().size());
      for (int i = 0; i < 3; i++) {
        assertArrayEquals(payloads.get(i).undo().toBytes(), transaction.parts().get(i).undo());
        assertArrayEquals(payloads.get(i).redo().toBytes(), transaction.parts().get(i).redo());
      }
    }
  }

  @Test
  void bytesBetweenRecordsAreZero() throws IOException {
    JournalFixture f = new JournalFixture(RING);
    // A used buffer must not show through in padding.
    f.journal.commit(f.append(500, 500, 1));
    f.journal.commit(f.append(500, 500, 2));
    long tail = f.journal.appended();
    f.append(1, 0, 3);
    f.journal.commit(f.append(0, 3, 4));
    byte[] batch = JournalFixture.read(f.memory, f.ring.address(tail), 512);
    assertArrayEquals(new byte[7], Arrays.copyOfRange(batch, 73, 80));
    assertArrayEquals(new byte[5], Arrays.copyOfRange(batch, 155, 160));
    assertArrayEquals(new byte[512 - 232], Arrays.copyOfRange(batch, 232, 512));
  }
}
