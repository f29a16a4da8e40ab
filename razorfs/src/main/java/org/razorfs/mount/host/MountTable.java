package org.razorfs.mount.host;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What is mounted where, from /proc/self/mountinfo. */
public final class MountTable {
  /**
   * One mount.
   *
   * @param point the directory
   * @param device major and minor number of the file system, such as {@code 8:1}
   * @param type the file system's type, such as {@code ext4} or {@code fuse.razorfs}
   * @param source what is mounted, such as a device or an image
   * @param readOnly whether the kernel refuses writing, there or in all of the file system
   */
  public record Mount(Path point, String device, String type, String source, boolean readOnly) {
    /** Whether it is one of ours. */
    public boolean isRazorfs() {
      return type.equals("fuse.razorfs") || type.equals("fuseblk.razorfs");
    }
  }

  private final List<Mount> mounts;

  private MountTable(List<Mount> mounts) {
    this.mounts = mounts;
  }

  /** The mounts that this process sees; none where there is no /proc. */
  public static MountTable read() throws IOException {
    return read(Path.of("/proc/self/mountinfo"));
  }

  static MountTable read(Path file) throws IOException {
    if (!Files.exists(file)) {
      return new MountTable(List.of());
    }
    // Names are bytes; each is one character until the escapes are undone.
    String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
    return new MountTable(text.lines().map(MountTable::parse).flatMap(Optional::stream).toList());
  }

  /** {@code 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue}. */
  private static Optional<Mount> parse(String line) {
    int separator = line.indexOf(" - ");
    if (separator < 0) {
      return Optional.empty();
    }
    String[] left = line.substring(0, separator).split(" ", -1);
    String[] right = line.substring(separator + 3).split(" ", -1);
    if (left.length < 6 || right.length < 2) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new Mount(
              Path.of(unescape(left[4])),
              left[2],
              unescape(right[0]),
              unescape(right[1]),
              isReadOnly(left[5]) || (right.length > 2 && isReadOnly(right[2]))));
    } catch (InvalidPathException e) {
      return Optional.empty(); // Java has no word for it, so nobody can have asked for it
    }
  }

  private static boolean isReadOnly(String options) {
    return List.of(options.split(",", -1)).contains("ro");
  }

  /** Space, tab, line feed and backslash are written as a backslash and three octal digits. */
  private static String unescape(String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) == '\\' && i + 3 < text.length()) {
        bytes.write(Integer.parseInt(text, i + 1, i + 4, 8));
        i += 3;
      } else {
        bytes.write(text.charAt(i));
      }
    }
    return bytes.toString(HostNames.charset());
  }

  /** What one sees at that directory: the mount made last. */
  public Optional<Mount> at(Path directory) {
    List<Mount> there = mounts.stream().filter(mount -> mount.point().equals(directory)).toList();
    return there.isEmpty() ? Optional.empty() : Optional.of(there.get(there.size() - 1));
  }

  /** All mounts, oldest first. */
  public List<Mount> all() {
    return new ArrayList<>(mounts);
  }
}
