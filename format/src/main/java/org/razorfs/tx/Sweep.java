package org.razorfs.tx;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.razorfs.layout.ChunkRecord;
import org.razorfs.layout.ExtentRecord;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.Keys;
import org.razorfs.layout.TreeId;
import org.razorfs.tree.Cursor;
import org.razorfs.wire.ByteSource;

/**
 * Goes through the trees of the last checkpoint, a stretch at a time, and tells where compaction
 * may have something to do. Takes no lock and keeps nothing between two stretches.
 */
public final class Sweep {
  private final Metadata metadata;

  /** A sweep of the volume that {@code metadata} reads. */
  public Sweep(Metadata metadata) {
    this.metadata = metadata;
  }

  /** The key from which a sweep goes on. */
  public record Place(long hi, long lo) {
    /** Before everything. */
    public static final Place START = new Place(0, 0);
  }

  /** Neighbouring chunk-sized windows of a file, first and last among them, by number. */
  public record Windows(long inode, long first, long last) {}

  /**
   * What a stretch has found.
   *
   * @param next where to go on, or null at the tree's end
   */
  public record Stretch<T>(List<T> found, Place next) {}

  /** Looks for packs of whose bytes no more than {@code live} are still referred to. */
  public Stretch<Long> packs(Place from, int items, long live) throws IOException {
    return metadata.read(
        view -> {
          List<Long> found = new ArrayList<>();
          Cursor cursor = view.tree(TreeId.CHUNKS).cursor();
          boolean more = cursor.seekCeiling(from.hi, from.lo);
          for (int i = 0; more && i < items; i++) {
            ChunkRecord chunk = ChunkRecord.decode(source(cursor));
            if (chunk.owners().length > 0 && chunk.live() <= live) {
              found.add(cursor.lo());
            }
            more = cursor.next();
          }
          return new Stretch<>(found, more ? new Place(cursor.hi(), cursor.lo()) : null);
        });
  }

  /**
   * Looks for windows with at least {@code least} extents, or a chunk that is mostly dead, or one
   * that is {@code improvable}.
   */
  public Stretch<Windows> files(
      Place from, int items, int least, Predicate<ExtentRecord> improvable) throws IOException {
    return metadata.read(
        view -> {
          Windowing windows = new Windowing(least, improvable);
          Cursor cursor = view.tree(TreeId.INODES).cursor();
          boolean more = cursor.seekCeiling(from.hi, from.lo);
          for (int i = 0; more; i++) {
            boolean extent = Keys.type(cursor.hi()) == Keys.EXTENT;
            long inode = Keys.object(cursor.hi());
            if (i >= items && !(extent && windows.isIn(inode, cursor.lo()))) {
              break;
            }
            if (extent) {
              windows.add(inode, cursor.lo(), ExtentRecord.decode(source(cursor)));
            }
            more = cursor.next();
          }
          return new Stretch<>(windows.end(), more ? new Place(cursor.hi(), cursor.lo()) : null);
        });
  }

  private static ByteSource source(Cursor cursor) {
    return new ByteSource(
        cursor.array(),
        cursor.valueAt(),
        cursor.valueLength(),
        "item " + Keys.toString(cursor.hi(), cursor.lo()));
  }

  /** Counts extents window by window. */
  private static final class Windowing {
    private final int least;
    private final Predicate<ExtentRecord> improvable;
    private final List<Windows> found = new ArrayList<>();
    private long inode = -1;
    private long window;
    private int extents;
    private boolean wasteful;

    Windowing(int least, Predicate<ExtentRecord> improvable) {
      this.least = least;
      this.improvable = improvable;
    }

    boolean isIn(long file, long offset) {
      return file == inode && offset / Geometry.MAX_CHUNK == window;
    }

    void add(long file, long offset, ExtentRecord extent) {
      if (!isIn(file, offset)) {
        close();
        inode = file;
        window = offset / Geometry.MAX_CHUNK;
      }
      if (!(extent instanceof ExtentRecord.Reserved)) {
        extents++;
      }
      wasteful |= isMostlyDead(extent) || improvable.test(extent);
    }

    private static boolean isMostlyDead(ExtentRecord extent) {
      return extent instanceof ExtentRecord.Chunk chunk
          && !chunk.shared()
          && 2 * chunk.length() <= chunk.logical();
    }

    private void close() {
      if (extents >= least || wasteful) {
        Windows last = found.isEmpty() ? null : found.get(found.size() - 1);
        if (last != null && last.inode == inode && last.last == window - 1) {
          found.set(found.size() - 1, new Windows(inode, last.first, window));
        } else {
          found.add(new Windows(inode, window, window));
        }
      }
      extents = 0;
      wasteful = false;
    }

    List<Windows> end() {
      close();
      return found;
    }
  }
}
