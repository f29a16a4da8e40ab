package org.razorfs.model.posix;

import java.util.Arrays;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * A file's content in sectors of 512 bytes that are never changed once stored, so that a test can
 * keep what the file was after every operation.
 */
public final class SparseBytes {
  private static final int SECTOR = Content.SECTOR;

  private final TreeMap<Long, byte[]> sectors;
  private long size;

  /** An empty file. */
  public SparseBytes() {
    this(Map.of(), 0);
  }

  private SparseBytes(Map<Long, byte[]> sectors, long size) {
    this.sectors = new TreeMap<>(sectors);
    this.size = size;
  }

  /** What the file is now, and stays in the copy. */
  public SparseBytes copy() {
    return new SparseBytes(sectors, size);
  }

  public long size() {
    return size;
  }

  /** The sectors that were written and not punched, by number; not to be changed. */
  public NavigableMap<Long, byte[]> sectors() {
    return sectors;
  }

  /** At most {@code length} bytes, as many as there are. */
  public byte[] read(long offset, int length) {
    int count = (int) Math.max(0, Math.min(length, size - offset));
    byte[] bytes = new byte[count];
    for (Map.Entry<Long, byte[]> entry :
        sectors.subMap(offset / SECTOR, (offset + count + SECTOR - 1) / SECTOR).entrySet()) {
      long at = entry.getKey() * SECTOR;
      long from = Math.max(at, offset);
      long to = Math.min(at + SECTOR, offset + count);
      if (from < to) {
        System.arraycopy(
            entry.getValue(), (int) (from - at), bytes, (int) (from - offset), (int) (to - from));
      }
    }
    return bytes;
  }

  public void write(long offset, byte[] bytes) {
    for (int done = 0; done < bytes.length; ) {
      long at = offset + done;
      int in = (int) (at % SECTOR);
      int count = Math.min(SECTOR - in, bytes.length - done);
      byte[] sector = copyOf(at / SECTOR);
      System.arraycopy(bytes, done, sector, in, count);
      sectors.put(at / SECTOR, sector);
      done += count;
    }
    if (bytes.length > 0) {
      size = Math.max(size, offset + bytes.length);
    }
  }

  public void truncate(long newSize) {
    if (newSize < size) {
      zero(newSize, size - newSize);
    }
    size = newSize;
  }

  /** Makes a range read as zeros; the size stays. */
  public void zero(long offset, long length) {
    long end = Math.min(offset + length, size);
    if (offset >= end) {
      return;
    }
    long firstWhole = (offset + SECTOR - 1) / SECTOR;
    long endWhole = end / SECTOR;
    if (firstWhole > endWhole) {
      cut(offset / SECTOR, (int) (offset % SECTOR), (int) (end % SECTOR));
      return;
    }
    if (offset % SECTOR != 0) {
      cut(offset / SECTOR, (int) (offset % SECTOR), SECTOR);
    }
    if (end % SECTOR != 0) {
      cut(endWhole, 0, (int) (end % SECTOR));
    }
    sectors.subMap(firstWhole, endWhole).clear();
  }

  private void cut(long number, int from, int to) {
    if (sectors.containsKey(number)) {
      byte[] sector = copyOf(number);
      Arrays.fill(sector, from, to, (byte) 0);
      sectors.put(number, sector);
    }
  }

  private byte[] copyOf(long number) {
    byte[] sector = sectors.get(number);
    return sector == null ? new byte[SECTOR] : sector.clone();
  }

  /** The first byte that is not zero at or after an offset, or -1. */
  public long nextNonZero(long offset) {
    for (Map.Entry<Long, byte[]> entry : sectors.tailMap(offset / SECTOR).entrySet()) {
      byte[] sector = entry.getValue();
      long at = entry.getKey() * SECTOR;
      for (int i = (int) Math.max(0, offset - at); i < SECTOR && at + i < size; i++) {
        if (sector[i] != 0) {
          return at + i;
        }
      }
    }
    return -1;
  }
}
