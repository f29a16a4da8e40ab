package org.razorfs.mount.devfuse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.razorfs.mount.MountLog;
import org.razorfs.mount.host.MountTable;

/**
 * How far the kernel reads ahead on a mount. It starts with 128 KiB, whatever INIT says, and would
 * cut sequential reading into requests of that size.
 */
final class ReadAhead {
  /** Two requests of the largest size, so that one is answered while the other is used. */
  private static final int KIB = 2048;

  private ReadAhead() {}

  /** Raises it, if this process may. */
  static void raise(Path directory, MountLog log) {
    try {
      String device = MountTable.read().at(directory).map(MountTable.Mount::device).orElse(null);
      if (device == null) {
        return;
      }
      Path setting = Path.of("/sys/class/bdi", device, "read_ahead_kb");
      if (Files.isWritable(setting)) {
        Files.write(setting, Integer.toString(KIB).getBytes(StandardCharsets.US_ASCII));
      }
    } catch (IOException e) {
      log.line("reading ahead stays as it was: " + e.getMessage());
    }
  }
}
