package org.razorfs.transfer;

import java.util.ArrayList;
import java.util.List;

/** Where in a file there is data: pieces in rising order, holes between them. */
final class SparseMap {
  /** A piece; bytes. */
  record Piece(long offset, long length) {
    long end() {
      return offset + length;
    }
  }

  /** More are not worth the memory, nor does anything in use make them. */
  static final int MOST = 1_000_000;

  private final List<Piece> pieces = new ArrayList<>();
  private long bytes;

  /** The map of a file without holes. */
  static SparseMap whole(long size) {
    SparseMap map = new SparseMap();
    if (size > 0) {
      map.pieces.add(new Piece(0, size));
      map.bytes = size;
    }
    return map;
  }

  /** Adds a piece behind those that are there; an empty one says nothing. */
  void add(long offset, long length) throws DamagedArchiveException {
    if (length == 0) {
      return;
    }
    long least = pieces.isEmpty() ? 0 : pieces.get(pieces.size() - 1).end();
    if (offset < least || length < 0 || offset > Long.MAX_VALUE - length) {
      throw new DamagedArchiveException("a sparse file whose pieces are out of order");
    }
    if (pieces.size() == MOST) {
      throw new DamagedArchiveException("a sparse file of more than " + MOST + " pieces");
    }
    pieces.add(new Piece(offset, length));
    bytes += length;
  }

  List<Piece> pieces() {
    return pieces;
  }

  /** Bytes of data in all pieces. */
  long bytes() {
    return bytes;
  }

  /** Where the last piece ends. */
  long end() {
    return pieces.isEmpty() ? 0 : pieces.get(pieces.size() - 1).end();
  }
}
