package org.razorfs.spec;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.zip.CRC32;

/**
 * Scan and replay as SPEC.md describes them (sections 6 and 7.3), without any class of the library:
 * turns the trees of a {@link SpecImage} into what they are after the journal.
 */
final class SpecJournal {
  private static final int COMMIT = 1;
  private static final int PAD = 2;

  private final SpecImage image;
  private final long epoch;
  private final List<byte[]> open = new ArrayList<>();
  private long openTransaction;
  private long durable;

  /** What replay changed beside items. */
  long reservedUnits;

  long logicalBytes;
  long storedBytes;
  long inodes;
  int transactions;

  /** Where the last batch that counts starts and ends. */
  long lastBatch;

  long end;
  final List<Area> allocated = new ArrayList<>();
  final List<Area> released = new ArrayList<>();

  /** A transaction that counts: its redo payloads, and where it ends. */
  private record Transaction(List<byte[]> redo, long end) {}

  SpecJournal(SpecImage image) {
    this.image = image;
    this.epoch = image.superblock.getLong(176);
  }

  /** Scans the ring and applies what counts to the image's trees. */
  void replay() {
    long tail = image.superblock.getLong(184);
    durable = tail;
    lastBatch = tail;
    end = tail;
    List<Transaction> counting = new ArrayList<>();
    List<Transaction> batch = new ArrayList<>();
    long lsn = tail;
    long sequence = -1;
    while (lsn < tail + image.journalLength) {
      long left = image.journalLength - lsn % image.journalLength;
      if (left < 72) {
        lsn += left;
        continue;
      }
      ByteBuffer record = record(lsn, left);
      if (record == null || (sequence >= 0 && record.getLong(32) != sequence + 1)) {
        break;
      }
      sequence = record.getLong(32);
      durable = Math.max(durable, record.getLong(48));
      lsn += record.capacity();
      if (record.getShort(4) == COMMIT) {
        open.clear();
        counting.addAll(batch);
        batch.clear();
        lastBatch = end;
        end = lsn;
      } else if (record.getShort(4) != PAD) {
        take(record, lsn, batch);
      }
    }
    for (Transaction transaction : counting) {
      if (transaction.end > durable && !isDataThere(transaction)) {
        return;
      }
      transactions++;
      transaction.redo.forEach(this::apply);
    }
  }

  /** The record at an lsn, with its payloads, or null. */
  private ByteBuffer record(long lsn, long left) {
    long address = image.journalStart + lsn % image.journalLength;
    ByteBuffer header = image.slice(address, 72);
    long undo = header.getInt(56) & 0xffffffffL;
    long redo = header.getInt(60) & 0xffffffffL;
    long size = (72 + undo + redo + 7) / 8 * 8;
    if (header.getInt(0) != 0x4C4E524A
        || header.getLong(8) != lsn
        || header.getLong(16) != epoch
        || undo > 1 << 20
        || redo > 1 << 20
        || header.get(6) < 0
        || header.get(6) > 1
        || size > left) {
      return null;
    }
    byte[] record = image.copy(address, (int) size);
    CRC32 crc = new CRC32();
    crc.update(record, 0, 68);
    crc.update(record, 72, (int) (undo + redo));
    return (int) crc.getValue() == header.getInt(68) ? SpecImage.reader(record) : null;
  }

  private void take(ByteBuffer record, long recordEnd, List<Transaction> batch) {
    if (record.getLong(24) != openTransaction) {
      open.clear();
    }
    openTransaction = record.getLong(24);
    byte[] redo = new byte[record.getInt(60)];
    record.get(72 + record.getInt(56), redo);
    open.add(redo);
    if (record.get(6) == 1) {
      batch.add(new Transaction(List.copyOf(open), recordEnd));
      open.clear();
    }
  }

  private boolean isDataThere(Transaction transaction) {
    TreeMap<Long, Boolean> fresh = new TreeMap<>();
    boolean[] there = {true};
    for (byte[] redo : transaction.redo) {
      ByteBuffer at = SpecImage.reader(redo);
      while (at.hasRemaining()) {
        int kind = at.get();
        int start = at.position();
        if (kind == 11) {
          fresh.put(at.getLong(start), true);
        } else if (kind == 5 && at.get(start + 18) == 1) {
          ByteBuffer extent = at.slice(start + 18, 40).order(at.order());
          if (fresh.remove(extent.getLong(8)) != null) {
            byte[] stored = image.copy(extent.getLong(8), extent.getInt(16));
            there[0] &= SpecImage.crc(stored) == extent.getInt(28);
          }
        }
        at.position(start + length(kind, at, start));
      }
    }
    return there[0];
  }

  /** The bytes of a mutation's fields. */
  private static int length(int kind, ByteBuffer at, int start) {
    return switch (kind) {
      case 1, 14 -> 112;
      case 2 -> 8;
      case 3 -> 25;
      case 4, 6 -> 16;
      case 5 -> 18 + (at.getShort(start + 16) & 0xffff);
      case 7 -> 20 + Math.max(0, at.getInt(start + 16));
      case 8 -> at.get(start + 8) == 2 ? 26 : 9;
      case 9 -> 13 + (at.get(start + 12) & 0xff);
      case 10 -> 26 + 16 * (at.getShort(start + 24) & 0xffff);
      case 11, 12 -> 12;
      case 13 -> 24;
      case 15 -> 52;
      default -> throw new AssertionError("mutation kind " + kind);
    };
  }

  private void apply(byte[] redo) {
    ByteBuffer at = SpecImage.reader(redo);
    while (at.hasRemaining()) {
      int kind = at.get();
      int start = at.position();
      int end = start + length(kind, at, start);
      apply(kind, at, Arrays.copyOfRange(redo, start, end));
      at.position(end);
    }
  }

  private void apply(int kind, ByteBuffer all, byte[] fields) {
    ByteBuffer f = SpecImage.reader(fields);
    NavigableMap<ItemKey, byte[]> items = image.trees.get(SpecImage.INODES);
    long first = f.getLong(0);
    switch (kind) {
      case 1, 14 -> {
        items.put(ItemKey.of(first, 1, 0), Arrays.copyOfRange(fields, 8, 112));
        inodes += kind == 14 ? 1 : 0;
      }
      case 2 -> {
        items.remove(ItemKey.of(first, 1, 0));
        inodes--;
      }
      case 3 -> items.put(ItemKey.of(first, 3, f.getLong(8)), Arrays.copyOfRange(fields, 16, 25));
      case 4 -> items.remove(ItemKey.of(first, 3, f.getLong(8)));
      case 5 ->
          items.put(
              ItemKey.of(first, 4, f.getLong(8)), Arrays.copyOfRange(fields, 18, fields.length));
      case 6 -> items.remove(ItemKey.of(first, 4, f.getLong(8)));
      case 7 -> setXattr(items, first, f.getLong(8), f.getInt(16) == -1 ? null : fields);
      case 8 -> {
        if (f.get(8) != 0) {
          items.put(ItemKey.of(0, 5, first), Arrays.copyOfRange(fields, 9, fields.length));
        } else {
          items.remove(ItemKey.of(0, 5, first));
        }
      }
      case 9 -> name(first, f.getInt(8), Arrays.copyOfRange(fields, 13, fields.length));
      case 10 -> chunk(first, f, fields);
      case 11 -> allocated.add(new Area(first, f.getInt(8), "allocated"));
      case 12 -> released.add(new Area(first, f.getInt(8), "released"));
      case 13 -> {
        reservedUnits += first;
        logicalBytes += f.getLong(8);
        storedBytes += f.getLong(16);
      }
      case 15 -> {
        byte[] record = items.get(ItemKey.of(first, 1, 0)).clone();
        ByteBuffer inode = SpecImage.reader(record);
        inode.putInt(12, f.getInt(8)).putLong(16, f.getLong(12)).putLong(32, f.getLong(20));
        inode.put(64, fields, 28, 24);
        items.put(ItemKey.of(first, 1, 0), record);
      }
      default -> throw new AssertionError("mutation kind " + kind + " in " + all);
    }
  }

  /** Section 5.9: u32 length and value, in pieces of a third of a node less 64 bytes. */
  private void setXattr(NavigableMap<ItemKey, byte[]> items, long inode, long name, byte[] fields) {
    items
        .subMap(ItemKey.of(inode, 2, name << 8), true, ItemKey.of(inode, 2, name << 8 | 255), true)
        .clear();
    if (fields != null) {
      int most = image.nodeSize / 3 - 64;
      int piece = 0;
      for (int from = 16; from < fields.length; from += most) {
        int to = Math.min(fields.length, from + most);
        items.put(ItemKey.of(inode, 2, name << 8 | piece++), Arrays.copyOfRange(fields, from, to));
      }
    }
  }

  private void name(long id, int change, byte[] name) {
    NavigableMap<ItemKey, byte[]> strings = image.trees.get(SpecImage.STRINGS);
    byte[] old = strings.get(ItemKey.of(0, 6, id));
    byte[] value = new byte[4 + name.length];
    SpecImage.reader(value)
        .putInt((old == null ? 0 : SpecImage.reader(old).getInt()) + change)
        .put(name);
    strings.put(ItemKey.of(0, 6, id), value);
  }

  private void chunk(long address, ByteBuffer f, byte[] fields) {
    NavigableMap<ItemKey, byte[]> chunks = image.trees.get(SpecImage.CHUNKS);
    byte[] old = chunks.get(ItemKey.of(0, 8, address));
    int before = old == null ? 0 : SpecImage.reader(old).getInt(16);
    int more = Math.min(f.getShort(24) & 0xffff, Math.max(0, 128 - before));
    byte[] counts = Arrays.copyOf(old == null ? new byte[20] : old, 20 + 16 * (before + more));
    ByteBuffer value = SpecImage.reader(counts);
    value.putInt(0, value.getInt(0) + f.getInt(12)).putLong(4, value.getLong(4) + f.getLong(16));
    value.putInt(12, f.getInt(8)).putInt(16, before + more);
    value.put(20 + 16 * before, fields, 26, 16 * more);
    chunks.put(ItemKey.of(0, 8, address), counts);
  }

  /** Section 7.2: names and shared chunks without references go, as with the next checkpoint. */
  void settle() {
    NavigableMap<ItemKey, byte[]> strings = image.trees.get(SpecImage.STRINGS);
    strings.values().removeIf(value -> value.length > 0 && SpecImage.reader(value).getInt() == 0);
    image
        .trees
        .get(SpecImage.CHUNKS)
        .entrySet()
        .removeIf(
            entry -> {
              ByteBuffer value = SpecImage.reader(entry.getValue());
              boolean gone = value.getInt(0) == 0;
              if (gone) {
                long length = (value.getInt(12) + 511) / 512 * 512L;
                released.add(new Area(entry.getKey().lo(), length, "chunk"));
                storedBytes -= value.getInt(12);
              }
              return gone;
            });
  }
}
