package org.razorfs.crash;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.razorfs.model.posix.Content;
import org.razorfs.model.posix.SparseBytes;

/**
 * What a file may hold after a crash: for each sector the versions that it had since its data was
 * last durable, and the sizes that these can be seen through. Built by replaying what happened.
 *
 * <p>Sizes follow the data that they cover. Where a sector lies within the file in one of its
 * versions it may be seen in that version; where it lay beyond the end it may not be seen at all,
 * so that a size which runs ahead of its data is noticed.
 */
public final class AllowedContent {
  private static final int SECTOR = Content.SECTOR;

  /** One version of a sector, of which the first {@code valid} bytes are within the file. */
  private record Piece(byte[] bytes, int valid) {
    boolean holds(byte[] actual, int from, int length) {
      return valid >= length && Arrays.equals(bytes, 0, length, actual, from, from + length);
    }
  }

  private record Interval(long from, long to) {}

  private static final byte[] ZEROS = new byte[SECTOR];

  private final TreeMap<Long, List<Piece>> sectors = new TreeMap<>();
  private List<Interval> sizes = new ArrayList<>();
  private final SparseBytes base;
  private long trueSize;

  /** Begins with what is known to be durable. */
  AllowedContent(SparseBytes base) {
    this.base = base;
    this.trueSize = base.size();
    sizes.add(new Interval(trueSize, trueSize));
    know(base);
  }

  /** Watches the sectors that a later version has; before any change is replayed. */
  void know(SparseBytes version) {
    for (Long number : version.sectors().keySet()) {
      sectors.computeIfAbsent(
          number,
          n -> {
            List<Piece> pieces = new ArrayList<>();
            Piece piece = piece(base, n);
            if (piece.valid > 0) {
              pieces.add(piece);
            }
            return pieces;
          });
    }
  }

  private static Piece piece(SparseBytes version, long number) {
    byte[] bytes = version.sectors().getOrDefault(number, ZEROS);
    long valid = Math.max(0, Math.min(SECTOR, version.size() - number * SECTOR));
    return new Piece(bytes, (int) valid);
  }

  /** The size was set: what lies beyond is gone for good. */
  void cut(long size) {
    sectors.forEach(
        (number, pieces) -> {
          long in = size - number * SECTOR;
          if (in < SECTOR) {
            int keep = (int) Math.max(0, in);
            pieces.replaceAll(
                p -> new Piece(cleared(p.bytes, keep, SECTOR), Math.min(p.valid, keep)));
            pieces.removeIf(p -> p.valid == 0);
          }
        });
    List<Interval> capped = new ArrayList<>();
    for (Interval i : sizes) {
      capped.add(new Interval(Math.min(i.from, size), Math.min(i.to, size)));
    }
    capped.add(new Interval(size, size));
    sizes = capped;
    if (size > trueSize) {
      extend(trueSize);
    }
    trueSize = size;
  }

  /** A range was made zero for good. */
  void zero(long offset, long length) {
    sectors
        .subMap(offset / SECTOR, (offset + length + SECTOR - 1) / SECTOR)
        .forEach(
            (number, pieces) -> {
              int from = (int) Math.max(0, offset - number * SECTOR);
              int to = (int) Math.min(SECTOR, offset + length - number * SECTOR);
              pieces.replaceAll(p -> new Piece(cleared(p.bytes, from, to), p.valid));
            });
  }

  private static byte[] cleared(byte[] bytes, int from, int to) {
    byte[] copy = bytes.clone();
    Arrays.fill(copy, from, to, (byte) 0);
    return copy;
  }

  /** The content became this. */
  void add(SparseBytes version) {
    if (version.size() > trueSize) {
      sizes.add(new Interval(trueSize, version.size()));
      extend(trueSize);
    }
    sectors.forEach(
        (number, pieces) -> {
          Piece piece = piece(version, number);
          if (piece.valid > 0 && !pieces.contains(piece)) {
            for (Piece p : pieces) {
              if (p.valid == piece.valid && Arrays.equals(p.bytes, piece.bytes)) {
                return;
              }
            }
            pieces.add(piece);
          }
        });
    trueSize = version.size();
  }

  /** Growth shows the rest of the last sector, as zeros, whichever version of it is stored. */
  private void extend(long oldSize) {
    List<Piece> pieces = sectors.get(oldSize / SECTOR);
    int valid = (int) (oldSize % SECTOR);
    if (pieces != null && valid > 0) {
      for (Piece p : List.copyOf(pieces)) {
        if (p.valid == valid) {
          pieces.add(new Piece(cleared(p.bytes, valid, SECTOR), SECTOR));
        }
      }
    }
  }

  /** Why the file can't have this size, or null. */
  public String checkSize(long size) {
    for (Interval i : sizes) {
      if (i.from <= size && size <= i.to) {
        return null;
      }
    }
    return "size " + size + " is none of " + sizes;
  }

  /** A range of the file. */
  record Range(long from, long to) {}

  /** Where a file of {@code size} bytes is to be looked at: everywhere, or where data ever was. */
  List<Range> places(long size, long everywhere) {
    if (size <= everywhere) {
      return List.of(new Range(0, size));
    }
    List<Range> places = new ArrayList<>();
    for (long number : sectors.keySet()) {
      long from = number * SECTOR;
      long to = Math.min(from + SECTOR, size);
      Range last = places.isEmpty() ? null : places.get(places.size() - 1);
      if (last != null && last.to == from) {
        places.set(places.size() - 1, new Range(last.from, Math.max(from, to)));
      } else if (from < to) {
        places.add(new Range(from, to));
      }
    }
    return places;
  }

  /** Why the file of {@code size} bytes can't hold these at {@code offset}, or null. */
  public String checkBytes(long size, long offset, byte[] actual) {
    for (int at = 0; at < actual.length; at += SECTOR) {
      int length = Math.min(SECTOR, actual.length - at);
      long number = (offset + at) / SECTOR;
      List<Piece> pieces = sectors.get(number);
      if (pieces == null) {
        if (!Arrays.equals(ZEROS, 0, length, actual, at, at + length)) {
          return "sector "
              + number
              + " holds "
              + Content.describe(actual, at, length)
              + " where nothing was ever written";
        }
        continue;
      }
      boolean found = false;
      for (int i = pieces.size() - 1; i >= 0 && !found; i--) {
        found = pieces.get(i).holds(actual, at, length);
      }
      if (!found) {
        return "sector "
            + number
            + " of a file of "
            + size
            + " bytes holds "
            + Content.describe(actual, at, length)
            + ", allowed were "
            + describe(pieces, length);
      }
    }
    return null;
  }

  private static List<String> describe(List<Piece> pieces, int length) {
    List<String> texts = new ArrayList<>();
    for (Piece p : pieces) {
      texts.add(Content.describe(p.bytes, 0, length) + (p.valid < length ? " for " + p.valid : ""));
    }
    return texts;
  }

  /** For messages. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("sizes " + sizes);
    for (Map.Entry<Long, List<Piece>> entry : sectors.entrySet()) {
      text.append(' ').append(entry.getKey()).append('x').append(entry.getValue().size());
    }
    return text.toString();
  }
}
