package org.razorfs.layout;

/**
 * Keys of tree items, spec §5.2: two unsigned 64-bit words, {@code hi = object << 8 | type} and
 * {@code lo}, compared as (hi, lo).
 */
public final class Keys {
  /** An inode: object = inode number, lo = 0, value {@link InodeRecord}. */
  public static final int INODE = 1;

  /** A piece of an extended attribute: lo = name's string id << 8 | piece. */
  public static final int XATTR = 2;

  /** A directory entry: object = directory, lo = name's string id, value {@link DirentRecord}. */
  public static final int DIRENT = 3;

  /** A range of file data: lo = logical offset, value {@link ExtentRecord}. */
  public static final int EXTENT = 4;

  /** An inode without names that awaits deletion: object 0, lo = inode number, no value. */
  public static final int ORPHAN = 5;

  /** A name: object 0, lo = string id, value {@link StringRecord}. */
  public static final int STRING = 6;

  /** An index entry of the string table: object = hash >>> 8, lo = string id, no value. */
  public static final int STRING_HASH = 7;

  /** A shared chunk: object 0, lo = its address, value {@link ChunkRecord}. */
  public static final int CHUNK = 8;

  /** A segment of the volume: object 0, lo = segment number, value {@link SegmentRecord}. */
  public static final int SEGMENT = 9;

  private Keys() {}

  /** The first word of a key. */
  public static long hi(long object, int type) {
    return object << 8 | type;
  }

  /** Whether a key has room for an object, such as an inode number, and is not that of another. */
  public static boolean isObject(long number) {
    return number >>> 56 == 0;
  }

  /** The object of a key's first word. */
  public static long object(long hi) {
    return hi >>> 8;
  }

  /** The item type of a key's first word. */
  public static int type(long hi) {
    return (int) hi & 0xff;
  }

  /** The first word of the string index's key for a 64-bit hash. */
  public static long hashHi(long hash) {
    return (hash & ~0xffL) | STRING_HASH;
  }

  /** Negative, zero or positive as key 1 is less than, equal to or greater than key 2. */
  public static int compare(long hi1, long lo1, long hi2, long lo2) {
    return hi1 == hi2 ? Long.compareUnsigned(lo1, lo2) : Long.compareUnsigned(hi1, hi2);
  }

  /** A key as messages show it. */
  public static String toString(long hi, long lo) {
    return "("
        + Long.toUnsignedString(object(hi))
        + ", "
        + typeName(type(hi))
        + ", "
        + Long.toUnsignedString(lo)
        + ")";
  }

  private static String typeName(int type) {
    return switch (type) {
      case INODE -> "INODE";
      case XATTR -> "XATTR";
      case DIRENT -> "DIRENT";
      case EXTENT -> "EXTENT";
      case ORPHAN -> "ORPHAN";
      case STRING -> "STRING";
      case STRING_HASH -> "STRING_HASH";
      case CHUNK -> "CHUNK";
      case SEGMENT -> "SEGMENT";
      default -> "type " + type;
    };
  }
}
