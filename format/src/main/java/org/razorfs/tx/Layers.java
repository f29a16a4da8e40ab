package org.razorfs.tx;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentNavigableMap;
import org.razorfs.layout.Keys;
import org.razorfs.layout.TreeId;
import org.razorfs.tree.Cursor;
import org.razorfs.wire.ByteSource;

/**
 * The items of one object and type in ascending order, over all layers of a view: an upper layer's
 * item hides the same key below, its tombstone too. Not thread-safe.
 */
abstract class Layers<V> {
  private final ConcurrentNavigableMap<Long, V> active;
  private final ConcurrentNavigableMap<Long, V> frozen;
  private final Cursor cursor;
  private final long hi;
  private final V tombstone;

  private Map.Entry<Long, V> fromActive;
  private Map.Entry<Long, V> fromFrozen;
  private boolean fromTree;
  private long key;
  private V value;

  Layers(
      ConcurrentNavigableMap<Long, V> active,
      ConcurrentNavigableMap<Long, V> frozen,
      View view,
      long hi,
      V tombstone) {
    this.active = active;
    this.frozen = frozen;
    this.cursor = view.tree(TreeId.INODES).cursor();
    this.hi = hi;
    this.tombstone = tombstone;
  }

  abstract V decode(long at, ByteSource source) throws IOException;

  /** Moves to the first item at or after {@code from}; false where there is none. */
  final boolean seekCeiling(long from) throws IOException {
    fromActive = active == null ? null : active.ceilingEntry(from);
    fromFrozen = frozen == null ? null : frozen.ceilingEntry(from);
    fromTree = cursor.seekCeiling(hi, from) && cursor.hi() == hi;
    return settle();
  }

  /** Moves to the next item; false at the end. */
  final boolean next() throws IOException {
    step(key);
    return settle();
  }

  /** Moves to the last item at or before {@code from}; false where there is none. */
  final boolean seekFloor(long from) throws IOException {
    long at = from;
    while (at >= 0) {
      Map.Entry<Long, V> one = active == null ? null : active.floorEntry(at);
      Map.Entry<Long, V> two = frozen == null ? null : frozen.floorEntry(at);
      boolean three = cursor.seekFloor(hi, at) && cursor.hi() == hi;
      long best = three ? cursor.lo() : -1;
      if (two != null) {
        best = Math.max(best, two.getKey());
      }
      if (one != null) {
        best = Math.max(best, one.getKey());
      }
      if (best < 0) {
        return false;
      }
      if (one != null && one.getKey() == best) {
        value = one.getValue();
      } else if (two != null && two.getKey() == best) {
        value = two.getValue();
      } else {
        value = decodeCursor();
      }
      key = best;
      if (value != tombstone) {
        // Position the other sources so that next() continues from here.
        fromActive = active == null ? null : active.ceilingEntry(best);
        fromFrozen = frozen == null ? null : frozen.ceilingEntry(best);
        fromTree = cursor.seekCeiling(hi, best) && cursor.hi() == hi;
        return true;
      }
      at = best - 1;
    }
    return false;
  }

  /** The second word of the current key. */
  final long key() {
    return key;
  }

  final V value() {
    return value;
  }

  private boolean settle() throws IOException {
    while (true) {
      long best = Long.MAX_VALUE;
      boolean any = false;
      if (fromTree) {
        best = cursor.lo();
        any = true;
      }
      if (fromFrozen != null && (!any || fromFrozen.getKey() <= best)) {
        best = fromFrozen.getKey();
        any = true;
      }
      if (fromActive != null && (!any || fromActive.getKey() <= best)) {
        best = fromActive.getKey();
        any = true;
      }
      if (!any) {
        return false;
      }
      key = best;
      if (fromActive != null && fromActive.getKey() == best) {
        value = fromActive.getValue();
      } else if (fromFrozen != null && fromFrozen.getKey() == best) {
        value = fromFrozen.getValue();
      } else {
        value = decodeCursor();
      }
      if (value != tombstone) {
        return true;
      }
      step(best);
    }
  }

  private void step(long past) throws IOException {
    if (fromActive != null && fromActive.getKey() <= past) {
      fromActive = active.higherEntry(past);
    }
    if (fromFrozen != null && fromFrozen.getKey() <= past) {
      fromFrozen = frozen.higherEntry(past);
    }
    if (fromTree && cursor.lo() <= past) {
      fromTree = cursor.next() && cursor.hi() == hi;
    }
  }

  private V decodeCursor() throws IOException {
    return decode(
        cursor.lo(),
        new ByteSource(
            cursor.array(),
            cursor.valueAt(),
            cursor.valueLength(),
            "item of inode",
            Keys.object(hi)));
  }
}
