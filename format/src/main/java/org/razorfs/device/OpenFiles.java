package org.razorfs.device;

import java.util.HashMap;
import java.util.Map;

/**
 * Which files this process has open through devices.
 *
 * <p>This is static state, against the rule, because what it mirrors is: POSIX locks belong to the
 * process, a second lock by the same process succeeds silently, and closing any descriptor of a
 * file drops them all. So a second open of a locked file has to be noticed before it happens.
 */
final class OpenFiles {
  private static final OpenFiles PROCESS = new OpenFiles();

  private final Map<Object, Entry> entries = new HashMap<>();

  private record Entry(int count, boolean locked) {}

  private OpenFiles() {}

  /** The registry of this process. */
  static OpenFiles ofThisProcess() {
    return PROCESS;
  }

  /**
   * Registers one more open of a file, unless it, or the one there is, wants a lock.
   *
   * @return whether it was registered
   */
  synchronized boolean claim(FileIdentity file, boolean locked) {
    Entry entry = entries.get(file.key());
    if (entry == null) {
      entries.put(file.key(), new Entry(1, locked));
      return true;
    }
    if (locked || entry.locked()) {
      return false;
    }
    entries.put(file.key(), new Entry(entry.count() + 1, false));
    return true;
  }

  /** Takes back one {@link #claim}. */
  synchronized void release(FileIdentity file) {
    entries.computeIfPresent(
        file.key(),
        (key, entry) -> entry.count() == 1 ? null : new Entry(entry.count() - 1, entry.locked()));
  }
}
