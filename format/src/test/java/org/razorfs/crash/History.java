package org.razorfs.crash;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.razorfs.device.MemoryDevice;
import org.razorfs.device.RecordingDevice.Event;
import org.razorfs.device.RecordingDevice.Mark;
import org.razorfs.model.posix.Listing;
import org.razorfs.model.posix.Op;

/**
 * What happened while a workload ran without a crash: the log of the device, and for each number of
 * operations what the volume then was.
 */
public final class History {
  /** The device's log passes these when an operation begins. */
  record Begin(int operation) {}

  /** And these when it has returned. */
  record End(int operation) {}

  private final Workload workload;
  private final MemoryDevice start;
  private final List<Op> operations = new ArrayList<>();
  private final List<Listing> namespaces = new ArrayList<>();
  private final Map<Long, List<Integer>> prefixes = new HashMap<>();
  private final List<Map<String, FileHistory>> files = new ArrayList<>();
  private final boolean timesKnown;
  private final List<Integer> syncs = new ArrayList<>();
  private final List<Integer> orderedSyncs = new ArrayList<>();
  private MemoryDevice end;
  private List<Event> log = List.of();
  private int[] started = new int[0];
  private int[] acknowledged = new int[0];

  /**
   * An empty history.
   *
   * @param timesKnown whether namespaces come from the volume, with times and inode numbers, or
   *     from the model
   */
  History(Workload workload, MemoryDevice start, boolean timesKnown) {
    this.timesKnown = timesKnown;
    this.workload = workload;
    this.start = start;
  }

  public Workload workload() {
    return workload;
  }

  /** The device when the log began. */
  public MemoryDevice start() {
    return start;
  }

  /** The device as it was left. */
  public MemoryDevice end() {
    return end;
  }

  /** What was done; the close at the end is one more. */
  public List<Op> operations() {
    return operations;
  }

  public List<Event> log() {
    return log;
  }

  /** Whether a recovered volume is compared with its times and inode numbers. */
  boolean timesKnown() {
    return timesKnown;
  }

  /** The file that had this path after so many operations, or null. */
  FileHistory file(int prefix, String path) {
    return files.get(prefix).get(path);
  }

  /** The namespace after so many operations. */
  Listing namespace(int prefix) {
    return namespaces.get(prefix);
  }

  /** The numbers of operations, ascending, after which the namespace had this hash. */
  List<Integer> prefixesOf(long hash) {
    return prefixes.getOrDefault(hash, List.of());
  }

  void add(Op op) {
    operations.add(op);
  }

  /** The namespace after one more operation, and which files are behind the paths. */
  void add(Listing namespace, Map<String, FileHistory> byPath) {
    files.add(byPath);
    prefixes
        .computeIfAbsent(namespace.orderedHash(), h -> new ArrayList<>())
        .add(namespaces.size());
    namespaces.add(namespace);
  }

  /** Everything that the first {@code prefix} operations did is durable once they returned. */
  void synced(int prefix) {
    syncs.add(prefix);
    orderedSyncs.add(prefix);
  }

  /** The namespace, but not every file's data, is durable. */
  void orderedSynced(int prefix) {
    orderedSyncs.add(prefix);
  }

  /** The log is complete. */
  void finish(List<Event> events, MemoryDevice device) {
    log = events;
    end = device;
    started = new int[events.size() + 1];
    acknowledged = new int[events.size() + 1];
    for (int i = 0; i < events.size(); i++) {
      started[i + 1] = started[i];
      acknowledged[i + 1] = acknowledged[i];
      if (events.get(i) instanceof Mark mark) {
        if (mark.label() instanceof Begin begin) {
          started[i + 1] = begin.operation() + 1;
        } else if (mark.label() instanceof End end) {
          acknowledged[i + 1] = end.operation() + 1;
        }
      }
    }
  }

  /** How many operations had been begun when the log had {@code position} events. */
  int startedAt(int position) {
    return started[position];
  }

  /** How many operations had returned by then. */
  public int acknowledgedAt(int position) {
    return acknowledged[position];
  }

  /** The oldest namespace that may be seen when so many operations have returned. */
  int namespaceFloor(int operationsReturned) {
    return last(orderedSyncs, operationsReturned);
  }

  /** The prefix to which all data is durable when so many operations have returned. */
  int dataFloor(int operationsReturned) {
    return last(syncs, operationsReturned);
  }

  private static int last(List<Integer> prefixes, int limit) {
    int floor = 0;
    for (int prefix : prefixes) {
      if (prefix <= limit) {
        floor = prefix;
      }
    }
    return floor;
  }
}
