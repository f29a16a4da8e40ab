package org.razorfs.bench.subject;

import java.io.IOException;
import java.nio.file.Path;
import org.razorfs.bench.host.Commands;
import org.razorfs.bench.host.Mounts;

/** Unmounts what may still be in use. */
final class Unmounting {
  private Unmounting() {}

  /** umount(8), and where that is refused a lazy one: nothing may be left behind. */
  static void unmount(Commands commands, Path point) throws IOException {
    if (!Mounts.isMounted(point)) {
      return;
    }
    try {
      commands.run("umount", point.toString());
    } catch (IOException e) {
      lazily(commands, point, e);
    }
  }

  /** Takes it out of the tree at least, and lets the failure be known. */
  static void lazily(Commands commands, Path point, IOException problem) throws IOException {
    if (Mounts.isMounted(point)) {
      try {
        commands.run("umount", "-l", point.toString());
      } catch (IOException e) {
        problem.addSuppressed(e);
      }
    }
    throw problem;
  }
}
