package org.razorfs.crash;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.razorfs.check.CheckListener;
import org.razorfs.check.CheckOptions;
import org.razorfs.check.CheckReport;
import org.razorfs.check.Checker;
import org.razorfs.device.BlockDevice;
import org.razorfs.device.MemoryDevice;
import org.razorfs.device.RecordingDevice;
import org.razorfs.fault.FsException;
import org.razorfs.layout.FileType;
import org.razorfs.model.posix.KeptOpen;
import org.razorfs.model.posix.Listing;
import org.razorfs.model.posix.Op;
import org.razorfs.model.posix.PosixModel;
import org.razorfs.model.posix.VolumeDriver;
import org.razorfs.volume.Attributes;
import org.razorfs.volume.Owner;
import org.razorfs.volume.RenameMode;
import org.razorfs.volume.Volume;
import org.razorfs.volume.VolumeOptions;

/**
 * Says of an image that was damaged while nobody had it open whether the volume gives right data or
 * a named fault, and whether using it spoils what the damage has spared.
 */
public final class DamageOracle implements AutoCloseable {
  private static final int STEP = 64 << 10;
  private static final Owner OWNER = new Owner(0, 0);

  private final History history;
  private final VolumeOptions options;
  private final Checker checker = new Checker();
  private long refused;
  private long hurt;
  private long whole;

  /** An oracle for damage to the image that a history left. */
  public DamageOracle(History history) {
    this.history = history;
    this.options = history.workload().image().options();
  }

  @Override
  public void close() {
    checker.close();
  }

  /** The image as a history left it. */
  public MemoryDevice closed() {
    return history.end();
  }

  /** The length of the history: the prefix that is seen where nothing was lost. */
  public int all() {
    return history.operations().size();
  }

  /** What is seen at least where only the last thing that was made durable can be lost. */
  public int beforeLastSync() {
    int last = history.dataFloor(history.operations().size() - 1);
    return history.dataFloor(last - 1);
  }

  /** What is seen at least where the whole journal can be lost. */
  public int atLastCheckpoint() {
    int last = 0;
    for (int i = 0; i < history.operations().size(); i++) {
      if (history.operations().get(i) instanceof Op.Checkpoint
          || history.operations().get(i) instanceof Op.Compact) {
        last = i + 1;
      }
    }
    return last;
  }

  /** What changed the image up to its end, in order. */
  public List<RecordingDevice.Write> writes() {
    return writes(history.log());
  }

  /** What changed the image until it was to be closed: it stops there, with a journal to replay. */
  public List<RecordingDevice.Write> writesBeforeClosing() {
    int last = 0;
    for (int i = 0; i < history.log().size(); i++) {
      if (history.log().get(i) instanceof RecordingDevice.Mark mark
          && mark.label() instanceof History.Begin) {
        last = i;
      }
    }
    return writes(history.log().subList(0, last));
  }

  private static List<RecordingDevice.Write> writes(List<RecordingDevice.Event> events) {
    return events.stream()
        .filter(RecordingDevice.Write.class::isInstance)
        .map(RecordingDevice.Write.class::cast)
        .toList();
  }

  /** How many images could not be opened, told of damage, or showed everything. */
  public String counts() {
    return refused + " refused, " + hurt + " partly readable, " + whole + " whole";
  }

  /** How many images told in one way or another that something is wrong. */
  public long noticed() {
    return refused + hurt;
  }

  /** Bytes that were changed behind the volume's back. */
  public record Damage(long position, byte[] before, byte[] after) {
    /** Changes the device. */
    public void inflict(BlockDevice device) throws IOException {
      device.write(position, ByteBuffer.wrap(after));
    }

    /** Puts back what nobody has written over. */
    private void heal(BlockDevice device) throws IOException {
      for (int at = 0; at < after.length; at += 512) {
        int length = Math.min(512, after.length - at);
        ByteBuffer now = ByteBuffer.allocate(length);
        device.read(position + at, now);
        if (now.flip().equals(ByteBuffer.wrap(after, at, length))) {
          device.write(position + at, ByteBuffer.wrap(before, at, length));
        }
      }
    }
  }

  /** What was read, and whether anything could not be. */
  private static final class Found {
    final Map<String, Listing.Entry> entries = new TreeMap<>();
    final Set<String> wholeDirectories = new HashSet<>();
    final Map<String, Map<Long, byte[]>> contents = new HashMap<>();
    boolean damaged;
  }

  /**
   * Opens a damaged image and reads everything.
   *
   * @param oldest the oldest prefix of the history that may be seen: damage to a journal looks like
   *     a crash; the length of the history where nothing may be lost
   * @return what is wrong, or null
   */
  public String read(MemoryDevice device, int oldest) {
    try {
      Volume volume = Volume.open(new KeptOpen(device), options);
      try {
        Found found = walk(volume);
        if (found.damaged) {
          hurt++;
        } else {
          whole++;
        }
        return compare(found, oldest);
      } finally {
        volume.abandon();
      }
    } catch (FsException e) {
      refused++;
      return null;
    } catch (IOException | RuntimeException | AssertionError e) {
      return "reading throws " + VolumeOracle.describe(e);
    }
  }

  /**
   * Opens a damaged image and uses it; when the damage then goes away, everything must be
   * consistent again.
   *
   * @return what is wrong, or null
   */
  public String use(MemoryDevice device, List<Damage> damages) {
    try {
      Volume volume = Volume.open(new KeptOpen(device), options);
      boolean closed = false;
      try {
        work(volume);
        attempt(volume::close);
        closed = true;
      } finally {
        if (!closed) {
          volume.abandon();
        }
      }
    } catch (FsException e) {
      // Refused, which is right as long as it changes nothing.
    } catch (IOException | RuntimeException | AssertionError e) {
      return "use throws " + VolumeOracle.describe(e);
    }
    try {
      for (Damage damage : damages) {
        damage.heal(device);
      }
      CheckReport report = checker.run(device, CheckOptions.full(), CheckListener.NONE);
      if (!report.isClean()) {
        return "after use and repair of the damage the check finds " + report.findings();
      }
      try (Volume again = Volume.open(new KeptOpen(device), options)) {
        Found found = walk(again);
        return found.damaged ? "after use and repair of the damage not all can be read" : null;
      }
    } catch (IOException | RuntimeException | AssertionError e) {
      return "after use and repair of the damage " + VolumeOracle.describe(e);
    }
  }

  private interface Step {
    void run() throws IOException;
  }

  /** Does something that may fail with a named fault. */
  private static boolean attempt(Step step) throws IOException {
    try {
      step.run();
      return true;
    } catch (FsException e) {
      return false;
    }
  }

  private static byte[] name(String path) {
    return PosixModel.encode(path.substring(path.lastIndexOf('/') + 1));
  }

  /** A little of everything that changes a volume. */
  private void work(Volume volume) throws IOException {
    byte[] fresh = name("/fresh");
    byte[] bytes = new byte[9000];
    new java.util.Random(1).nextBytes(bytes);
    attempt(
        () -> {
          long inode = volume.create(Volume.ROOT, fresh, FileType.REGULAR | 0600, OWNER, 0).inode();
          volume.write(inode, 0, ByteBuffer.wrap(bytes));
          volume.fsync(inode, false);
          volume.rename(
              Volume.ROOT, fresh, Volume.ROOT, name("/fresher"), RenameMode.REPLACE, OWNER);
        });
    Listing last = history.namespace(history.operations().size());
    int number = 0;
    for (Map.Entry<String, Listing.Entry> each : last.entries().entrySet()) {
      String path = each.getKey();
      if (path.equals("/")) {
        continue;
      }
      int slash = path.lastIndexOf('/');
      long parent = last.entries().get(slash == 0 ? "/" : path.substring(0, slash)).inode();
      long inode = each.getValue().inode();
      if (each.getValue().isFile()) {
        switch (number++ % 4) {
          case 0 -> attempt(() -> volume.unlink(parent, name(path)));
          case 1 -> attempt(() -> volume.write(inode, 700, ByteBuffer.wrap(bytes)));
          case 2 -> attempt(() -> volume.removeXattr(inode, name("user.one")));
          default -> attempt(() -> volume.link(inode, Volume.ROOT, name("/link" + inode)));
        }
      }
    }
    attempt(volume::sync);
    attempt(volume::checkpoint);
  }

  private static Found walk(Volume volume) throws IOException {
    Found found = new Found();
    attempt(() -> found.entries.put("/", entry(volume, volume.attributes(Volume.ROOT))));
    walk(volume, found, Volume.ROOT, "");
    return found;
  }

  private record Child(byte[] name, long inode, int type) {}

  private static void walk(Volume volume, Found found, long directory, String prefix)
      throws IOException {
    List<Child> children = new ArrayList<>();
    boolean complete =
        attempt(
            () ->
                volume.readdir(
                    directory,
                    0,
                    (name, inode, type, cookie) ->
                        children.add(new Child(name.clone(), inode, type))));
    if (complete) {
      found.wholeDirectories.add(prefix);
    }
    found.damaged |= !complete;
    for (Child child : children) {
      String path = prefix + "/" + PosixModel.decode(child.name);
      boolean there =
          attempt(
              () -> {
                Attributes looked = volume.lookup(directory, child.name);
                if (looked == null || looked.inode() != child.inode) {
                  throw new AssertionError(path + " is listed and not found");
                }
                found.entries.put(path, entry(volume, volume.attributes(child.inode)));
              });
      found.damaged |= !there;
      if (child.type == FileType.code(FileType.DIRECTORY)) {
        walk(volume, found, child.inode, path);
      } else if (there && found.entries.get(path).isFile()) {
        content(volume, found, child.inode, path);
      }
    }
  }

  private static Listing.Entry entry(Volume volume, Attributes attributes) throws IOException {
    return VolumeDriver.entry(volume, attributes);
  }

  private static void content(Volume volume, Found found, long inode, String path)
      throws IOException {
    Map<Long, byte[]> parts = new TreeMap<>();
    long size = found.entries.get(path).size();
    for (long at = 0; at < size; at += STEP) {
      long from = at;
      found.damaged |=
          !attempt(
              () ->
                  parts.put(
                      from,
                      VolumeDriver.read(volume, inode, from, (int) Math.min(STEP, size - from))));
    }
    found.contents.put(path, parts);
  }

  private String compare(Found found, int oldest) {
    String problem = null;
    int last = history.operations().size();
    for (int prefix = last; prefix >= oldest; prefix--) {
      String here = compare(found, oldest, prefix);
      if (here == null) {
        return null;
      }
      problem = problem == null ? here : problem;
    }
    return problem;
  }

  private String compare(Found found, int oldest, int prefix) {
    Map<String, Listing.Entry> expected = history.namespace(prefix).entries();
    for (Map.Entry<String, Listing.Entry> each : found.entries.entrySet()) {
      Listing.Entry want = expected.get(each.getKey());
      if (want == null || !want.ordered().equals(each.getValue().ordered())) {
        return each.getKey()
            + " is "
            + each.getValue().ordered()
            + ", not "
            + (want == null ? "absent" : want.ordered());
      }
    }
    for (String path : expected.keySet()) {
      int slash = path.lastIndexOf('/');
      if (!path.equals("/")
          && found.wholeDirectories.contains(path.substring(0, slash))
          && !found.damaged
          && !found.entries.containsKey(path)) {
        return path + " is missing";
      }
    }
    for (Map.Entry<String, Map<Long, byte[]>> each : found.contents.entrySet()) {
      String path = each.getKey();
      long size = found.entries.get(path).size();
      AllowedContent allowed = history.file(prefix, path).allowed(Math.min(oldest, prefix), prefix);
      String problem = allowed.checkSize(size);
      for (Map.Entry<Long, byte[]> part : each.getValue().entrySet()) {
        int wanted = (int) Math.min(STEP, size - part.getKey());
        problem =
            problem != null
                ? problem
                : part.getValue().length < wanted
                    ? "gives " + part.getValue().length + " bytes at " + part.getKey()
                    : allowed.checkBytes(size, part.getKey(), part.getValue());
      }
      if (problem != null) {
        return path + " (prefix " + prefix + "): " + problem;
      }
    }
    return null;
  }
}
