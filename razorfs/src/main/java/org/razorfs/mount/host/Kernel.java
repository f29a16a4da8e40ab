package org.razorfs.mount.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The kernel that this process runs on. */
public final class Kernel {
  private static final Pattern RELEASE = Pattern.compile("(\\d+)\\.(\\d+).*");
  private static final Pattern MEMORY = Pattern.compile("MemTotal: *([0-9]+) kB");

  private Kernel() {}

  /** Whether it is Linux of that release or newer. */
  public static boolean isLinux(int major, int minor) {
    return System.getProperty("os.name").equals("Linux")
        && isAtLeast(System.getProperty("os.version"), major, minor);
  }

  /**
   * How many inodes of a FUSE file system the host's memory can hold at most: with its name each
   * takes some 1100 bytes in the kernel.
   */
  public static long mostInodes() throws IOException {
    Path meminfo = Path.of("/proc/meminfo");
    return Files.exists(meminfo) ? memoryKib(Files.readString(meminfo)) : 0;
  }

  static long memoryKib(String meminfo) {
    Matcher total = MEMORY.matcher(meminfo);
    return total.find() ? Long.parseLong(total.group(1)) : 0;
  }

  static boolean isAtLeast(String version, int major, int minor) {
    Matcher release = RELEASE.matcher(version);
    if (!release.matches()) {
      return false;
    }
    int found = Integer.parseInt(release.group(1));
    return found > major || (found == major && Integer.parseInt(release.group(2)) >= minor);
  }
}
