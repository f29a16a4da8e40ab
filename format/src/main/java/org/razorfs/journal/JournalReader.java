package org.razorfs.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.razorfs.device.BlockDevice;
import org.razorfs.fault.CorruptImageException;
import org.razorfs.journal.JournalPlace.Validity;
import org.razorfs.layout.JournalRecord;
import org.razorfs.layout.Operation;

/**
 * Judges single places of the ring under one epoch and hands out the payloads there; reads the
 * device in windows of bounded size and believes nothing that a CRC does not cover. Not
 * thread-safe.
 */
public final class JournalReader {
  private static final int WINDOW = 256 << 10;

  private final BlockDevice device;
  private final JournalRing ring;
  private final long epoch;
  private byte[] window = new byte[0];
  private long windowOffset;
  private int windowLength;

  /** A reader of records of {@code epoch}, any 64 bits. */
  public JournalReader(BlockDevice device, JournalRing ring, long epoch) {
    this.device = device;
    this.ring = ring;
    this.epoch = epoch;
  }

  /** The ring that is read. */
  public JournalRing ring() {
    return ring;
  }

  /**
   * What lies at {@code lsn}, judged by itself: sealed, for this position and epoch, and by the
   * rules for its type.
   *
   * @throws IOException when the device cannot be read there
   */
  public JournalPlace at(long lsn) throws IOException {
    long left = ring.toEnd(lsn);
    if (left < JournalRecord.HEADER) {
      return place(lsn, Validity.BLANK, null, "too near to the ring's end");
    }
    int at = load(lsn, JournalRecord.HEADER);
    if (!RawHeader.hasMagic(window, at)) {
      return place(lsn, Validity.BLANK, null, "no record starts here");
    }
    int size = RawHeader.size(window, at);
    if (size < 0 || size > left) {
      return broken(lsn, at, "its payloads do not fit there");
    }
    at = load(lsn, size);
    JournalRecord header = JournalRecord.parse(window, at, at + size);
    if (header == null) {
      return broken(lsn, at, "its crc is wrong");
    }
    if (header.epoch() != epoch) {
      return place(lsn, Validity.OTHER_EPOCH, header, "epoch " + header.epoch() + ", not " + epoch);
    }
    if (header.lsn() != lsn) {
      return place(lsn, Validity.OTHER_LAP, header, "written for lsn " + header.lsn());
    }
    String problem = problem(header, left, window[at + JournalRecord.COMMITTED_AT]);
    Validity validity = problem.isEmpty() ? Validity.VALID : Validity.WRONG;
    return place(lsn, validity, header, problem);
  }

  private JournalPlace place(long lsn, Validity validity, JournalRecord header, String problem) {
    return new JournalPlace(lsn, ring.address(lsn), validity, header, problem);
  }

  private JournalPlace broken(long lsn, int at, String problem) {
    boolean claimed = RawHeader.claims(window, at, lsn, epoch);
    return place(lsn, claimed ? Validity.TORN : Validity.BROKEN, null, problem);
  }

  /** INV-JRN-4, INV-JRN-7, INV-JRN-9: what every record keeps by itself; empty when it does. */
  private static String problem(JournalRecord header, long left, byte committed) {
    if ((committed & ~1) != 0) {
      return "committed is " + committed + ", not 0 or 1";
    }
    if (header.durable() < 0 || header.durable() > header.lsn()) {
      return "says that lsn " + header.durable() + " was durable";
    }
    boolean commit = header.operation() == Operation.COMMIT.code();
    boolean pad = header.operation() == Operation.PAD.code();
    if ((commit || pad)
        && (header.transaction() != 0 || header.inode() != 0 || header.committed() != commit)) {
      return "a COMMIT or PAD of a transaction";
    }
    if (commit) {
      return header.size() == JournalRing.commitSize(header.lsn())
          ? ""
          : "a COMMIT of " + header.size() + " bytes does not end at the next boundary";
    }
    if (pad) {
      return header.size() == left
          ? ""
          : "a PAD of " + header.size() + " bytes does not end where the ring does";
    }
    try {
      Operation.of(header.operation(), "");
      return "";
    } catch (CorruptImageException e) {
      return "operation type " + header.operation() + " does not exist";
    }
  }

  /** A copy of the undo payload of a place with a header. */
  public byte[] undo(JournalPlace place) throws IOException {
    JournalRecord header = place.header();
    int from = load(place.lsn(), header.size()) + JournalRecord.HEADER;
    return Arrays.copyOfRange(window, from, from + header.undoSize());
  }

  /** A copy of the redo payload of a place with a header. */
  public byte[] redo(JournalPlace place) throws IOException {
    JournalRecord header = place.header();
    int from = load(place.lsn(), header.size()) + JournalRecord.HEADER + header.undoSize();
    return Arrays.copyOfRange(window, from, from + header.redoSize());
  }

  /** Size of the record that claims this position and epoch, or -1; costs no CRC. */
  int claimedSize(long lsn) throws IOException {
    int at = load(lsn, JournalRecord.HEADER);
    if (!RawHeader.claims(window, at, lsn, epoch)) {
      return -1;
    }
    int size = RawHeader.size(window, at);
    return size > ring.toEnd(lsn) ? -1 : size;
  }

  /** The index in the window of {@code lsn}, from which {@code length} bytes are there. */
  private int load(long lsn, int length) throws IOException {
    long offset = lsn % ring.length();
    if (offset < windowOffset || offset + length > windowOffset + windowLength) {
      int wanted = Math.max(length, (int) Math.min(WINDOW, ring.toEnd(lsn)));
      if (window.length < wanted) {
        window = new byte[wanted];
      }
      windowLength = 0; // should the device fail
      device.read(ring.address(lsn), ByteBuffer.wrap(window, 0, wanted));
      windowOffset = offset;
      windowLength = wanted;
    }
    return (int) (offset - windowOffset);
  }
}
