package org.razorfs.tx;

import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import org.razorfs.layout.ChunkRecord;
import org.razorfs.layout.DirentRecord;
import org.razorfs.layout.ExtentRecord;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.InodeRecord;
import org.razorfs.layout.Mutation;
import org.razorfs.layout.Node;
import org.razorfs.layout.OrphanRecord;
import org.razorfs.layout.StringRecord;

/**
 * What changes mean for the trees, counted from above: the places that they touch in each, the
 * items that they add and the bytes of these, and the runs of space whose state changes. {@link
 * NodeDemand} tells how many nodes that can come to.
 */
final class Footprint {
  static final Footprint NONE = new Footprint(new long[Footprint.FIELDS]);

  private static final int TREES = 3;
  private static final int FIELDS = 3 * TREES + 1;
  private static final int INODES = 0;
  private static final int STRINGS = 3;
  private static final int CHUNKS = 6;
  private static final int RUNS = 9;
  private static final int INSERTS = 1;
  private static final int BYTES = 2;

  /** The leaves at both ends of a window's extents. */
  private static final int WINDOW_PLACES = 2;

  private final long[] counts;

  private Footprint(long[] counts) {
    this.counts = counts;
  }

  /** What one tree is in for. */
  record Part(long places, long inserts, long bytes) {}

  /** The INODES tree's part. */
  Part inodes() {
    return part(INODES);
  }

  /** The STRINGS tree's part. */
  Part strings() {
    return part(STRINGS);
  }

  /** The CHUNKS tree's part. */
  Part chunks() {
    return part(CHUNKS);
  }

  /** Ranges of units that are put to use or given back, nodes apart. */
  long runs() {
    return counts[RUNS];
  }

  /** Items that are touched or added, in all trees. */
  long places() {
    return counts[INODES] + counts[STRINGS] + counts[CHUNKS];
  }

  /** Bytes of added items, in all trees. */
  long bytes() {
    return counts[INODES + BYTES] + counts[STRINGS + BYTES] + counts[CHUNKS + BYTES];
  }

  private Part part(int at) {
    return new Part(counts[at], counts[at + INSERTS], counts[at + BYTES]);
  }

  /** This and {@code other} together. */
  Footprint plus(Footprint other) {
    long[] sum = counts.clone();
    for (int i = 0; i < FIELDS; i++) {
      sum[i] += other.counts[i];
    }
    return new Footprint(sum);
  }

  /** What of this is left without {@code other}; not below zero. */
  Footprint minus(Footprint other) {
    long[] rest = counts.clone();
    for (int i = 0; i < FIELDS; i++) {
      rest[i] = Math.max(0, rest[i] - other.counts[i]);
    }
    return new Footprint(rest);
  }

  /**
   * That of a transaction's changes.
   *
   * @param undo the inverse of each change, in the order of the changes; where a journal has
   *     another number of them, they say nothing
   */
  static Footprint of(List<Mutation> redo, List<Mutation> undo) {
    Builder builder = new Builder();
    boolean paired = redo.size() == undo.size();
    for (int i = 0; i < redo.size(); i++) {
      if (paired) {
        builder.add(redo.get(i), undo.get(i));
      } else {
        builder.add(redo.get(i));
      }
    }
    return builder.build();
  }

  static Builder builder() {
    return new Builder();
  }

  /** Counts up. */
  static final class Builder {
    private final long[] counts = new long[FIELDS];

    /** The window of a file whose chunks were last changed, and how many places that has cost. */
    private long inode;

    private long window;
    private int windowPlaces;

    Builder inodes(long places, long inserts, long bytes) {
      return count(INODES, places, inserts, bytes);
    }

    Builder strings(long places, long inserts, long bytes) {
      return count(STRINGS, places, inserts, bytes);
    }

    /**
     * One more use of a name of so many bytes: the string and its place in the index, both new only
     * where there were no references.
     */
    Builder name(int length) {
      return strings(2, 2, StringRecord.HEADER + length);
    }

    Builder chunks(long places, long inserts, long bytes) {
      return count(CHUNKS, places, inserts, bytes);
    }

    Builder runs(long more) {
      counts[RUNS] += more;
      return this;
    }

    private Builder count(int at, long places, long inserts, long bytes) {
      counts[at] += places;
      counts[at + INSERTS] += inserts;
      counts[at + BYTES] += bytes + inserts * Node.LEAF_ENTRY;
      return this;
    }

    /**
     * Adds a change, knowing what it replaces. The chunks of a window of a file lie side by side,
     * so that changing many of them at once touches the leaves at both ends of a stretch: those in
     * between go with their chunks.
     */
    void add(Mutation mutation, Mutation inverse) {
      if (mutation instanceof Mutation.PutExtent m
          && m.value() instanceof ExtentRecord.Chunk
          && !isInline(inverse)) {
        boolean touches = touchesWindow(m.inode(), m.offset());
        inodes(touches ? 1 : 0, touches ? 1 : 0, 44 + (touches ? 0 : Node.LEAF_ENTRY));
      } else if (mutation instanceof Mutation.DeleteExtent m && !isInline(inverse)) {
        inodes(touchesWindow(m.inode(), m.offset()) ? 1 : 0, 0, 0);
      } else {
        add(mutation);
      }
    }

    private static boolean isInline(Mutation inverse) {
      return inverse instanceof Mutation.PutExtent before
          && before.value() instanceof ExtentRecord.Inline;
    }

    private boolean touchesWindow(long file, long offset) {
      long number = offset / Geometry.MAX_CHUNK;
      if (file != inode || number != window) {
        inode = file;
        window = number;
        windowPlaces = 0;
      }
      return windowPlaces++ < WINDOW_PLACES;
    }

    void add(Mutation mutation) {
      if (mutation instanceof Mutation.PutInode m) {
        inodes(1, m.fresh() ? 1 : 0, m.fresh() ? InodeRecord.SIZE : 0);
      } else if (mutation instanceof Mutation.TouchInode
          || mutation instanceof Mutation.DeleteInode
          || mutation instanceof Mutation.DeleteDirent
          || mutation instanceof Mutation.DeleteExtent) {
        inodes(1, 0, 0);
      } else if (mutation instanceof Mutation.PutDirent) {
        inodes(1, 1, DirentRecord.SIZE);
      } else if (mutation instanceof Mutation.PutExtent m) {
        boolean inline = m.value() instanceof ExtentRecord.Inline;
        inodes(1, 1, inline ? m.value().length() + ExtentRecord.INLINE_HEADER : 44);
      } else if (mutation instanceof Mutation.SetXattr m) {
        // Of a removed or replaced value nobody says here how many pieces it had.
        int pieces = m.value() == null ? 0 : 1 + m.value().length / 1024;
        inodes(17 + pieces, pieces, m.value() == null ? 0 : m.value().length + 8L * pieces);
      } else if (mutation instanceof Mutation.Orphan m) {
        inodes(1, m.value() == null ? 0 : 1, m.value() == null ? 0 : OrphanRecord.RANGE_SIZE);
      } else if (mutation instanceof Mutation.NameReference m) {
        if (m.change() > 0) {
          name(m.bytes().length);
        } else {
          strings(2, 0, 0);
        }
      } else if (mutation instanceof Mutation.ChunkReference m) {
        boolean more = m.change() > 0;
        chunks(1, more ? 1 : 0, more ? ChunkRecord.HEADER + m.owners().length * 8L : 0);
      } else if (mutation instanceof Mutation.Allocate || mutation instanceof Mutation.Release) {
        runs(1);
      }
    }

    Footprint build() {
      return new Footprint(counts);
    }
  }

  /** A footprint that several threads add to. */
  static final class Sum {
    private final AtomicLongArray counts = new AtomicLongArray(FIELDS);

    void add(Footprint more) {
      for (int i = 0; i < FIELDS; i++) {
        if (more.counts[i] != 0) {
          counts.addAndGet(i, more.counts[i]);
        }
      }
    }

    void subtract(Footprint less) {
      for (int i = 0; i < FIELDS; i++) {
        if (less.counts[i] != 0) {
          counts.addAndGet(i, -less.counts[i]);
        }
      }
    }

    boolean isZero() {
      for (int i = 0; i < FIELDS; i++) {
        if (counts.get(i) != 0) {
          return false;
        }
      }
      return true;
    }

    Footprint get() {
      long[] now = new long[FIELDS];
      for (int i = 0; i < FIELDS; i++) {
        now[i] = counts.get(i);
      }
      return new Footprint(now);
    }
  }
}
