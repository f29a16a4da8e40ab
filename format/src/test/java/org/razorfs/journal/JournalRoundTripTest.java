package org.razorfs.journal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.razorfs.device.MemoryDevice;
import org.razorfs.device.RecordingDevice;
import org.razorfs.journal.JournalScan.Ending;
import org.razorfs.layout.JournalRecord;
import org.razorfs.layout.Operation;
import org.razorfs.wire.ByteSink;

/** What the writer wrote is what the scanner reads, whatever was written and wherever it tore. */
class JournalRoundTripTest {
  private record Written(
      long id, int operation, long inode, long end, List<Transaction.Part> parts) {}

  /** All before {@code nextId} was published, so replay starts at {@code tail}. */
  private record Checkpoint(long tail, long nextId) {}

  /** Appends, writes, commits and checkpoints at random. */
  private static final class Storm {
    final Random random;
    final JournalFixture f;
    final RecordingDevice recording;
    final MemoryDevice initial;
    final ArrayDeque<Written> live = new ArrayDeque<>();
    final Checkpoint first;
    long tail;
    long nextId = 7;

    Storm(long seed) {
      random = new Random(seed);
      long length = 512L * (16 + random.nextInt(100));
      f = new JournalFixture(length);
      tail = 512L * random.nextInt(1000);
      first = new Checkpoint(tail, nextId);
      initial = f.memory.fork();
      recording = new RecordingDevice(f.memory);
      f.device = recording;
      f.reopen(tail, JournalFixture.EPOCH);
    }

    void step() throws IOException {
      switch (random.nextInt(8)) {
        case 0 -> f.journal.write();
        case 1 -> commit();
        default -> append();
      }
    }

    void commit() throws IOException {
      f.journal.commit(f.journal.appended());
      recording.mark(nextId);
    }

    void append() throws IOException {
      if (f.journal.pressure() > 0.2) {
        tail = f.journal.atCut(JournalCut::lsn);
        f.journal.release(tail);
        recording.mark(new Checkpoint(tail, nextId));
        live.clear();
      }
      int most = (int) f.ring.length() / 32;
      List<JournalPayload> payloads = new ArrayList<>();
      List<Transaction.Part> parts = new ArrayList<>();
      long size = 0;
      for (int count = 1 + random.nextInt(3); count > 0; count--) {
        ByteSink undo = JournalFixture.payload(random.nextInt(most), random.nextInt());
        ByteSink redo = JournalFixture.payload(random.nextInt(most), random.nextInt());
        payloads.add(new JournalPayload(undo, redo));
        parts.add(new Transaction.Part(undo.toBytes(), redo.toBytes()));
        size += JournalRecord.size(undo.size(), redo.size());
      }
      Operation operation = random.nextBoolean() ? Operation.RENAME : Operation.EXTENTS;
      long ticket = f.journal.reserve(size);
      long inode = random.nextLong();
      long end = f.journal.append(ticket, operation, inode, payloads, lsn -> {});
      live.add(new Written(nextId++, operation.code(), inode, end, parts));
    }

    void assertRead(MemoryDevice device) throws IOException {
      JournalScanner scanner = f.scanner(device, tail);
      JournalScan scan = scanner.scan();
      assertEquals(Ending.CLEAN_END, scan.ending());
      List<Transaction> all = JournalFixture.all(scanner, scan);
      assertEquals(live.size(), all.size());
      int i = 0;
      for (Written written : live) {
        Transaction read = all.get(i++);
        assertEquals(written.id, read.id());
        assertEquals(written.operation, read.operation());
        assertEquals(written.inode, read.inode());
        assertEquals(written.end, read.end());
        assertEquals(written.parts.size(), read.parts().size());
        for (int part = 0; part < written.parts.size(); part++) {
          assertArrayEquals(written.parts.get(part).undo(), read.parts().get(part).undo());
          assertArrayEquals(written.parts.get(part).redo(), read.parts().get(part).redo());
        }
      }
    }
  }

  @Property(tries = 150)
  void scannerReadsWhatWasCommitted(@ForAll long seed) throws IOException {
    Storm storm = new Storm(seed);
    for (int i = 0; i < 60; i++) {
      storm.step();
    }
    storm.commit();
    storm.assertRead(storm.f.memory);
  }

  /**
   * Cuts the power at random: of the writes since the last flush any sectors survive. The journal
   * must never look damaged, and must hold a prefix that reaches at least to the last commit.
   */
  @Property(tries = 150)
  void crashLeavesAPrefixNoOlderThanTheLastCommit(@ForAll long seed) throws IOException {
    Storm storm = new Storm(seed);
    for (int i = 0; i < 60; i++) {
      storm.step();
    }
    List<RecordingDevice.Event> events = storm.recording.events();
    for (int crash = 0; crash < 25; crash++) {
      int until = storm.random.nextInt(events.size() + 1);
      MemoryDevice disk = storm.initial.fork();
      long acknowledged = 7;
      Checkpoint checkpoint = storm.first;
      int flushed = 0;
      for (int i = 0; i < until; i++) {
        if (events.get(i) instanceof RecordingDevice.Flush) {
          RecordingDevice.replay(events.subList(flushed, i), disk);
          flushed = i;
        } else if (events.get(i) instanceof RecordingDevice.Mark mark) {
          if (mark.label() instanceof Checkpoint published) {
            checkpoint = published;
          } else {
            acknowledged = (Long) mark.label();
          }
        }
      }
      for (RecordingDevice.Event event : events.subList(flushed, until)) {
        if (event instanceof RecordingDevice.Write write) {
          for (int at = 0; at < write.data().length; at += 512) {
            if (storm.random.nextBoolean()) {
              JournalFixture.write(
                  disk, write.position() + at, Arrays.copyOfRange(write.data(), at, at + 512));
            }
          }
        }
      }
      JournalScanner scanner = storm.f.scanner(disk, checkpoint.tail);
      JournalScan scan = scanner.scan();
      assertNotEquals(Ending.CORRUPT, scan.ending(), () -> "" + scan);
      long next = checkpoint.nextId;
      for (Transaction transaction : JournalFixture.all(scanner, scan)) {
        assertEquals(next++, transaction.id());
      }
      assertTrue(next >= acknowledged, next + " but " + acknowledged + " was acknowledged");
    }
  }

  @Test
  void bothHalvesOfTheLibraryAgreeOnTheHeader() {
    // RawHeader must see what JournalRecord writes.
    JournalRecord record = new JournalRecord(16, true, 512, 99, 1, 2, 3, 4, 40, 50);
    byte[] bytes = new byte[record.size() + 8];
    record.seal(bytes, 8);
    assertTrue(RawHeader.hasMagic(bytes, 8));
    assertTrue(RawHeader.claims(bytes, 8, 512, 99));
    assertEquals(false, RawHeader.claims(bytes, 8, 513, 99));
    assertEquals(false, RawHeader.claims(bytes, 8, 512, 98));
    assertEquals(false, RawHeader.claims(bytes, 0, 512, 99));
    assertEquals(record.size(), RawHeader.size(bytes, 8));
  }
}
