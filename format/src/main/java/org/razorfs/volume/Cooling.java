package org.razorfs.volume;

import java.time.Clock;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What has changed and may be worth compaction once it is left alone: files with the windows that
 * were written to, or packs. Of bounded size; what is forgotten is found again by a sweep.
 */
final class Cooling {
  private static final int MOST = 1 << 14;

  private final Clock clock;
  private final long coolMillis;

  /** In the order of the last changes. */
  private final LinkedHashMap<Long, Range> waiting = new LinkedHashMap<>();

  private record Range(long first, long last, long changed) {}

  /**
   * Something that has cooled.
   *
   * @param key the number of an inode, or the address of a pack
   * @param first the first window of the file that was written to
   * @param last the last one
   */
  record Cooled(long key, long first, long last) {}

  /**
   * @param coolMillis how long something must have been left alone; negative to take nothing in
   */
  Cooling(Clock clock, long coolMillis) {
    this.clock = clock;
    this.coolMillis = coolMillis;
  }

  /** Notes a change. */
  void note(long key, long first, long last) {
    if (coolMillis < 0) {
      return;
    }
    long now = clock.millis();
    synchronized (waiting) {
      Range before = waiting.remove(key);
      waiting.put(
          key,
          before == null
              ? new Range(first, last, now)
              : new Range(Math.min(first, before.first), Math.max(last, before.last), now));
      if (waiting.size() > MOST) {
        Iterator<Long> oldest = waiting.keySet().iterator();
        oldest.next();
        oldest.remove();
      }
    }
  }

  /** Takes out what has been left alone longest, if that is long enough; else null. */
  Cooled poll() {
    if (coolMillis < 0) {
      return null;
    }
    long now = clock.millis();
    synchronized (waiting) {
      Iterator<Map.Entry<Long, Range>> entries = waiting.entrySet().iterator();
      if (!entries.hasNext()) {
        return null;
      }
      Map.Entry<Long, Range> oldest = entries.next();
      Range range = oldest.getValue();
      if (now - range.changed < coolMillis) {
        return null;
      }
      entries.remove();
      return new Cooled(oldest.getKey(), range.first, range.last);
    }
  }

  /** Whether something has changed and not been taken out since. */
  boolean holds(long key) {
    synchronized (waiting) {
      return waiting.containsKey(key);
    }
  }
}
