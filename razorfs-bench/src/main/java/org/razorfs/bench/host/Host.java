package org.razorfs.bench.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a process may do and where it finds things.
 *
 * @param root whether this is root, who may mount and drop caches
 * @param environment the process's variables
 * @param home the distribution's folder, beside whose commands this one lies; null when unknown
 */
public record Host(boolean root, Map<String, String> environment, Path home) {
  /** Where commands of the system lie that a user's PATH need not have. */
  private static final List<String> SYSTEM_FOLDERS = List.of("/usr/sbin", "/sbin");

  /** This process's own. */
  public static Host ofThisProcess() {
    String home = System.getProperty("razorfs.home");
    return new Host(isRoot(), System.getenv(), home == null ? null : Path.of(home));
  }

  private static boolean isRoot() {
    try {
      return Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
    } catch (IOException | UnsupportedOperationException e) {
      return false; // no /proc: not Linux, where none of this works anyway
    }
  }

  /** Where a command is, if it is installed. */
  public Optional<Path> find(String command) {
    List<String> folders =
        new ArrayList<>(List.of(environment.getOrDefault("PATH", "/usr/bin:/bin").split(":")));
    folders.addAll(SYSTEM_FOLDERS);
    return folders.stream()
        .filter(folder -> !folder.isEmpty())
        .map(folder -> Path.of(folder, command))
        .filter(path -> Files.isRegularFile(path) && Files.isExecutable(path))
        .findFirst();
  }

  /** The {@code razorfs} launcher beside this command, else the one of the PATH. */
  public Optional<Path> razorfs() {
    return Optional.ofNullable(home)
        .map(folder -> folder.resolve("bin/razorfs"))
        .filter(Files::isExecutable)
        .or(() -> find("razorfs"));
  }

  /** Where large temporary things go: {@code TMPDIR}, else {@code /var/tmp}, which is a disk. */
  public Path temporary() {
    return Path.of(environment.getOrDefault("TMPDIR", "/var/tmp"));
  }
}
