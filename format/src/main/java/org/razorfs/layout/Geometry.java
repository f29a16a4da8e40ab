package org.razorfs.layout;

/** The fixed sizes and places of the format, spec §2; all in bytes unless named otherwise. */
public final class Geometry {
  /** The allocation unit. Every address is a multiple of it. */
  public static final int UNIT = 512;

  /** The span of one free-space bitmap. */
  public static final int SEGMENT = 4 << 20;

  /** Units in a whole segment. */
  public static final int SEGMENT_UNITS = SEGMENT / UNIT;

  /** The size of a superblock slot. */
  public static final int SUPERBLOCK = 4096;

  /** The address of superblock slot 1; slot 0 is at 0. */
  public static final long SLOT_1 = 32 << 10;

  /** Where the journal ring starts; everything before it is reserved for superblocks. */
  public static final long JOURNAL_START = 64 << 10;

  /** The largest logical length of a chunk of file data. */
  public static final int MAX_CHUNK = 128 << 10;

  public static final int MIN_NODE = 8 << 10;
  public static final int MAX_NODE = 64 << 10;
  public static final int DEFAULT_NODE = 16 << 10;

  public static final long MIN_VOLUME = 512 << 10;
  public static final long MAX_VOLUME = 64L << 40;
  public static final long MIN_JOURNAL = 64 << 10;
  public static final long MAX_JOURNAL = 1L << 30;

  public static final int MAX_NAME = 255;
  public static final int MAX_SYMLINK = 4095;

  /** All extended attribute values and names of one inode together. */
  public static final int MAX_XATTRS = 64 << 10;

  /** Inode numbers and string ids stay below this, so that a key has room for its item type. */
  public static final long MAX_OBJECT = 1L << 55;

  public static final long ROOT_INODE = 1;

  /** How many spare runs a superblock can list. */
  public static final int MAX_SPARES = 128;

  private Geometry() {}

  /**
   * The longest value of a tree item: a leaf always has room for three, and one holds an inline
   * extent of 4 KiB where nodes have the default size.
   */
  public static int maxValue(int nodeSize) {
    return nodeSize / 3 - 64;
  }

  /** The least size of a volume with nodes of this size: room for a checkpoint beside the last. */
  public static long minVolume(int nodeSize) {
    return Math.max(MIN_VOLUME, 32L * nodeSize);
  }

  /** {@code length} rounded up to whole units. */
  public static long roundUp(long length) {
    return (length + UNIT - 1) & -UNIT;
  }

  /** Whole units that hold {@code length} bytes. */
  public static long units(long length) {
    return (length + UNIT - 1) / UNIT;
  }
}
