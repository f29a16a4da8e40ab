package org.razorfs.check;

import org.razorfs.fault.CorruptImageException;
import org.razorfs.layout.ExtentRecord;
import org.razorfs.layout.FileType;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.InodeRecord;
import org.razorfs.layout.Invariant;
import org.razorfs.layout.Keys;
import org.razorfs.layout.Node;
import org.razorfs.tree.KeyRange;
import org.razorfs.wire.ByteSource;

/**
 * Pass 4, spec §5.3, §5.5, §5.9 and §5.10. Checks for each inode what its own items tell: size,
 * units, flags, attributes, extents; that each item belongs to an inode; and the orphans. Learns
 * all inodes, which passes 5 and later need, where chunks lie, and the volume's totals. Needs the
 * names and the shared chunks; takes its items from pass 3, one inode at a time.
 */
final class InodePass implements ItemVisitor {
  private final Reporter reporter;
  private final UnitMap units;
  private final ChunkIndex chunks;
  private final InodeTable inodes = new InodeTable();
  private final ExtentTally extentTally;
  private final XattrTally xattrTally;
  private final Sums sums = new Sums();

  /** Objects up to this may lack items that could not be read. */
  private long lostUpTo = -1;

  private boolean orphansWhole = true;

  // Of the inode whose items are coming.
  private long current;
  private String location = "";
  private InodeRecord record;
  private boolean known;
  private boolean doubtful;
  private long entries;

  /** What all inodes have together. */
  static final class Sums {
    private long symlinks;
    private long entries;
    private long extents;
    private long chunks;
    private long reservedUnits;
    private long logicalBytes;
    private long storedBytes;

    long symlinks() {
      return symlinks;
    }

    long entries() {
      return entries;
    }

    long extents() {
      return extents;
    }

    /** Chunks that are not shared. */
    long chunks() {
      return chunks;
    }

    long reservedUnits() {
      return reservedUnits;
    }

    long logicalBytes() {
      return logicalBytes;
    }

    /** The stored bytes of chunks that are not shared. */
    long storedBytes() {
      return storedBytes;
    }
  }

  InodePass(Subject subject, UnitMap units, StringIndex strings, ChunkIndex chunks) {
    this.reporter = subject.reporter();
    this.units = units;
    this.chunks = chunks;
    this.extentTally = new ExtentTally(reporter);
    this.xattrTally = new XattrTally(reporter, strings, subject.bounds().nodeSize());
  }

  /** The inodes, complete once all items have been taken. */
  InodeTable inodes() {
    return inodes;
  }

  Sums sums() {
    return sums;
  }

  @Override
  public void item(Node leaf, int index, boolean sound) throws CorruptImageException {
    long object = Keys.object(leaf.hi(index));
    int type = Keys.type(leaf.hi(index));
    if (!sound) {
      inodes.incomplete();
    }
    if (type == Keys.ORPHAN) {
      orphansWhole &= sound;
      if (sound) {
        inodes.addOrphan(leaf.lo(index));
      }
      return;
    }
    if (object != current) {
      finish();
      begin(object);
    }
    if (!sound) {
      doubt();
    }
    int from = leaf.valueAt(index);
    int length = leaf.valueLength(index);
    switch (type) {
      case Keys.INODE -> inode(sound, new ByteSource(leaf.array(), from, length, location));
      case Keys.XATTR -> {
        if (sound) {
          xattrTally.add(leaf.lo(index), leaf.array(), from, length);
        }
      }
      case Keys.DIRENT -> {
        entries++;
        sums.entries++;
      }
      case Keys.EXTENT -> {
        if (sound) {
          extent(
              leaf.lo(index),
              ExtentRecord.decode(new ByteSource(leaf.array(), from, length, location)));
        }
      }
      default -> {}
    }
  }

  @Override
  public void lost(KeyRange keys) {
    inodes.incomplete();
    long from = Keys.object(keys.hi());
    orphansWhole &= from > 0;
    if (from == current) {
      doubt();
    }
    lostUpTo = keys.bounded() ? Keys.object(keys.upperHi()) : Long.MAX_VALUE;
  }

  @Override
  public void end() {
    finish();
    int root = inodes.indexOf(Geometry.ROOT_INODE);
    if (root < 0 && inodes.isWhole()) {
      reporter.add(Invariant.INO_10, "inode " + Geometry.ROOT_INODE, "does not exist");
    }
    Numbers orphans = inodes.orphans();
    for (int i = 0; i < orphans.size(); i++) {
      if (inodes.isWhole() && inodes.indexOf(orphans.get(i)) < 0) {
        reporter.add(Invariant.ORP_2, "orphan " + orphans.get(i), "expected an inode, got none");
      }
    }
  }

  private void begin(long object) {
    current = object;
    location = "inode " + object;
    record = null;
    known = false;
    doubtful = false;
    entries = 0;
    extentTally.begin(location);
    xattrTally.begin(location);
    if (object <= lostUpTo) {
      doubt();
    }
  }

  /** Items of the current inode may be missing because they can't be read. */
  private void doubt() {
    doubtful = true;
    xattrTally.doubt();
  }

  private void inode(boolean sound, ByteSource value) throws CorruptImageException {
    known = true;
    if (!sound) {
      if (current > 0) {
        inodes.addUnknown(current);
      }
      return;
    }
    record = InodeRecord.decode(value);
    inodes.add(current, record);
    sums.symlinks += record.isSymlink() ? 1 : 0;
    if (current == Geometry.ROOT_INODE) {
      if (!record.isDirectory() || record.link() != Geometry.ROOT_INODE) {
        reporter.add(
            Invariant.INO_10,
            location,
            "expected a directory that is its own parent, got mode "
                + Integer.toOctalString(record.mode())
                + ", link "
                + record.link());
      }
    }
    boolean orphan = inodes.isOrphan(inodes.size() - 1);
    if (record.nlink() == 0 && !orphan && orphansWhole) {
      reporter.add(
          Invariant.INO_8, location, "has a link count of 0 and is not on the orphan list");
    }
    if (record.nlink() > 0 && orphan && !record.isRegular()) {
      reporter.add(
          Invariant.ORP_2,
          location,
          "is on the orphan list, has " + record.nlink() + " links and cannot be truncated");
    }
  }

  private void extent(long offset, ExtentRecord extent) {
    sums.extents++;
    extentTally.add(offset, extent);
    if (extent instanceof ExtentRecord.Reserved reserved) {
      sums.reservedUnits += Geometry.units(reserved.length());
      return;
    }
    sums.logicalBytes += extent.length();
    if (extent instanceof ExtentRecord.Chunk chunk) {
      chunk(offset, chunk);
    }
  }

  private void chunk(long offset, ExtentRecord.Chunk chunk) {
    int shared = chunks.indexOf(chunk.address());
    boolean listed = shared >= 0;
    if (listed != chunk.shared() && (listed || chunks.isWhole())) {
      inodes.incomplete();
      reporter.add(
          Invariant.EXT_11,
          location + ", extent at " + offset,
          listed
              ? "is not marked as shared, but CHUNKS has its chunk at " + chunk.address()
              : "is marked as shared, but CHUNKS has no chunk at " + chunk.address());
    }
    if (listed) {
      share(offset, chunk, shared);
    } else if (!chunk.shared()) {
      sums.chunks++;
      sums.storedBytes += chunk.stored();
      long twice = units.mark(chunk.address(), Geometry.roundUp(chunk.stored()));
      if (twice >= 0) {
        reporter.add(
            Invariant.TREE_9,
            location + ", extent at " + offset,
            "the unit at " + twice + " of its chunk belongs to something else, too");
      }
    }
  }

  private void share(long offset, ExtentRecord.Chunk chunk, int shared) {
    if (chunk.stored() != chunks.stored(shared)) {
      reporter.add(
          Invariant.CHK_3,
          "shared chunk at " + chunk.address(),
          "expected "
              + chunk.stored()
              + " stored bytes as in inode "
              + current
              + " at "
              + offset
              + ", got "
              + chunks.stored(shared));
    }
    if (!chunks.refer(shared, chunk)) {
      reporter.add(
          Invariant.EXT_12,
          location + ", extent at " + offset,
          "describes the chunk at " + chunk.address() + " otherwise than another extent");
    }
  }

  private void finish() {
    if (current == 0) {
      return;
    }
    boolean attributes = xattrTally.end();
    if (!known && !doubtful) {
      reporter.add(Invariant.INO_14, location, "has items but does not exist");
    }
    if (record == null) {
      return;
    }
    if (attributes && !record.has(InodeRecord.HAS_XATTRS)) {
      reporter.add(Invariant.INO_11, location, "has attributes without the flag that says so");
    }
    if (entries > 0 && !record.isDirectory()) {
      reporter.add(Invariant.DIR_2, location, "has " + entries + " entries and is no directory");
    }
    if (doubtful) {
      return;
    }
    boolean orphan = inodes.isOrphan(inodes.size() - 1);
    extentTally.end(record, orphan);
    if (record.isDirectory() && record.size() != entries) {
      reporter.add(
          Invariant.INO_9, location, "expected a size of " + entries + ", got " + record.size());
    }
  }

  /** The name of a file type, for messages. */
  static String typeName(int code) {
    return switch (code << 12) {
      case FileType.FIFO -> "fifo";
      case FileType.CHARACTER -> "character device";
      case FileType.DIRECTORY -> "directory";
      case FileType.BLOCK -> "block device";
      case FileType.REGULAR -> "regular file";
      case FileType.SYMLINK -> "symbolic link";
      case FileType.SOCKET -> "socket";
      default -> "type " + code;
    };
  }
}
