package org.razorfs.check;

import org.razorfs.layout.Geometry;
import org.razorfs.layout.Invariant;
import org.razorfs.wire.Bytes;

/** The rules that the pieces of the extended attributes of one inode keep together, spec §5.9. */
final class XattrTally {
  private final Reporter reporter;
  private final StringIndex strings;
  private final int wholePiece;
  private String location = "";
  private long name;
  private int pieces;
  private long declared;
  private long got;
  private boolean broken;
  private long total;
  private boolean any;
  private boolean doubtful;

  XattrTally(Reporter reporter, StringIndex strings, int nodeSize) {
    this.reporter = reporter;
    this.strings = strings;
    this.wholePiece = Geometry.maxValue(nodeSize);
  }

  /** Forgets the inode before; {@code where} names the next. */
  void begin(String where) {
    location = where;
    name = 0;
    total = 0;
    any = false;
    doubtful = false;
  }

  /** Pieces of this inode may be missing because they can't be read. */
  void doubt() {
    doubtful = true;
  }

  /** The next piece in the order of keys. */
  void add(long lo, byte[] bytes, int from, int length) {
    any = true;
    if (lo >>> 8 != name) {
      endAttribute();
      beginAttribute(lo >>> 8);
    }
    int piece = (int) lo & 0xff;
    if (piece != pieces || (piece > 0 && got % wholePiece != 0)) {
      broken = true;
    }
    if (piece == 0) {
      declared = Bytes.u32(bytes, from) + Integer.BYTES;
    }
    pieces = piece + 1;
    got += length;
    broken |= length > wholePiece;
  }

  private void beginAttribute(long id) {
    name = id;
    pieces = 0;
    declared = 0;
    got = 0;
    broken = false;
    int string = strings.indexOf(id);
    if (string >= 0) {
      strings.use(string);
      total += strings.length(string);
    }
    if (string < 0 ? strings.isWhole() : !strings.has(string, StringIndex.ATTRIBUTE_NAME)) {
      reporter.add(
          Invariant.XAT_2,
          location,
          "expected an attribute's name, got " + (string < 0 ? "no string " : "string ") + id);
    }
  }

  private void endAttribute() {
    if (name == 0) {
      return;
    }
    if ((broken || got != declared) && !doubtful) {
      reporter.add(
          Invariant.XAT_1,
          location + ", attribute with name " + name,
          "expected whole pieces from 0 of " + declared + " bytes, got " + got);
    }
    total += Math.max(0, got - Integer.BYTES);
    name = 0;
  }

  /** Judges what was added; false where there was nothing. */
  boolean end() {
    endAttribute();
    if (total > Geometry.MAX_XATTRS) {
      reporter.add(
          Invariant.XAT_3,
          location,
          "expected at most " + Geometry.MAX_XATTRS + " bytes of attributes, got " + total);
    }
    return any;
  }
}
