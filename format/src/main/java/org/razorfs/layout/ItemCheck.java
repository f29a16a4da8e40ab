package org.razorfs.layout;

import java.util.List;
import org.razorfs.fault.CorruptImageException;
import org.razorfs.wire.ByteSource;

/**
 * Judges one tree item, key and value, by itself: the invariants of scope RECORD for inodes,
 * entries, attributes, extents, orphans, strings, shared chunks and segments.
 */
public final class ItemCheck {
  private ItemCheck() {}

  /**
   * Judges the item with key (hi, lo) whose value is {@code bytes[from, from + length)}.
   *
   * @param tree the tree that it was found in
   */
  public static List<Violation> check(
      TreeId tree, long hi, long lo, byte[] bytes, int from, int length, VolumeBounds bounds) {
    String location = "item " + Keys.toString(hi, lo);
    Findings findings = new Findings(location);
    int type = Keys.type(hi);
    if (!tree.holds(type)) {
      findings.expect(false, Invariant.TREE_8, "an item type of tree " + tree, type);
      return findings.list();
    }
    long object = Keys.object(hi);
    ByteSource value = new ByteSource(bytes, from, length, location);
    switch (type) {
      case Keys.INODE -> inode(findings, object, lo, value, bounds);
      case Keys.XATTR -> xattr(findings, object, lo, length, bounds);
      case Keys.DIRENT -> dirent(findings, object, lo, value, bounds);
      case Keys.EXTENT -> extent(findings, object, lo, bytes, from, length, bounds);
      case Keys.ORPHAN -> orphan(findings, object, lo, value, bounds);
      case Keys.STRING -> string(findings, object, lo, value, bounds);
      case Keys.STRING_HASH -> {
        findings.expect(bounds.isString(lo), Invariant.STR_2, "a string id", lo);
        findings.expect(length == 0, Invariant.STR_2, "no value", length + " bytes");
      }
      case Keys.CHUNK -> chunk(findings, object, lo, value, bounds);
      case Keys.SEGMENT -> segment(findings, object, lo, value, bounds);
      default -> throw new AssertionError(type);
    }
    return findings.list();
  }

  private static void inode(
      Findings findings, long inode, long lo, ByteSource value, VolumeBounds bounds) {
    findings.expect(
        bounds.isInode(inode) && lo == 0 && value.remaining() == InodeRecord.SIZE,
        Invariant.INO_1,
        InodeRecord.SIZE + " bytes at lo 0 of an inode from 1 below " + bounds.nextInode(),
        value.remaining() + " bytes");
    try {
      inode(findings, InodeRecord.decode(value), bounds);
    } catch (CorruptImageException e) {
      findings.decoding(Invariant.INO_1, e);
    }
  }

  /** Judges an inode's fields. */
  static void inode(Findings findings, InodeRecord inode, VolumeBounds bounds) {
    findings.expect(
        inode.hasLegalMode(),
        Invariant.INO_2,
        "a mode of a known file type",
        Integer.toOctalString(inode.mode()));
    findings.expect(
        inode.hasLegalTimes(), Invariant.INO_3, "nanoseconds below 10^9 in every time", inode);
    findings.expect(
        inode.hasLegalCounts(),
        Invariant.INO_4,
        "a size and link count for type " + Integer.toOctalString(inode.type()),
        inode.size() + ", " + inode.nlink());
    findings.expect(
        inode.generation() > 0 && inode.generation() < bounds.nextGeneration(),
        Invariant.INO_5,
        "a generation from 1 below " + bounds.nextGeneration(),
        inode.generation());
    findings.expect(
        switch (inode.type()) {
          case FileType.DIRECTORY -> bounds.isInode(inode.link());
          case FileType.BLOCK, FileType.CHARACTER -> true;
          default -> inode.link() == 0;
        },
        Invariant.INO_6,
        "a link for type " + Integer.toOctalString(inode.type()),
        inode.link());
    findings.expect(
        (inode.flags() & ~InodeRecord.FLAGS) == 0,
        Invariant.INO_7,
        "flags within " + Integer.toHexString(InodeRecord.FLAGS),
        Integer.toHexString(inode.flags()));
  }

  private static void xattr(
      Findings findings, long inode, long lo, int length, VolumeBounds bounds) {
    int piece = (int) lo & 0xff;
    findings.expect(
        bounds.isInode(inode) && bounds.isString(lo >>> 8),
        Invariant.XAT_4,
        "an inode and a name",
        "inode " + inode + ", string " + (lo >>> 8));
    findings.expect(
        length >= (piece == 0 ? Integer.BYTES : 1),
        Invariant.XAT_4,
        "a piece with content",
        length + " bytes");
  }

  private static void dirent(
      Findings findings, long directory, long name, ByteSource value, VolumeBounds bounds) {
    findings.expect(
        bounds.isInode(directory) && value.remaining() == DirentRecord.SIZE,
        Invariant.DIR_1,
        DirentRecord.SIZE + " bytes in an inode from 1 below " + bounds.nextInode(),
        value.remaining() + " bytes");
    try {
      dirent(findings, name, DirentRecord.decode(value), bounds);
    } catch (CorruptImageException e) {
      findings.decoding(Invariant.DIR_1, e);
    }
  }

  /** Judges a directory entry's fields. */
  static void dirent(Findings findings, long name, DirentRecord entry, VolumeBounds bounds) {
    findings.expect(
        bounds.isString(name), Invariant.DIR_1, "a name below " + bounds.nextString(), name);
    findings.expect(
        bounds.isInode(entry.inode()),
        Invariant.DIR_1,
        "an inode from 1 below " + bounds.nextInode(),
        entry.inode());
    findings.expect(
        entry.type() <= 15 && FileType.isKnown(entry.type() << 12),
        Invariant.DIR_1,
        "the code of a file type",
        entry.type());
  }

  private static void extent(
      Findings findings,
      long inode,
      long offset,
      byte[] bytes,
      int from,
      int length,
      VolumeBounds bounds) {
    findings.expect(
        bounds.isInode(inode),
        Invariant.EXT_1,
        "an inode from 1 below " + bounds.nextInode(),
        inode);
    try {
      extent(findings, offset, bytes, from, length, bounds);
    } catch (CorruptImageException e) {
      int kind = length == 0 ? 0 : bytes[from];
      boolean known = kind >= ExtentRecord.CHUNK && kind <= ExtentRecord.RESERVED;
      findings.decoding(known ? Invariant.EXT_2 : Invariant.EXT_1, e);
    }
  }

  private static void extent(
      Findings findings, long offset, byte[] bytes, int from, int length, VolumeBounds bounds)
      throws CorruptImageException {
    ExtentRecord extent =
        ExtentRecord.decode(new ByteSource(bytes, from, length, "extent at", offset));
    byte[] canonical = extent.toBytes();
    findings.expect(
        canonical.length == length,
        Invariant.EXT_1,
        canonical.length + " bytes for its kind",
        length);
    if (canonical.length == length) {
      for (int i = 0; i < length; i++) {
        if (canonical[i] != bytes[from + i]) {
          findings.expect(false, Invariant.EXT_4, "zeros in reserved places", "others at " + i);
          break;
        }
      }
    }
    extent(findings, offset, extent, bounds);
  }

  /** Judges an extent's fields beyond what decoding it did. */
  static void extent(Findings findings, long offset, ExtentRecord extent, VolumeBounds bounds) {
    findings.expect(
        extent.isLegalAt(offset),
        Invariant.EXT_6,
        "an end below 2^63",
        Long.toUnsignedString(offset) + "+" + extent.length());
    if (extent instanceof ExtentRecord.Chunk chunk) {
      findings.expect(
          CodecIds.isCodec(chunk.codec())
              && (chunk.codec() == CodecIds.NONE) == (chunk.stored() == chunk.logical()),
          Invariant.EXT_3,
          "a codec that fits the lengths",
          chunk);
      findings.expect(
          bounds.holds(chunk.address(), Geometry.roundUp(chunk.stored()))
              && bounds.isBirth(chunk.birth()),
          Invariant.EXT_5,
          bounds.area() + ", of generation 1 to " + bounds.generation(),
          chunk);
    }
  }

  private static void orphan(
      Findings findings, long object, long inode, ByteSource value, VolumeBounds bounds) {
    findings.expect(
        object == 0 && bounds.isInode(inode) && inode != Geometry.ROOT_INODE,
        Invariant.ORP_1,
        "an inode from 2 below " + bounds.nextInode(),
        inode);
    int length = value.remaining();
    if (length == 0) {
      return;
    }
    String expected = "no value, or a range to clear or promise";
    if (length != OrphanRecord.RANGE_SIZE) {
      findings.expect(false, Invariant.ORP_1, expected, length + " bytes");
      return;
    }
    try {
      OrphanRecord range = OrphanRecord.decodeRange(value);
      findings.expect(range.isLegal(), Invariant.ORP_1, expected, range);
    } catch (CorruptImageException e) {
      findings.expect(false, Invariant.ORP_1, e.expected(), e.actual());
    }
  }

  private static void string(
      Findings findings, long object, long id, ByteSource value, VolumeBounds bounds) {
    findings.expect(
        object == 0 && bounds.isString(id),
        Invariant.STR_1,
        "an id from 1 below " + bounds.nextString(),
        id);
    try {
      StringRecord string = StringRecord.decode(value);
      findings.expect(
          string.references() > 0, Invariant.STR_1, "references from 1", string.references());
      findings.expect(
          isName(string.name()),
          Invariant.STR_1,
          "1 to " + Geometry.MAX_NAME + " bytes without NUL",
          string.name().length + " bytes");
    } catch (CorruptImageException e) {
      findings.decoding(Invariant.STR_1, e);
    }
  }

  static boolean isName(byte[] name) {
    for (byte b : name) {
      if (b == 0) {
        return false;
      }
    }
    return name.length > 0 && name.length <= Geometry.MAX_NAME;
  }

  private static void chunk(
      Findings findings, long object, long address, ByteSource value, VolumeBounds bounds) {
    try {
      ChunkRecord chunk = ChunkRecord.decode(value);
      findings.expect(
          object == 0
              && chunk.stored() > 0
              && chunk.stored() <= Geometry.MAX_CHUNK
              && bounds.holds(address, Geometry.roundUp(chunk.stored())),
          Invariant.CHK_1,
          "1 to " + Geometry.MAX_CHUNK + " bytes in " + bounds.area(),
          chunk.stored() + " bytes");
      findings.expect(
          chunk.references() > 0 && chunk.live() >= chunk.references(),
          Invariant.CHK_1,
          "references from 1, each of at least 1 byte",
          chunk.references() + " of " + chunk.live());
    } catch (CorruptImageException e) {
      findings.decoding(Invariant.CHK_1, e);
    }
  }

  private static void segment(
      Findings findings, long object, long segment, ByteSource value, VolumeBounds bounds) {
    long volumeUnits = (bounds.dataEnd() + Geometry.SUPERBLOCK) / Geometry.UNIT;
    long segments = (volumeUnits + Geometry.SEGMENT_UNITS - 1) / Geometry.SEGMENT_UNITS;
    boolean inside = object == 0 && segment >= 0 && segment < segments;
    findings.expect(inside, Invariant.SEG_1, "a segment below " + segments, segment);
    try {
      long[] used = SegmentRecord.decode(value);
      findings.expect(value.remaining() == 0, Invariant.SEG_1, "no more bytes", value.remaining());
      long from = inside ? volumeUnits - segment * Geometry.SEGMENT_UNITS : Long.MAX_VALUE;
      for (long unit = from; unit < Geometry.SEGMENT_UNITS; unit++) {
        if ((used[(int) unit >>> 6] & 1L << unit) == 0) {
          findings.expect(false, Invariant.SEG_2, "units from " + from + " in use", unit);
          break;
        }
      }
    } catch (CorruptImageException e) {
      findings.decoding(Invariant.SEG_1, e);
    }
  }
}
