package org.razorfs.volume;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;
import org.razorfs.layout.ExtentRecord;
import org.razorfs.layout.OrphanRecord;
import org.razorfs.tx.Metadata;

/**
 * Knows which inodes have work left on the orphan list that does not wait for them to be unused.
 * There nearly always is none, which costs those who ask next to nothing.
 */
final class Leftovers {
  private final Metadata metadata;

  /** How often something had to be left for later; 0 where nothing is. */
  private final AtomicLong postponed = new AtomicLong();

  Leftovers(Metadata metadata) {
    this.metadata = metadata;
  }

  /** Takes note that something may be left. */
  void postpone() {
    postponed.incrementAndGet();
  }

  /** Takes note that something may be left where the orphan list is not empty. */
  void look() throws IOException {
    if (!metadata.orphans(0, 1).isEmpty()) {
      postpone();
    }
  }

  /** How often something has been left, for {@link #finished}; 0 where nothing is. */
  long count() {
    return postponed.get();
  }

  /** Takes note that all of the {@code count} has been finished. */
  void finished(long count) {
    postponed.compareAndSet(count, 0);
  }

  /** What is left to do with an inode, or null where nothing is; the caller holds its lock. */
  OrphanRecord of(long inode) throws IOException {
    return postponed.get() == 0 ? null : metadata.orphan(inode);
  }

  /**
   * Visits the extents that reach beyond {@code from}, but for what is to be cleared; the caller
   * holds the inode's lock.
   */
  void extents(long inode, long from, Metadata.ExtentVisitor visitor) throws IOException {
    OrphanRecord left = of(inode);
    if (left == null || !left.clears()) {
      metadata.extents(inode, from, visitor);
      return;
    }
    metadata.extents(
        inode,
        from,
        (start, extent) -> {
          long end = start + extent.length();
          long before = Math.min(end, left.from());
          if (before > Math.max(start, from)
              && !visitor.extent(start, part(extent, 0, before - start))) {
            return false;
          }
          long after = Math.max(start, left.to());
          return after >= end
              || end <= from
              || visitor.extent(after, part(extent, after - start, end - after));
        });
  }

  private static ExtentRecord part(ExtentRecord extent, long skip, long length) {
    return length == extent.length() ? extent : extent.slice(skip, length);
  }
}
