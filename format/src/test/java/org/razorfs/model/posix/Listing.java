package org.razorfs.model.posix;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import org.razorfs.layout.FileType;
import org.razorfs.layout.Timestamp;

/** The whole namespace at one moment, by path, in a form that can be compared and shown. */
public final class Listing {

  /**
   * One name.
   *
   * @param size content of files and targets; 0 of everything else where a model gives it
   * @param times whether the times, the inode number and the generation are known
   */
  public record Entry(
      int mode,
      int nlink,
      int uid,
      int gid,
      long rdev,
      int flags,
      long size,
      String target,
      Map<String, String> xattrs,
      boolean times,
      long inode,
      long generation,
      Timestamp mtime,
      Timestamp ctime,
      Timestamp btime) {

    public boolean isFile() {
      return (mode & FileType.MASK) == FileType.REGULAR;
    }

    /** Everything that a model can know. */
    public String structure() {
      return String.format(
          "%06o nlink %d owner %d:%d%s%s%s%s%s",
          mode,
          nlink,
          uid,
          gid,
          rdev == 0 ? "" : " rdev " + rdev,
          flags == 0 ? "" : " flags " + Integer.toHexString(flags),
          isFile() ? " size " + size : "",
          target == null ? "" : " -> " + target,
          xattrs.isEmpty() ? "" : " " + xattrs);
    }

    /**
     * Everything that follows the order of operations; a file's size and times are left out, for
     * they follow its data.
     */
    public String ordered() {
      return (isFile() ? structure().replace(" size " + size, "") : structure())
          + " inode "
          + inode
          + "."
          + generation
          + " btime "
          + btime.toInstant()
          + (isFile()
              ? ""
              : " size " + size + " mtime " + mtime.toInstant() + " ctime " + ctime.toInstant());
    }
  }

  private final TreeMap<String, Entry> entries = new TreeMap<>();

  public void put(String path, Entry entry) {
    entries.put(path, entry);
  }

  public Map<String, Entry> entries() {
    return entries;
  }

  /** The same with nothing in it that a model does not know. */
  public Listing withoutTimes() {
    Listing plain = new Listing();
    entries.forEach(
        (path, e) ->
            plain.put(
                path,
                new Entry(
                    e.mode,
                    e.nlink,
                    e.uid,
                    e.gid,
                    e.rdev,
                    e.flags,
                    e.isFile() || e.target != null ? e.size : 0,
                    e.target,
                    e.xattrs,
                    false,
                    0,
                    0,
                    Timestamp.EPOCH,
                    Timestamp.EPOCH,
                    Timestamp.EPOCH)));
    return plain;
  }

  /** A hash of {@link Entry#ordered} of all. */
  public long orderedHash() {
    long hash = 1;
    for (Map.Entry<String, Entry> entry : entries.entrySet()) {
      Entry e = entry.getValue();
      hash = mix(hash, entry.getKey().hashCode());
      hash = mix(hash, (long) e.mode << 32 | e.nlink);
      hash = mix(hash, (long) e.uid << 32 ^ e.gid);
      hash = mix(hash, e.rdev << 32 ^ e.flags);
      hash = mix(hash, Objects.hash(e.target, e.xattrs));
      hash = mix(hash, e.inode);
      hash = mix(hash, e.generation);
      hash = mix(hash, e.btime);
      if (!e.isFile()) {
        hash = mix(hash, e.size);
        hash = mix(hash, e.mtime);
        hash = mix(hash, e.ctime);
      }
    }
    return hash;
  }

  private static long mix(long hash, Timestamp time) {
    return mix(mix(hash, time.seconds()), time.nanos());
  }

  private static long mix(long hash, long value) {
    long z = (hash ^ value) * 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 32)) * 0xBF58476D1CE4E5B9L;
    return z ^ (z >>> 29);
  }

  /** The lines in which two structures differ; empty where they are the same. */
  public static List<String> structureDifferences(Listing expected, Listing actual) {
    return differences(expected, actual, false);
  }

  /** The lines in which two namespaces differ in what follows the order of operations. */
  public static List<String> orderedDifferences(Listing expected, Listing actual) {
    return differences(expected, actual, true);
  }

  private static List<String> differences(Listing expected, Listing actual, boolean ordered) {
    List<String> lines = new ArrayList<>();
    TreeSet<String> paths = new TreeSet<>(expected.entries.keySet());
    paths.addAll(actual.entries.keySet());
    for (String path : paths) {
      String want = text(expected.entries.get(path), ordered);
      String got = text(actual.entries.get(path), ordered);
      if (!want.equals(got)) {
        lines.add(path + ": expected " + want + ", got " + got);
      }
    }
    return lines;
  }

  private static String text(Entry entry, boolean ordered) {
    return entry == null ? "nothing" : ordered ? entry.ordered() : entry.structure();
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    entries.forEach((path, e) -> text.append(path).append(' ').append(e.structure()).append('\n'));
    return text.toString();
  }
}
