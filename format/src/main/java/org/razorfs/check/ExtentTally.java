package org.razorfs.check;

import org.razorfs.extent.ExtentEditor;
import org.razorfs.layout.ExtentRecord;
import org.razorfs.layout.InodeRecord;
import org.razorfs.layout.Invariant;

/**
 * The rules that the extents of one inode keep together, whether they come from the trees or
 * through the journal: order, the size, the units, and the target of a symbolic link.
 */
final class ExtentTally {
  private final Reporter reporter;
  private String location = "";
  private long end;
  private long written;
  private long gap;
  private long units;
  private boolean zero;

  ExtentTally(Reporter reporter) {
    this.reporter = reporter;
  }

  /** Forgets the inode before; {@code where} names the next. */
  void begin(String where) {
    location = where;
    end = 0;
    written = 0;
    gap = 0;
    units = 0;
    zero = false;
  }

  /** The next extent in the order of offsets. */
  void add(long offset, ExtentRecord extent) {
    if (offset < end) {
      reporter.add(
          Invariant.EXT_7,
          location,
          "extent at " + offset + " begins before " + end + ", where the one before ends");
    }
    gap += Math.max(0, offset - end);
    end = Math.max(end, offset + extent.length());
    units += ExtentEditor.units(extent);
    if (!(extent instanceof ExtentRecord.Reserved)) {
      written = offset + extent.length();
    }
    if (extent instanceof ExtentRecord.Inline inline) {
      for (byte b : inline.bytes()) {
        zero |= b == 0;
      }
    }
  }

  /**
   * Judges what was added.
   *
   * @param truncating whether the inode may still have extents beyond its size
   */
  void end(InodeRecord inode, boolean truncating) {
    if (units != inode.units()) {
      reporter.add(
          Invariant.INO_13, location, "expected " + units + " units, got " + inode.units());
    }
    if (inode.isSymlink()) {
      if (written != inode.size() || gap > 0 || zero) {
        reporter.add(
            Invariant.INO_15,
            location,
            "expected a target of "
                + inode.size()
                + " bytes, got "
                + (zero ? "zeros in it" : written - gap + " up to " + written));
      }
    } else if (inode.isRegular()) {
      if (written > inode.size() && !truncating) {
        reporter.add(
            Invariant.EXT_8,
            location,
            "expected extents up to " + inode.size() + ", got some up to " + written);
      }
    } else if (end > 0) {
      reporter.add(Invariant.EXT_9, location, "has extents and is no file");
    }
  }
}
