package org.razorfs.mount.host;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The kernel that this process runs on. */
public final class Kernel {
  private static final Pattern RELEASE = Pattern.compile("(\\d+)\\.(\\d+).*");

  private Kernel() {}

  /** Whether it is Linux of that release or newer. */
  public static boolean isLinux(int major, int minor) {
    return System.getProperty("os.name").equals("Linux")
        && isAtLeast(System.getProperty("os.version"), major, minor);
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
