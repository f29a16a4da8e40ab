package org.razorfs.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.razorfs.device.FaultyDevice;
import org.razorfs.device.MemoryDevice;
import org.razorfs.device.RecordingDevice;
import org.razorfs.fault.CorruptImageException;
import org.razorfs.fault.FsException;
import org.razorfs.journal.JournalPlace.Validity;
import org.razorfs.journal.JournalScan.Ending;
import org.razorfs.layout.JournalRecord;
import org.razorfs.layout.Operation;

/** What a scan makes of a journal that a crash or damage has left. */
class JournalScannerTest {
  private static final int RING = 16384;

  @Test
  void emptyJournalEndsClean() throws IOException {
    JournalFixture f = new JournalFixture(RING);
    JournalScan scan = f.scanner(512).scan();
    assertEquals(Ending.CLEAN_END, scan.ending());
    assertEquals(512, scan.end());
    assertEquals(512, scan.durable());
    assertEquals(0, scan.nextSequence());
    scan.requireSound();
    assertNull(f.scanner(512).transactions(scan).next());
  }

  @Test
  void scanTellsWhatTheNextJournalNeeds() throws IOException {
    JournalFixture f = new JournalFixture(RING);
    f.commitSized(100, 1);
    f.appendSized(100, 2);
    long last = f.commitSized(100, 3);
    JournalScan scan = f.scanner(0).scan();
    assertEquals(2, scan.batches());
    assertEquals(5, scan.records());
    assertEquals(3, scan.transactions());
    assertEquals(0, scan.incomplete());
    assertEquals(new JournalOrigin(5, last, 10, 105), scan.origin(5, 3, 4));
    assertEquals(new JournalOrigin(5, last, 20, 200), scan.origin(5, 20, 200));
  }

  @Test
  void batchTornAtAnySectorIsCutAndThePrefixKept() throws IOException {
    JournalFixture f = new JournalFixture(RING);
    f.commitSized(300, 1);
    long start = f.journal.appended();
    f.appendSized(1200, 2);
    f.appendSized(72, 3);
    f.appendSized(1400, 4);
    long end = f.commitSized(448, 5);
    byte[] batch = JournalFixture.read(f.memory, f.ring.address(start), (int) (end - start));
    for (int torn = 0; torn < batch.length; torn += 512) {
      MemoryDevice crashed = f.memory.fork();
      JournalFixture.write(crashed, f.ring.address(start) + torn, new byte[batch.length - torn]);
      JournalScan scan = f.scanner(crashed, 0).scan();
      assertEquals(torn == 0 ? Ending.CLEAN_END : Ending.TORN_TAIL, scan.ending(), "at " + torn);
      assertEquals(start, scan.end());
      assertTrue(scan.stoppedAt() >= start && scan.stoppedAt() < start + torn + 1);
      assertEquals(List.of(1L), f.recovered(crashed, 0));
    }
    for (int lost = 0; lost < batch.length; lost += 512) {
      MemoryDevice crashed = f.memory.fork();
      JournalFixture.write(crashed, f.ring.address(start) + lost, new byte[512]);
      JournalScan scan = f.scanner(crashed, 0).scan();
      assertTrue(scan.ending() != Ending.CORRUPT, "at " + lost);
      assertEquals(start, scan.end(), "at " + lost);
      assertEquals(List.of(1L), f.recovered(crashed, 0));
    }
  }

  @Test
  void firstOfTwoUnflushedBatchesLostIsATornTail() throws IOException {
    JournalFixture f = new JournalFixture(RING);
    f.commitSized(300, 1);
    RecordingDevice recording = new RecordingDevice(f.memory.fork());
    MemoryDevice before = f.memory.fork();
    long start = f.journal.appended();
    f.device = recording;
    f.reopen(start, JournalFixture.EPOCH);
    f.appendSized(700, 2);
    f.journal.write();
    f.commitSized(700, 3);

    // Only the second batch reached the disk; both were written before the flush.
    List<RecordingDevice.Event> events = recording.events();
    assertEquals(3, events.size());
    RecordingDevice.replay(events.subList(1, 2), before);
    JournalScan scan = f.scanner(before, 0).scan();
    assertEquals(Ending.TORN_TAIL, scan.ending());
    assertEquals(start, scan.end());
    assertEquals(start, scan.stoppedAt());
    assertNull(scan.evidence());
    scan.requireSound();
  }

  @Test
  void badBitInABatchThatWasDurableIsCorruption() throws IOException {
    JournalFixture f = new JournalFixture(RING);
    f.commitSized(300, 1);
    long start = f.journal.appended();
    f.commitSized(704, 2);
    long later = f.journal.appended();
    f.commitSized(704, 3);
    for (long at : new long[] {0, 8, 71, 72, 400, 703, 704, 775, 776, 1023}) {
      MemoryDevice damaged = f.memory.fork();
      JournalFixture.flip(damaged, f.ring.address(start) + at, 3);
      JournalScan scan = f.scanner(damaged, 0).scan();
      assertEquals(Ending.CORRUPT, scan.ending(), "byte " + at);
      assertEquals(start, scan.end());
      assertEquals(later, scan.evidence().lsn());
      assertEquals(List.of(1L), f.recovered(damaged, 0));
      CorruptImageException e =
          assertThrows(CorruptImageException.class, () -> scan.requireSound());
      assertTrue(e.getMessage().contains("lsn " + scan.stoppedAt()), e.getMessage());
      assertTrue(e.getMessage().contains("; run razorfsck, or open"), e.getMessage());
      assertTrue(e.getMessage().contains("before lsn " + later + " was durable"), e.getMessage());
    }
  }

  @Test
  void evidenceIsFoundBeyondTheWrap() throws IOException {
    JournalFixture f = new JournalFixture(RING);
    f.advanceTo(RING - 1024);
    f.commitSized(900, 1);
    f.commitSized(900, 2);
    JournalFixture.flip(f.memory, f.ring.address(RING - 1024) + 100, 0);
    JournalScan scan = f.scanner(RING - 1024).scan();
    assertEquals(Ending.CORRUPT, scan.ending());
    assertEquals(RING, scan.evidence().lsn());
  }

  @Test
  void badBitInTheNewestBatchCannotBeToldFromATornTail() throws IOException {
    JournalFixture f = new JournalFixture(RING);
    f.commitSized(300, 1);
    long start = f.journal.appended();
    f.commitSized(700, 2);
    JournalFixture.flip(f.memory, f.ring.address(start) + 100, 0);
    JournalScan scan = f.scanner(0).scan();
    assertEquals(Ending.TORN_TAIL, scan.ending());
    assertEquals(start, scan.stoppedAt());
    assertEquals(0, scan.durable()); // what the lost batch knew is lost with it
    assertEquals("its crc is wrong", scan.detail());
  }

  @Test
  void oldLapWithTheSameOffsetsIsNotReplayed() throws IOException {
    JournalFixture f = new JournalFixture(4096);
    for (int i = 0; i < 4; i++) {
      f.commitSized(448, i);
    }
    f.journal.release(4096);
    f.commitSized(448, 8); // the second lap, batch for batch at the offsets of the first
    assertEquals(List.of(8L), f.recovered(f.memory, 4096));
    JournalScan scan = f.scanner(4096).scan();
    assertEquals(Ending.CLEAN_END, scan.ending());
    assertEquals(Validity.OTHER_LAP, last(f.walk(4096)).validity());
  }

  @Test
  void leftoverOfAnEarlierEpochThatWouldContinueIsNotReplayed() throws IOException {
    JournalFixture f = new JournalFixture(4096, 0, 77);
    f.reopen(0, 77);
    f.commitSized(440, 1);
    f.commitSized(440, 2);
    f.commitSized(440, 3);
    // A recovery that lost batch 2 (say) wrote on from there under a new epoch.
    f.reopen(512, JournalFixture.EPOCH);
    f.commitSized(440, 4);
    assertEquals(List.of(4L), f.recovered(f.memory, 512));
    assertEquals(Ending.CLEAN_END, f.scanner(512).scan().ending());
    assertEquals(Validity.OTHER_EPOCH, last(f.walk(512)).validity());
  }

  @Test
  void incompleteTransactionsDoNotApply() throws IOException {
    JournalFixture f = new JournalFixture(RING);
    forge(f, Operation.CREATE, false, 0, 1, 0);
    forge(f, Operation.CREATE, true, 72, 2, 1); // another transaction ends the first
    forge(f, Operation.CREATE, false, 144, 3, 2);
    forgeCommit(f, 216, 3); // and the batch's end the third
    JournalScanner scanner = f.scanner(0);
    JournalScan scan = scanner.scan();
    assertEquals(512, scan.end());
    assertEquals(1, scan.transactions());
    assertEquals(2, scan.incomplete());
    List<Transaction> all = JournalFixture.all(scanner, scan);
    assertEquals(1, all.size());
    assertEquals(2, all.get(0).id());
    assertEquals(4, scan.nextTransaction());
  }

  @Test
  void transactionMayContinueAcrossAPad() throws IOException {
    JournalFixture f = new JournalFixture(2048);
    forge(f, Operation.CREATE, false, 1536, 1, 0);
    byte[] pad = new byte[2048 - 1608 - 72];
    f.forge(record(Operation.PAD.code(), false, 1608, 0, 1, 0, pad.length), pad);
    forge(f, Operation.CREATE, true, 2048, 1, 2);
    forgeCommit(f, 2120, 3);
    JournalScanner scanner = f.scanner(1536);
    JournalScan scan = scanner.scan();
    assertEquals(1, scan.transactions());
    assertEquals(2, JournalFixture.all(scanner, scan).get(0).parts().size());
  }

  @Test
  void sealedRecordsThatNoWriterMakesAreCorruption() throws IOException {
    JournalRecord[] wrong = {
      record(Operation.CREATE.code(), true, 512, 1, 103, 0, 8), // sequence out of step
      record(Operation.CREATE.code(), true, 512, 1, 102, 513, 8), // knows the future
      record(Operation.CREATE.code(), true, 512, 1, 102, -1, 8),
      record(Operation.COMMIT.code(), true, 512, 0, 102, 0, 8), // ends inside a unit
      record(Operation.COMMIT.code(), true, 512, 0, 102, 0, 952), // a unit too long
      record(Operation.PAD.code(), false, 512, 0, 102, 0, 8), // ends inside the ring
      record(999, true, 512, 1, 102, 0, 8),
    };
    for (JournalRecord record : wrong) {
      JournalFixture f = new JournalFixture(RING);
      f.commitSized(72, 1);
      f.forge(record, new byte[record.redoSize()]);
      JournalScan scan = f.scanner(0).scan();
      assertEquals(Ending.CORRUPT, scan.ending(), record.toString());
      assertEquals(512, scan.end());
      assertEquals(512, scan.stoppedAt());
      assertEquals(Validity.WRONG, scan.evidence().validity());
      assertTrue(scan.evidence().toString().contains("byte 1536"), scan.evidence().toString());
    }
  }

  @Test
  void recordAcrossTheTailIsCorruption() throws IOException {
    JournalFixture f = new JournalFixture(2048);
    int sequence = 0;
    long tail = 1024;
    for (long lsn = tail; lsn < tail + 1536; lsn += 512) {
      forge(f, Operation.CREATE, true, lsn, sequence, sequence++);
      forgeCommit(f, lsn + 72, sequence++);
    }
    // Its payload is what lies there, or the walk would not get so far.
    byte[] payload = JournalFixture.read(f.memory, f.ring.address(tail + 1536) + 72, 600 - 72);
    f.forge(record(Operation.CREATE.code(), true, tail + 1536, 1, sequence, 0, 600 - 72), payload);
    JournalScan scan = f.scanner(tail).scan();
    assertEquals(Ending.CORRUPT, scan.ending());
    assertEquals("reaches across the journal's tail", scan.detail());
    assertEquals(tail + 1536, scan.end());
  }

  @Test
  void transactionLargerThanAnyWriterMakesIsCorruption() throws IOException {
    JournalFixture f = new JournalFixture(32 << 20);
    byte[] payload = new byte[2 * JournalRecord.MAX_PAYLOAD];
    long lsn = 0;
    for (int i = 0; i < 9; i++) {
      JournalRecord record =
          new JournalRecord(
              Operation.CREATE.code(),
              false,
              lsn,
              JournalFixture.EPOCH,
              1,
              i,
              1,
              0,
              1 << 20,
              1 << 20);
      f.forge(record, payload);
      lsn += record.size();
    }
    JournalScan scan = f.scanner(0).scan();
    assertEquals(Ending.CORRUPT, scan.ending());
    assertEquals(0, scan.end());
    assertTrue(scan.detail().contains("transaction of more than"), scan.detail());
  }

  @Test
  void committedByteThatIsNeitherIsCorruption() throws IOException {
    JournalFixture f = new JournalFixture(RING);
    byte[] bytes = new byte[JournalRecord.HEADER];
    record(Operation.CREATE.code(), true, 0, 1, 1, 0, 0).seal(bytes, 0);
    bytes[JournalRecord.COMMITTED_AT] = 2;
    org.razorfs.wire.Bytes.put32(bytes, 68, org.razorfs.wire.Bytes.crc32(bytes, 0, 68));
    JournalFixture.write(f.memory, f.ring.address(0), bytes);
    JournalScan scan = f.scanner(0).scan();
    assertEquals(Ending.CORRUPT, scan.ending());
    assertEquals("committed is 2, not 0 or 1", scan.detail());
  }

  @Test
  void commitOfATransactionIsCorruption() throws IOException {
    JournalFixture f = new JournalFixture(RING);
    byte[] payload = new byte[512 - JournalRecord.HEADER];
    for (int transaction = 0; transaction < 2; transaction++) {
      f.forge(record(Operation.COMMIT.code(), true, 0, transaction, 1, 0, payload.length), payload);
      assertEquals(
          transaction == 0 ? Ending.CLEAN_END : Ending.CORRUPT, f.scanner(0).scan().ending());
    }
    f.forge(record(Operation.COMMIT.code(), false, 0, 0, 1, 0, payload.length), payload);
    assertEquals(Ending.CORRUPT, f.scanner(0).scan().ending());
  }

  @Test
  void unclosedBatchAtTheEndOfAFullRingIsTorn() throws IOException {
    JournalFixture f = new JournalFixture(2048);
    for (int i = 0; i < 2; i++) {
      f.commitSized(440, i);
    }
    f.journal.release(512);
    f.commitSized(440, 2);
    f.reopen(1536, JournalFixture.EPOCH);
    JournalRecord record = record(Operation.CREATE.code(), true, 1536, 1, 106, 0, 440);
    f.forge(record, new byte[440]);
    JournalScan scan = f.scanner(0).scan();
    assertEquals(Ending.TORN_TAIL, scan.ending());
    assertEquals(1536, scan.end());
    assertEquals(2048, scan.stoppedAt());
  }

  @ParameterizedTest
  @ValueSource(longs = {-512, 1, 511, 513, Long.MAX_VALUE, Long.MIN_VALUE, (1L << 62) + 512})
  void hostileTailIsRefused(long tail) {
    JournalFixture f = new JournalFixture(RING);
    assertThrows(CorruptImageException.class, () -> f.scanner(tail).scan());
  }

  @Test
  void greatestTailWorks() throws IOException {
    JournalFixture f = new JournalFixture(RING, 1L << 62, JournalFixture.EPOCH);
    f.commitSized(440, 1);
    f.commitSized(72, 2);
    assertEquals(List.of(1L, 2L), f.recovered(f.memory, 1L << 62));
  }

  @Test
  void overlappingForgedClaimsDoNotTakeForEver() throws IOException {
    int length = 8 << 20;
    JournalFixture f = new JournalFixture(length);
    byte[] header = new byte[JournalRecord.HEADER];
    for (long lsn = 512; lsn < length; lsn += 512) {
      new JournalRecord(
              Operation.CREATE.code(), true, lsn, JournalFixture.EPOCH, 1, 1, 1, lsn, 0, 0)
          .seal(header, 0);
      org.razorfs.wire.Bytes.put32(header, 56, 1 << 20);
      org.razorfs.wire.Bytes.put32(header, 60, 1 << 20);
      JournalFixture.write(f.memory, f.ring.address(lsn), header);
    }
    FaultyDevice counting = new FaultyDevice(f.memory);
    JournalScan scan = f.scanner(counting, 0).scan();
    assertEquals(Ending.CORRUPT, scan.ending());
    assertEquals(Validity.TORN, scan.evidence().validity());
    assertNull(scan.evidence().header());
    assertTrue(counting.count(FaultyDevice.Operation.READ) < 50);
  }

  @Test
  void claimsWithImpossibleSizesAreNoEvidence() throws IOException {
    JournalFixture f = new JournalFixture(RING);
    byte[] header = new byte[JournalRecord.HEADER];
    new JournalRecord(Operation.CREATE.code(), true, 512, JournalFixture.EPOCH, 1, 1, 1, 512, 0, 0)
        .seal(header, 0);
    int[][] sizes = {{-1, 0}, {0, -1}, {(1 << 20) + 1, 0}, {0, (1 << 20) + 1}, {RING, 0}};
    for (int[] size : sizes) {
      org.razorfs.wire.Bytes.put32(header, 56, size[0]);
      org.razorfs.wire.Bytes.put32(header, 60, size[1]);
      JournalFixture.write(f.memory, f.ring.address(512), header);
      assertEquals(Ending.CLEAN_END, f.scanner(0).scan().ending());
      // The same where the chain itself meets it.
      JournalScan scan = f.scanner(512).scan();
      assertEquals(Ending.TORN_TAIL, scan.ending());
      assertEquals("its payloads do not fit there", scan.detail());
    }
  }

  @Test
  void recordOfAnotherPlaceThatIsBrokenIsNotATornTail() throws IOException {
    JournalFixture f = new JournalFixture(4096);
    f.commitSized(440, 1);
    JournalFixture.flip(f.memory, f.ring.address(0) + 300, 1);
    // Read as the next lap, it names another position.
    assertEquals(Validity.BROKEN, f.walk(4096).get(0).validity());
    assertEquals(Ending.CLEAN_END, f.scanner(4096).scan().ending());
    // And under another epoch, it names another epoch.
    JournalReader other = new JournalReader(f.memory, f.ring, 5);
    assertEquals(Validity.BROKEN, other.at(0).validity());
  }

  @Test
  void placeTooNearToTheEndHoldsNoRecord() throws IOException {
    JournalFixture f = new JournalFixture(2048);
    JournalReader reader = new JournalReader(f.memory, f.ring, JournalFixture.EPOCH);
    JournalPlace place = reader.at(2048 - 64);
    assertEquals(Validity.BLANK, place.validity());
    assertTrue(place.toString().contains("too near"), place.toString());
  }

  @Test
  void deviceErrorIsNotTakenForTheEnd() throws IOException {
    JournalFixture f = new JournalFixture(1 << 20);
    f.commitSized(72, 1);
    FaultyDevice faulty = new FaultyDevice(f.memory);
    assertEquals(1, f.scanner(faulty, 0).scan().transactions());
    long reads = faulty.count(FaultyDevice.Operation.READ);
    assertTrue(reads > 1);
    for (long k = 1; k <= reads; k++) {
      FaultyDevice failing = new FaultyDevice(f.memory).failOnce(FaultyDevice.Operation.READ, k);
      JournalScanner scanner = f.scanner(failing, 0);
      assertThrows(FsException.class, () -> scanner.scan(), "read " + k);
    }
  }

  @Test
  void imageThatChangesAfterTheScanIsNoticed() throws IOException {
    JournalFixture f = new JournalFixture(RING);
    f.commitSized(440, 1);
    f.commitSized(440, 2);
    JournalScan scan = f.scanner(0).scan();
    JournalFixture.flip(f.memory, f.ring.address(512) + 80, 1);
    TransactionReader reader = f.scanner(0).transactions(scan);
    assertEquals(1, reader.next().inode());
    assertThrows(CorruptImageException.class, () -> reader.next());
    // A reader past a lap has nothing to hand out either.
    JournalScan beyond =
        new JournalScan(Ending.CLEAN_END, RING, 3 * RING, 0, 0, 0, 0, 0, 0, 0, 0, null, "");
    TransactionReader lapped = f.scanner(RING).transactions(beyond);
    assertThrows(CorruptImageException.class, () -> lapped.next());
  }

  @Test
  void walkShowsEveryRecordAndWhyItEnds() throws IOException {
    JournalFixture f = new JournalFixture(RING);
    f.commitSized(100, 1);
    f.commitSized(100, 2);
    List<JournalPlace> places = f.walk(0);
    assertEquals(5, places.size());
    assertEquals(
        List.of(16, 1, 16, 1),
        places.subList(0, 4).stream().map(p -> p.header().operation()).toList());
    assertEquals(List.of(0L, 104L, 512L, 616L, 1024L), places.stream().map(p -> p.lsn()).toList());
    assertEquals(JournalFixture.START + 616, places.get(3).address());
    assertNotNull(places.get(0).toString());
    assertEquals(Validity.BLANK, places.get(4).validity());
    assertEquals(JournalFixture.EPOCH, places.get(0).header().epoch());
    assertEquals(512, places.get(2).header().durable());
  }

  @Test
  void ringThatTheImageCannotHoldIsRefused() throws IOException {
    MemoryDevice device = new MemoryDevice(1 << 20);
    assertEquals(new JournalRing(512, 4096), JournalRing.of(device, 512, 4096));
    long[][] bad = {
      {-512, 4096},
      {0, 1024},
      {0, 4097},
      {0, -4096},
      {0, 2 << 20},
      {(1 << 20) - 2048, 4096},
      {Long.MAX_VALUE, 4096},
      {0, Long.MAX_VALUE},
      {0, 2L << 30},
      {0, Long.MIN_VALUE}
    };
    for (long[] ring : bad) {
      assertThrows(
          CorruptImageException.class,
          () -> JournalRing.of(device, ring[0], ring[1]),
          Arrays.toString(ring));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {-512, 100, Long.MAX_VALUE})
  void journalDoesNotStartBetweenBatches(long lsn) {
    assertThrows(IllegalArgumentException.class, () -> new JournalOrigin(1, lsn, 1, 1));
  }

  private static JournalRecord record(
      int operation,
      boolean committed,
      long lsn,
      long transaction,
      long sequence,
      long durable,
      int redoSize) {
    return new JournalRecord(
        operation,
        committed,
        lsn,
        JournalFixture.EPOCH,
        transaction,
        sequence,
        transaction,
        durable,
        0,
        redoSize);
  }

  private static void forge(
      JournalFixture f, Operation operation, boolean committed, long lsn, long id, long sequence)
      throws IOException {
    f.forge(record(operation.code(), committed, lsn, id, sequence, 0, 0), new byte[0]);
  }

  private static void forgeCommit(JournalFixture f, long lsn, long sequence) throws IOException {
    int size = JournalRing.commitSize(lsn) - JournalRecord.HEADER;
    f.forge(record(Operation.COMMIT.code(), true, lsn, 0, sequence, 0, size), new byte[size]);
  }

  private static <T> T last(List<T> list) {
    return list.get(list.size() - 1);
  }
}
