package org.razorfs.tx;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;
import org.razorfs.layout.DirentRecord;
import org.razorfs.layout.ExtentRecord;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.Keys;
import org.razorfs.layout.OrphanRecord;
import org.razorfs.tx.Changes.Change;
import org.razorfs.wire.ByteSink;

/**
 * A frozen epoch's changes of the INODES tree in the order of their keys, made one inode at a time.
 */
final class InodeChanges implements Iterator<Change> {
  private final Epoch epoch;
  private final long[] inodes;
  private final int maxValue;
  private final ArrayDeque<Change> ready = new ArrayDeque<>();
  private Iterator<Map.Entry<Long, DirentRecord>> dirents;
  private Iterator<Map.Entry<Long, ExtentRecord>> extents;
  private int at = -1;

  InodeChanges(Epoch epoch, int maxValue) {
    this.epoch = epoch;
    this.maxValue = maxValue;
    inodes = epoch.inodes().keySet().stream().mapToLong(Long::longValue).toArray();
    Arrays.sort(inodes);
    long hi = Keys.hi(0, Keys.ORPHAN);
    epoch
        .orphans()
        .forEach(
            (inode, orphan) ->
                ready.add(new Change(hi, inode, orphan.map(OrphanRecord::toBytes).orElse(null))));
  }

  @Override
  public boolean hasNext() {
    while (ready.isEmpty()) {
      if (dirents != null && dirents.hasNext()) {
        Map.Entry<Long, DirentRecord> entry = dirents.next();
        DirentRecord value = entry.getValue();
        ready.add(
            new Change(
                Keys.hi(inodes[at], Keys.DIRENT),
                entry.getKey(),
                InodeDelta.isRemoved(value) ? null : value.toBytes()));
      } else if (extents != null && extents.hasNext()) {
        Map.Entry<Long, ExtentRecord> entry = extents.next();
        ExtentRecord value = entry.getValue();
        ready.add(
            new Change(
                Keys.hi(inodes[at], Keys.EXTENT),
                entry.getKey(),
                InodeDelta.isRemoved(value) ? null : value.toBytes()));
      } else if (++at < inodes.length) {
        begin(inodes[at]);
      } else {
        return false;
      }
    }
    return true;
  }

  @Override
  public Change next() {
    return ready.poll();
  }

  private void begin(long inode) {
    InodeDelta delta = epoch.inode(inode);
    if (delta.record() != null) {
      ready.add(new Change(Keys.hi(inode, Keys.INODE), 0, delta.record().toBytes()));
    } else if (delta.isDeleted()) {
      ready.add(new Change(Keys.hi(inode, Keys.INODE), 0, null));
    }
    if (delta.xattrs() != null) {
      new TreeMap<>(delta.xattrs()).forEach((name, xattr) -> pieces(inode, name, xattr.value()));
    }
    dirents = delta.dirents() == null ? null : delta.dirents().entrySet().iterator();
    extents = delta.extents() == null ? null : delta.extents().entrySet().iterator();
  }

  /** An attribute as items of at most the longest value; whatever pieces it had beyond go. */
  private void pieces(long inode, long name, byte[] value) {
    long hi = Keys.hi(inode, Keys.XATTR);
    ByteSink whole = new ByteSink(4 + (value == null ? 0 : value.length));
    if (value != null) {
      whole.u32(value.length).bytes(value);
    }
    int most = (Geometry.MAX_XATTRS + 4) / maxValue + 1;
    for (int piece = 0; piece < most; piece++) {
      int from = piece * maxValue;
      byte[] part =
          from >= whole.size()
              ? null
              : Arrays.copyOfRange(whole.array(), from, Math.min(whole.size(), from + maxValue));
      ready.add(new Change(hi, name << 8 | piece, part));
    }
  }
}
