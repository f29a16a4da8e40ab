package org.razorfs.crash;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.razorfs.layout.Timestamp;
import org.razorfs.model.posix.SparseBytes;

/**
 * Everything that one file has been in the course of a history, and from that what it may be after
 * a crash. Operations are counted; "prefix k" is the state after the first k of them.
 */
public final class FileHistory {

  /** What an operation did to the content. */
  public enum Kind {
    /** Added bytes, which may arrive later than the operation itself. */
    WRITE,
    /** Set the size; nothing beyond it may come back. */
    CUT,
    /** Made a range zero; nothing that was there may come back. */
    ZERO
  }

  private record Change(int operation, Kind kind, long offset, long length, SparseBytes after) {}

  private record Times(int prefix, Timestamp mtime, Timestamp ctime) {}

  private record Window(int floor, int prefix) {}

  private static final SparseBytes EMPTY = new SparseBytes();

  private final List<Change> changes = new ArrayList<>();
  private final List<Integer> syncs = new ArrayList<>();
  private final List<Integer> replacements = new ArrayList<>();
  private final List<Times> times = new ArrayList<>();
  private final Map<Window, AllowedContent> cache = new HashMap<>();

  /** An operation changed the content, which is now {@code after}. */
  public void changed(int operation, Kind kind, long offset, long length, SparseBytes after) {
    changes.add(new Change(operation, kind, offset, length, after));
  }

  /** The file's data was durable once the first {@code prefix} operations had been acknowledged. */
  public void synced(int prefix) {
    syncs.add(prefix);
  }

  /** An operation put the file in another one's place, for which its data had to be durable. */
  public void replaced(int operation) {
    replacements.add(operation);
  }

  /** The times that the file had after {@code prefix} operations. */
  void times(int prefix, Timestamp mtime, Timestamp ctime) {
    if (times.isEmpty()
        || !times.get(times.size() - 1).mtime.equals(mtime)
        || !times.get(times.size() - 1).ctime.equals(ctime)) {
      times.add(new Times(prefix, mtime, ctime));
    }
  }

  /** Whether an operation from number {@code floor} on changed the content. */
  public boolean changedSince(int floor) {
    return changes.stream().anyMatch(change -> change.operation >= floor);
  }

  /** The prefix to which the data reaches at least. */
  public int floor(int globalSync, int acknowledged, int prefix) {
    int floor = globalSync;
    for (int sync : syncs) {
      if (sync <= acknowledged) {
        floor = Math.max(floor, sync);
      }
    }
    for (int operation : replacements) {
      if (operation < prefix) {
        floor = Math.max(floor, operation);
      }
    }
    return Math.min(floor, prefix);
  }

  /** What the content may be where the namespace is that of {@code prefix}. */
  public AllowedContent allowed(int floor, int prefix) {
    return cache.computeIfAbsent(new Window(floor, prefix), this::compute);
  }

  private AllowedContent compute(Window window) {
    SparseBytes base = EMPTY;
    List<Change> later = new ArrayList<>();
    for (Change change : changes) {
      if (change.operation < window.floor) {
        base = change.after;
      } else if (change.operation < window.prefix) {
        later.add(change);
      }
    }
    AllowedContent allowed = new AllowedContent(base);
    for (Change change : later) {
      allowed.know(change.after);
    }
    for (Change change : later) {
      switch (change.kind) {
        case CUT -> allowed.cut(change.offset);
        case ZERO -> allowed.zero(change.offset, change.length);
        case WRITE -> {}
      }
      allowed.add(change.after);
    }
    return allowed;
  }

  /** Why the file can't have these times, or null. */
  String checkTimes(int floor, int prefix, Timestamp mtime, Timestamp ctime) {
    boolean mtimeKnown = false;
    boolean ctimeKnown = false;
    List<Times> known = new ArrayList<>();
    for (int i = 0; i < times.size(); i++) {
      boolean ended = i + 1 < times.size() && times.get(i + 1).prefix <= floor;
      if (!ended && times.get(i).prefix <= prefix) {
        known.add(times.get(i));
        mtimeKnown |= times.get(i).mtime.equals(mtime);
        ctimeKnown |= times.get(i).ctime.equals(ctime);
      }
    }
    return mtimeKnown && ctimeKnown
        ? null
        : (mtimeKnown ? "ctime " + ctime.toInstant() : "mtime " + mtime.toInstant())
            + " is none of "
            + known;
  }
}
