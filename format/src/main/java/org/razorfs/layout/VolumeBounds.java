package org.razorfs.layout;

/**
 * What the checks of single records need to know of their volume.
 *
 * @param dataStart the first byte that nodes and chunks may use
 * @param dataEnd the first byte that they may not use any more, the backup superblock's
 * @param nodeSize the largest length of a node
 * @param generation nothing in the trees is younger
 * @param nextInode no inode number reaches this
 * @param nextString no string id reaches this
 * @param nextGeneration no inode generation reaches this
 */
public record VolumeBounds(
    long dataStart,
    long dataEnd,
    int nodeSize,
    long generation,
    long nextInode,
    long nextString,
    long nextGeneration) {

  /** The bounds for everything that the trees of a superblock hold. */
  public static VolumeBounds of(Superblock superblock) {
    Superblock.Identity identity = superblock.identity();
    return new VolumeBounds(
        identity.dataStart(),
        identity.backupAddress(),
        identity.nodeSize(),
        superblock.generation(),
        superblock.nextInode(),
        superblock.nextString(),
        superblock.nextGeneration());
  }

  /**
   * The bounds for what the journal after that superblock holds: it may have used more numbers, and
   * be of any later generation.
   */
  public static VolumeBounds ofJournal(Superblock superblock) {
    VolumeBounds bounds = of(superblock);
    return new VolumeBounds(
        bounds.dataStart,
        bounds.dataEnd,
        bounds.nodeSize,
        Long.MAX_VALUE,
        Geometry.MAX_OBJECT,
        Geometry.MAX_OBJECT,
        Long.MAX_VALUE);
  }

  /** Whether {@code length} bytes at {@code address} are whole units of the data area. */
  public boolean holds(long address, long length) {
    return address % Geometry.UNIT == 0
        && length % Geometry.UNIT == 0
        && length > 0
        && address >= dataStart
        && address <= dataEnd - length;
  }

  boolean isInode(long inode) {
    return inode >= Geometry.ROOT_INODE && inode < nextInode;
  }

  boolean isString(long id) {
    return id > 0 && id < nextString;
  }

  boolean isBirth(long birth) {
    return birth > 0 && birth <= generation;
  }

  /** The address of what has no unit in this volume, for messages. */
  String area() {
    return "whole units from " + dataStart + " to " + dataEnd;
  }
}
