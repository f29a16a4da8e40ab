package org.razorfs.crash;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.razorfs.check.CheckListener;
import org.razorfs.check.CheckOptions;
import org.razorfs.check.CheckReport;
import org.razorfs.check.Checker;
import org.razorfs.device.BlockDevice;
import org.razorfs.model.posix.KeptOpen;
import org.razorfs.model.posix.Listing;
import org.razorfs.model.posix.VolumeDriver;
import org.razorfs.volume.Volume;
import org.razorfs.volume.VolumeOptions;

/** Says of a crash state whether the volume recovers from it and keeps what it had promised. */
public final class VolumeOracle implements AutoCloseable {
  /** Files up to this size are read as a whole, larger ones where something was written. */
  private static final int READ_ALL = 1 << 20;

  private static final int STEP = 256 << 10;

  private final History history;
  private final VolumeOptions options;
  private final Checker checker = new Checker();

  public VolumeOracle(History history) {
    this.history = history;
    this.options = history.workload().image().options();
  }

  /**
   * Recovers the volume, looks at everything, writes to it, closes it and opens it again.
   *
   * @param device is changed by this
   * @param position of the log at the crash
   * @return what is wrong, or null
   */
  public String check(BlockDevice device, int position) {
    return check(device, position, true);
  }

  /** As above, but closes the volume at once when it has recovered. */
  public String checkClosing(BlockDevice device, int position) {
    return check(device, position, false);
  }

  private String check(BlockDevice device, int position, boolean working) {
    try {
      String problem = firstFinding(device);
      if (problem != null) {
        return "before recovery: " + problem;
      }
      return recoverAndCheck(new KeptOpen(device), position, working);
    } catch (IOException e) {
      return "fails with " + describe(e);
    } catch (RuntimeException | AssertionError | StackOverflowError | OutOfMemoryError e) {
      return "throws " + describe(e);
    }
  }

  /** What the checker says first, or null. */
  private String firstFinding(BlockDevice device) {
    CheckReport report = checker.run(device, CheckOptions.full(), CheckListener.NONE);
    return report.isClean() ? null : "the check finds " + report.findings();
  }

  @Override
  public void close() {
    checker.close();
  }

  /** An exception with the places that lead to it. */
  public static String describe(Throwable e) {
    StackTraceElement[] trace = e.getStackTrace();
    return e
        + (trace.length == 0
            ? ""
            : " at " + Arrays.asList(trace).subList(0, Math.min(8, trace.length)));
  }

  private String recoverAndCheck(BlockDevice device, int position, boolean working)
      throws IOException {
    Volume volume = Volume.open(device, options);
    boolean closed = false;
    try {
      if (volume.isReadOnly()) {
        return "is read-only after recovery";
      }
      String problem = checkContent(volume, position);
      if (problem != null) {
        return problem;
      }
      closed = true;
      if (working) {
        return checkWorking(volume, device, position);
      }
      volume.close();
      return firstFinding(device);
    } finally {
      if (!closed) {
        volume.abandon();
      }
    }
  }

  private String checkContent(Volume volume, int position) throws IOException {
    Listing found = VolumeDriver.listing(volume);
    Map<String, Long> inodes = new HashMap<>();
    found.entries().forEach((path, entry) -> inodes.put(path, entry.inode()));
    if (!history.timesKnown()) {
      found = found.withoutTimes();
    }
    int acknowledged = history.acknowledgedAt(position);
    int floor = history.namespaceFloor(acknowledged);
    int limit = history.startedAt(position);
    List<Integer> candidates = new ArrayList<>();
    for (int prefix : history.prefixesOf(found.orderedHash())) {
      if (prefix >= floor && prefix <= limit) {
        candidates.add(prefix);
      }
    }
    if (candidates.isEmpty()) {
      return describeNamespace(found, floor, limit);
    }
    Collections.reverse(candidates);
    String problem = null;
    for (int prefix : candidates) {
      problem = checkFiles(volume, found, inodes, acknowledged, prefix);
      if (problem == null) {
        return null;
      }
    }
    return problem;
  }

  private String describeNamespace(Listing found, int floor, int limit) {
    List<Integer> elsewhere = history.prefixesOf(found.orderedHash());
    if (!elsewhere.isEmpty()) {
      return "namespace is that of prefix " + elsewhere + ", not within " + floor + ".." + limit;
    }
    List<String> nearest = null;
    int nearestPrefix = 0;
    for (int prefix = floor; prefix <= limit; prefix++) {
      List<String> differences = Listing.orderedDifferences(history.namespace(prefix), found);
      if (nearest == null || differences.size() <= nearest.size()) {
        nearest = differences;
        nearestPrefix = prefix;
      }
    }
    return "namespace is that of no prefix in "
        + floor
        + ".."
        + limit
        + "; nearest is "
        + nearestPrefix
        + ": "
        + nearest;
  }

  private String checkFiles(
      Volume volume, Listing found, Map<String, Long> inodes, int acknowledged, int prefix)
      throws IOException {
    int dataFloor = history.dataFloor(acknowledged);
    for (Map.Entry<String, Listing.Entry> each : found.entries().entrySet()) {
      Listing.Entry entry = each.getValue();
      if (entry.isFile()) {
        FileHistory file = history.file(prefix, each.getKey());
        int floor = file.floor(dataFloor, acknowledged, prefix);
        String problem = checkFile(volume, inodes.get(each.getKey()), entry, file, floor, prefix);
        if (problem != null) {
          return each.getKey() + " (prefix " + prefix + ", durable to " + floor + "): " + problem;
        }
      }
    }
    return null;
  }

  private String checkFile(
      Volume volume, long inode, Listing.Entry entry, FileHistory file, int floor, int prefix)
      throws IOException {
    AllowedContent allowed = file.allowed(floor, prefix);
    String problem = allowed.checkSize(entry.size());
    for (AllowedContent.Range place : allowed.places(entry.size(), READ_ALL)) {
      for (long at = place.from(); at < place.to() && problem == null; at += STEP) {
        int length = (int) Math.min(STEP, place.to() - at);
        byte[] bytes = VolumeDriver.read(volume, inode, at, length);
        problem =
            bytes.length < length
                ? "only " + bytes.length + " bytes could be read at " + at
                : allowed.checkBytes(entry.size(), at, bytes);
      }
    }
    return problem != null || !history.timesKnown()
        ? problem
        : file.checkTimes(floor, prefix, entry.mtime(), entry.ctime());
  }

  /** Uses the volume a little, closes it, opens it again and finds everything. */
  private String checkWorking(Volume volume, BlockDevice device, int position) throws IOException {
    NewWork work = new NewWork();
    Listing before;
    try {
      String problem = work.run(volume);
      if (problem != null) {
        return problem;
      }
      before = VolumeDriver.listing(volume);
    } finally {
      volume.close();
    }
    String problem = firstFinding(device);
    if (problem != null) {
      return "after new work: " + problem;
    }
    try (Volume again = Volume.open(device, options)) {
      Listing after = VolumeDriver.listing(again);
      if (!before.entries().equals(after.entries())) {
        return "closing and opening changed " + Listing.orderedDifferences(before, after);
      }
      if (work.madeAFile()) {
        if (!work.isThere(again)) {
          return "a file written after recovery is lost when the volume is opened again";
        }
        work.undo(again);
      }
      problem = checkContentBeside(again, before, position);
    }
    return problem;
  }

  /** What was recovered, and not removed since, must still be there. */
  private String checkContentBeside(Volume volume, Listing before, int position)
      throws IOException {
    int acknowledged = history.acknowledgedAt(position);
    int limit = history.startedAt(position);
    for (Map.Entry<String, Listing.Entry> each : before.entries().entrySet()) {
      String problem = null;
      for (int prefix = limit; prefix >= history.namespaceFloor(acknowledged); prefix--) {
        FileHistory file = history.file(prefix, each.getKey());
        if (file != null && each.getValue().isFile()) {
          int floor = file.floor(history.dataFloor(acknowledged), acknowledged, prefix);
          problem =
              checkFile(volume, each.getValue().inode(), each.getValue(), file, floor, prefix);
          if (problem == null) {
            break;
          }
        }
      }
      if (problem != null) {
        return each.getKey() + " after new work: " + problem;
      }
    }
    return null;
  }

  /** A copy of a state, recovered on a device of its own; for those who record the recovery. */
  void recoverOnly(BlockDevice device) throws IOException {
    Volume.open(new KeptOpen(device), options).close();
  }
}
