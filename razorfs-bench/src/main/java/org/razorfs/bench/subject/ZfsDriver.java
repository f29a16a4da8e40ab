package org.razorfs.bench.subject;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.razorfs.bench.host.Commands;
import org.razorfs.bench.host.Mounts;
import org.razorfs.bench.host.PageCache;
import org.razorfs.tools.CommandFailure;

/** zfs-fuse: one daemon for all pools, which are imported to mount and exported to unmount. */
final class ZfsDriver implements Driver {
  private static final long PATIENCE_SECONDS = 60;
  private static final long POLL_MILLIS = 50;

  /** Where the daemon listens; there can be one on a machine. */
  static final Path SOCKET = Path.of("/var/run/zfs/zfs_socket");

  private final Commands commands;
  private final Commands putBack;
  private final Path folder;
  private final long imageBytes;
  private final String pool = "razorfs-bench-" + ProcessHandle.current().pid();
  private Process daemon;
  private boolean made;
  private boolean imported;

  ZfsDriver(Commands commands, long imageBytes, Path folder) {
    this.commands = commands;
    this.putBack = commands.fresh();
    this.folder = folder;
    this.imageBytes = imageBytes;
  }

  @Override
  public void make() throws IOException {
    Files.createDirectories(folder.resolve("pool"));
    Images.make(commands, store(), imageBytes, List.of());
  }

  @Override
  public void mount() throws IOException {
    startDaemon();
    imported = true;
    if (made) {
      putBack.run("zpool", "import", "-d", folder.resolve("pool").toString(), pool);
    } else {
      // The pool can only be made by its daemon, and is mounted thereby.
      List<String> create = List.of("zpool", "create", "-O", "compression=lzjb", "-m");
      List<String> words = new ArrayList<>(create);
      words.addAll(List.of(mountPoint().toString(), pool, store().toString()));
      putBack.run(words.toArray(String[]::new));
      made = true;
    }
    if (!Mounts.isMounted(mountPoint())) {
      throw new CommandFailure(1, "zpool did not mount " + mountPoint());
    }
  }

  private void startDaemon() throws IOException {
    if (daemon != null) {
      return;
    }
    Path log = folder.resolve("log");
    daemon =
        putBack.start(
            List.of("zfs-fuse", "--no-daemon", "--pidfile", folder.resolve("pid").toString()),
            Commands.Invocation.PLAIN,
            log);
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!answers()) {
      if (ended(POLL_MILLIS)) {
        throw new CommandFailure(1, "zfs-fuse ended: " + Commands.lastLine(log));
      }
      if (System.nanoTime() - deadline > 0) {
        throw new CommandFailure(1, "zfs-fuse does not answer");
      }
    }
  }

  private boolean answers() {
    try {
      putBack.run("zpool", "list");
      return true;
    } catch (IOException e) {
      return false; // not yet
    }
  }

  @Override
  public void unmount() throws IOException {
    try {
      export();
    } finally {
      endDaemon();
    }
  }

  private void export() throws IOException {
    if (imported) {
      imported = false;
      try {
        putBack.run("zpool", "export", pool);
      } catch (IOException e) {
        Unmounting.lazily(putBack, mountPoint(), e);
      }
    }
  }

  /** Its own cache of what it has read must go, too, where cold is to mean cold. */
  private void endDaemon() throws IOException {
    Process ending = daemon;
    if (ending != null) {
      ending.destroy();
      if (!ended(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS))) {
        ending.destroyForcibly();
      }
      daemon = null;
      putBack.await(ending);
      Files.deleteIfExists(SOCKET);
    }
  }

  private boolean ended(long millis) throws IOException {
    try {
      return daemon.waitFor(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailure(1, "interrupted", e);
    }
  }

  @Override
  public boolean commit() throws IOException {
    export();
    PageCache.fsync(store());
    return false;
  }

  @Override
  public Path store() {
    return folder.resolve("pool").resolve("image");
  }

  @Override
  public Path mountPoint() {
    return folder.resolve("mnt");
  }
}
