package org.razorfs.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.razorfs.device.MemoryDevice;
import org.razorfs.journal.JournalScan.Ending;
import org.razorfs.layout.JournalRecord;
import org.razorfs.wire.Bytes;

/** Hostile and random rings: every scan ends, and says something consistent. */
class JournalFuzzTest {

  private static void assertSane(JournalFixture f, MemoryDevice device, long epoch, long tail)
      throws IOException {
    JournalScanner scanner = new JournalScanner(device, f.ring, epoch, tail);
    JournalScan scan = scanner.scan();
    assertTrue(scan.end() >= tail && scan.end() <= tail + f.ring.length());
    assertTrue(scan.stoppedAt() >= scan.end() && scan.stoppedAt() <= tail + f.ring.length());
    assertEquals(0, scan.end() % 512);
    assertEquals(scan.ending() == Ending.CORRUPT, scan.evidence() != null);
    assertEquals(scan.transactions(), JournalFixture.all(scanner, scan).size());
  }

  @Property(tries = 60)
  void randomBytes(@ForAll long seed) throws IOException {
    Random random = new Random(seed);
    JournalFixture f = new JournalFixture(512L * (4 + random.nextInt(60)));
    byte[] bytes = new byte[(int) f.ring.length()];
    random.nextBytes(bytes);
    JournalFixture.write(f.memory, JournalFixture.START, bytes);
    assertSane(f, f.memory, JournalFixture.EPOCH, 512L * random.nextInt(1 << 20));
  }

  /** Sealed records with plausible and with absurd fields all over the ring, chained or not. */
  @Property(tries = 300)
  void sealedNonsense(@ForAll long seed) throws IOException {
    Random random = new Random(seed);
    JournalFixture f = new JournalFixture(512L * (4 + random.nextInt(20)));
    long length = f.ring.length();
    long tail = random.nextInt(4) == 0 ? JournalRing.MAX_LSN : 512L * random.nextInt(100);
    long lsn = tail;
    long sequence = random.nextInt(3) - 1L;
    for (int i = 0; i < 40; i++) {
      lsn = f.ring.place(lsn);
      int room = (int) Math.min(f.ring.toEnd(lsn), 1 << 20) - JournalRecord.HEADER;
      int operation =
          switch (random.nextInt(8)) {
            case 0 -> 2;
            case 1, 2 -> 1;
            case 3 -> random.nextInt(70);
            default -> 16;
          };
      int size = Math.min(room, random.nextInt(300));
      if (random.nextInt(8) > 0 && operation == 1) {
        size = Math.min(room, JournalRing.commitSize(lsn) - JournalRecord.HEADER);
      } else if (random.nextInt(8) > 0 && operation == 2) {
        size = room;
      }
      boolean filler = operation <= 2 && random.nextInt(8) > 0;
      long wild = random.nextInt(60) == 0 ? random.nextLong() : 0;
      JournalRecord record =
          new JournalRecord(
              operation,
              filler ? operation == 1 : random.nextInt(3) > 0,
              lsn + (random.nextInt(60) == 0 ? length : 0),
              JournalFixture.EPOCH + (random.nextInt(60) == 0 ? 1 : 0),
              filler ? 0 : random.nextInt(4) + wild,
              sequence++ + wild,
              filler ? 0 : random.nextLong(),
              random.nextInt(60) == 0 ? random.nextLong() : random.nextInt(2) * lsn,
              0,
              size);
      byte[] bytes = new byte[record.size()];
      record.seal(bytes, 0);
      if (random.nextInt(30) == 0) {
        Bytes.put32(bytes, 56 + 4 * random.nextInt(2), random.nextInt());
      }
      JournalFixture.write(f.memory, f.ring.address(lsn), bytes);
      lsn += record.size();
    }
    assertSane(f, f.memory, JournalFixture.EPOCH, tail);
  }

  @Test
  void everyFlippedBitOfAJournalIsSeenOrHarmless() throws IOException {
    JournalFixture f = new JournalFixture(4096);
    f.commitSized(200, 1);
    f.appendSized(144, 2);
    f.commitSized(304, 3);
    f.commitSized(72, 4);
    long end = f.journal.appended();
    for (int at = 0; at < end; at++) {
      for (int bit = 0; bit < 8; bit += 3) {
        MemoryDevice damaged = f.memory.fork();
        JournalFixture.flip(damaged, JournalFixture.START + at, bit);
        JournalScan scan = f.scanner(damaged, 0).scan();
        // Every byte of these batches is covered by a CRC, and only the last batch has no witness.
        assertEquals(at < end - 512, scan.ending() == Ending.CORRUPT, "byte " + at);
        assertTrue(scan.end() <= at);
        assertSane(f, damaged, JournalFixture.EPOCH, 0);
      }
    }
  }

  @Test
  void damagedJournalsWithMovedPieces() throws IOException {
    Random random = new Random(17);
    for (int round = 0; round < 300; round++) {
      JournalFixture f = new JournalFixture(8192);
      long tail = 0;
      for (int i = 0; i < 12; i++) {
        f.append(random.nextInt(200), random.nextInt(900), i);
        if (f.journal.pressure() > 0.4) {
          tail = f.journal.atCut(JournalCut::lsn);
          f.journal.release(tail);
        }
        f.journal.commit(f.journal.appended());
      }
      for (int i = 0; i < 3; i++) {
        byte[] piece =
            JournalFixture.read(
                f.memory, JournalFixture.START + 8L * random.nextInt(900), 8 * random.nextInt(100));
        JournalFixture.write(f.memory, JournalFixture.START + 8L * random.nextInt(900), piece);
      }
      assertSane(f, f.memory, JournalFixture.EPOCH, tail);
    }
  }
}
