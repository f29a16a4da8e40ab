package org.razorfs.check;

import java.io.IOException;
import java.util.Arrays;
import org.razorfs.fault.CorruptImageException;
import org.razorfs.layout.BlockPointer;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.Invariant;
import org.razorfs.layout.Keys;
import org.razorfs.layout.Node;
import org.razorfs.layout.SegmentRecord;
import org.razorfs.layout.Superblock;
import org.razorfs.layout.TreeId;
import org.razorfs.tree.KeyRange;
import org.razorfs.tree.TreeWalk;
import org.razorfs.wire.ByteSource;

/**
 * Pass 7, spec §5.7 and §5.8. Checks the counts of shared chunks against the extents, the FREE tree
 * against where things really lie, and the superblock's totals against all of it. Needs the map of
 * units, which can be freed afterwards, the shared chunks and the sums of pass 4; walks through
 * FREE a second time.
 */
final class SpacePass implements TreeWalk.Visitor {
  private static final String NAME = "space";
  private static final int WORDS = Geometry.SEGMENT_UNITS / Long.SIZE;
  private static final long[] NOTHING = new long[WORDS];

  private final Subject subject;
  private final Reporter reporter;
  private final UnitMap units;
  private final boolean complete;
  private final long volumeUnits;
  private long nextSegment;
  private long free;
  private boolean freeWhole = true;

  /**
   * @param complete whether everything that lies somewhere is in the map
   */
  SpacePass(Subject subject, UnitMap units, boolean complete) {
    this.subject = subject;
    this.reporter = subject.reporter();
    this.units = units;
    this.complete = complete;
    this.volumeUnits = subject.superblock().identity().volumeSize() / Geometry.UNIT;
    this.free = volumeUnits;
  }

  /** Marks what lies outside the trees: the front, the journal, the backup and the spare runs. */
  static void markReserved(Subject subject, UnitMap units) {
    Superblock superblock = subject.superblock();
    units.mark(0, superblock.identity().dataStart());
    units.mark(superblock.identity().backupAddress(), Geometry.SUPERBLOCK);
    // INV-SB-11 and INV-SB-12 have been checked: they overlap neither each other nor a root.
    superblock.spares().forEach(spare -> units.mark(spare.address(), spare.length()));
  }

  /** Compares the FREE tree with the map. */
  void run() throws IOException {
    subject.listener().progress(NAME, 0, units.segments());
    new TreeWalk(TreeId.FREE, subject.store())
        .walk(subject.superblock().roots().get(TreeId.FREE), this);
    missing(units.segments());
    subject.listener().progress(NAME, units.segments(), units.segments());
    long expected = subject.superblock().totals().freeUnits();
    if (freeWhole && expected != free) {
      total("free units", free, expected);
    }
  }

  /** Compares counts of shared chunks, and the superblock's totals, with what pass 4 counted. */
  void counts(InodePass inodes, ChunkPass chunks) {
    references(chunks.chunks());
    Superblock.VolumeTotals totals = subject.superblock().totals();
    InodePass.Sums sums = inodes.sums();
    total("inodes", inodes.inodes().size(), totals.inodes());
    total("reserved units", sums.reservedUnits(), totals.reservedUnits());
    total("logical bytes", sums.logicalBytes(), totals.logicalBytes());
    total("stored bytes", sums.storedBytes() + chunks.stored(), totals.storedBytes());
  }

  private void references(ChunkIndex chunks) {
    for (int i = 0; i < chunks.size(); i++) {
      if (chunks.surplusReferences(i) != 0 || chunks.surplusLive(i) != 0) {
        reporter.add(
            Invariant.CHK_2,
            "shared chunk at " + chunks.address(i),
            "counts "
                + chunks.surplusReferences(i)
                + " extents and "
                + chunks.surplusLive(i)
                + " bytes more than there are");
      }
    }
  }

  private void total(String what, long counted, long stored) {
    if (counted != stored) {
      reporter.add(
          Invariant.SB_15,
          "superblock at " + subject.superblock().address(),
          "expected " + counted + " " + what + ", got " + stored);
    }
  }

  @Override
  public boolean node(BlockPointer pointer, int level, KeyRange keys, Node node) {
    if (!node.isLeaf()) {
      return true;
    }
    for (int i = 0; i < node.count(); i++) {
      long segment = node.lo(i);
      if (node.hi(i) == Keys.hi(0, Keys.SEGMENT)
          && segment >= nextSegment
          && segment < units.segments()) {
        missing(segment);
        try {
          segment(
              segment,
              SegmentRecord.decode(
                  new ByteSource(
                      node.array(), node.valueAt(i), node.valueLength(i), "segment", segment)));
        } catch (CorruptImageException e) {
          freeWhole = false; // pass 3 has reported it
        }
        nextSegment = segment + 1;
      }
    }
    subject.listener().progress(NAME, nextSegment, units.segments());
    return true;
  }

  @Override
  public void damaged(BlockPointer pointer, int level, KeyRange keys, IOException problem) {
    // Pass 3 has reported it. Nothing is known of these segments.
    freeWhole = false;
    missing(Math.min(keys.lo(), units.segments()));
    nextSegment = keys.bounded() ? Math.min(keys.upperLo(), units.segments()) : units.segments();
  }

  /** Judges segments up to {@code to} that have no item, and so are free as a whole. */
  private void missing(long to) {
    long segment = units.nextMarked(nextSegment);
    while (segment < to) {
      compare(segment, NOTHING);
      segment = units.nextMarked(segment + 1);
    }
    nextSegment = Math.max(nextSegment, to);
  }

  private void segment(long segment, long[] used) {
    long inside = Math.min(Geometry.SEGMENT_UNITS, volumeUnits - segment * Geometry.SEGMENT_UNITS);
    for (int word = 0; word < WORDS; word++) {
      long valid = inside - word * 64L;
      if (valid < 64) {
        used[word] &= valid <= 0 ? 0 : (1L << valid) - 1;
      }
      free -= Long.bitCount(used[word]);
    }
    compare(segment, used);
  }

  private void compare(long segment, long[] used) {
    long[] marked = units.words(segment);
    if (Arrays.equals(marked, used)) {
      return;
    }
    report(segment, marked, used, "are marked as free though something lies there");
    if (complete) {
      report(segment, used, marked, "are marked as in use though nothing lies there");
    }
  }

  /** Reports runs of units that are set in {@code these} and not in {@code those}. */
  private void report(long segment, long[] these, long[] those, String problem) {
    int unit = 0;
    while (unit < Geometry.SEGMENT_UNITS) {
      int from = unit;
      while (unit < Geometry.SEGMENT_UNITS && differs(these, those, unit)) {
        unit++;
      }
      if (unit > from) {
        long address = segment * Geometry.SEGMENT + (long) from * Geometry.UNIT;
        reporter.add(
            Invariant.SEG_3,
            "segment " + segment,
            (unit - from) + " units from " + address + " " + problem);
      }
      unit++;
    }
  }

  private static boolean differs(long[] these, long[] those, int unit) {
    return ((these[unit >>> 6] & ~those[unit >>> 6]) >>> unit & 1) != 0;
  }
}
