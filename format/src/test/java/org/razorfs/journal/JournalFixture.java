package org.razorfs.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.razorfs.device.BlockDevice;
import org.razorfs.device.MemoryDevice;
import org.razorfs.fault.FsException;
import org.razorfs.layout.JournalRecord;
import org.razorfs.layout.Operation;
import org.razorfs.wire.ByteSink;

/** Payloads that can be told apart, and short ways to write a journal and to read it back. */
final class JournalFixture {
  static final long EPOCH = 0x1234_5678_9abc_def0L;
  static final long START = 1024;
  static final int BUFFER = 1 << 20;

  /** For tests that never run out of space and never fail. */
  static final JournalListener NOBODY =
      new JournalListener() {
        @Override
        public void ringFull() {
          throw new AssertionError("the ring is full");
        }

        @Override
        public void failed(FsException cause) {
          throw new AssertionError(cause);
        }
      };

  final MemoryDevice memory;
  final JournalRing ring;
  BlockDevice device;
  Journal journal;

  JournalFixture(long length) {
    this(length, 0, EPOCH);
  }

  JournalFixture(long length, long lsn, long epoch) {
    memory = new MemoryDevice(START + length + 512);
    ring = new JournalRing(START, length);
    device = memory;
    reopen(lsn, epoch);
  }

  void reopen(long lsn, long epoch) {
    reopen(lsn, epoch, NOBODY);
  }

  void reopen(long lsn, long epoch, JournalListener listener) {
    journal = new Journal(device, ring, new JournalOrigin(epoch, lsn, 7, 100), BUFFER, listener);
  }

  /** Appends a transaction of one record with these payload sizes, filled from the seed. */
  long append(int undoSize, int redoSize, int seed) throws IOException {
    long ticket = journal.reserve(JournalRecord.size(undoSize, redoSize));
    try {
      return journal.append(
          ticket,
          Operation.CREATE,
          seed,
          payload(undoSize, seed),
          payload(redoSize, ~seed),
          lsn -> {});
    } catch (IOException | RuntimeException e) {
      journal.unreserve(ticket);
      throw e;
    }
  }

  /** Appends a transaction of one record that takes exactly this many bytes. */
  long appendSized(int recordSize, int seed) throws IOException {
    return append(0, recordSize - JournalRecord.HEADER, seed);
  }

  /** Appends as above and commits. */
  long commitSized(int recordSize, int seed) throws IOException {
    journal.commit(appendSized(recordSize, seed));
    return journal.appended();
  }

  /** Brings the journal to where its next batch starts at this position. */
  void advanceTo(long lsn) throws IOException {
    while (journal.appended() < lsn) {
      long step = Math.min(lsn - journal.appended(), ring.length() / 4);
      int size = (int) step - 72;
      commitSized(size, 0);
      if (journal.appended() > lsn) {
        throw new AssertionError("overshot " + lsn);
      }
      journal.release(journal.appended());
    }
  }

  static ByteSink payload(int size, int seed) {
    ByteSink sink = new ByteSink(size);
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return sink.bytes(bytes);
  }

  JournalScanner scanner(long tail) {
    return scanner(memory, tail);
  }

  JournalScanner scanner(BlockDevice from, long tail) {
    return new JournalScanner(from, ring, EPOCH, tail);
  }

  /** The inode numbers (the seeds) of the transactions that count. */
  List<Long> recovered(BlockDevice from, long tail) throws IOException {
    JournalScanner scanner = scanner(from, tail);
    List<Long> inodes = new ArrayList<>();
    for (Transaction transaction : all(scanner, scanner.scan())) {
      inodes.add(transaction.inode());
    }
    return inodes;
  }

  static List<Transaction> all(JournalScanner scanner, JournalScan scan) throws IOException {
    List<Transaction> all = new ArrayList<>();
    TransactionReader reader = scanner.transactions(scan);
    for (Transaction next = reader.next(); next != null; next = reader.next()) {
      all.add(next);
    }
    return all;
  }

  /** Every place of the chain, the one that ends it included. */
  List<JournalPlace> walk(long tail) throws IOException {
    JournalWalker walker = new JournalWalker(new JournalReader(memory, ring, EPOCH), tail);
    List<JournalPlace> places = new ArrayList<>();
    for (JournalPlace next = walker.next(); next != null; next = walker.next()) {
      places.add(next);
    }
    return places;
  }

  static byte[] read(BlockDevice device, long address, int length) throws IOException {
    byte[] bytes = new byte[length];
    device.read(address, ByteBuffer.wrap(bytes));
    return bytes;
  }

  static void write(BlockDevice device, long address, byte[] bytes) throws IOException {
    device.write(address, ByteBuffer.wrap(bytes));
  }

  /** Turns over one bit. */
  static void flip(BlockDevice device, long address, int bit) throws IOException {
    byte[] one = read(device, address, 1);
    one[0] ^= (byte) (1 << bit);
    write(device, address, one);
  }

  /** Stores a sealed record of any content. */
  void forge(JournalRecord record, byte[] payloads) throws IOException {
    byte[] bytes = new byte[record.size()];
    System.arraycopy(payloads, 0, bytes, JournalRecord.HEADER, payloads.length);
    record.seal(bytes, 0);
    write(memory, ring.address(record.lsn()), bytes);
  }
}
