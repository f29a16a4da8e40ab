package org.razorfs.bench.subject;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.razorfs.bench.host.Commands;
import org.razorfs.bench.host.IoAction;
import org.razorfs.bench.host.Mounts;
import org.razorfs.bench.host.PageCache;
import org.razorfs.tools.CommandFailure;

/**
 * A FUSE file system whose daemon is kept in the foreground as a child, so that its end, which is
 * when everything is written, can be waited for.
 */
final class DaemonDriver implements Driver {
  private static final long PATIENCE_SECONDS = 60;
  private static final long POLL_MILLIS = 5;

  private final Commands commands;
  private final Commands putBack;
  private final IoAction make;
  private final List<String> daemon;
  private final Path store;
  private final Path mountPoint;
  private final Path log;
  private Process process;

  /**
   * @param make makes an empty one
   * @param daemon what serves it, in the foreground
   * @param store the image or folder that holds it
   * @param folder where {@code mnt} lies
   */
  DaemonDriver(Commands commands, IoAction make, List<String> daemon, Path store, Path folder) {
    this.commands = commands;
    this.putBack = commands.fresh();
    this.make = make;
    this.daemon = daemon;
    this.store = store;
    this.mountPoint = folder.resolve("mnt");
    this.log = folder.resolve("log");
  }

  @Override
  public void make() throws IOException {
    make.run();
  }

  @Override
  public void mount() throws IOException {
    Process started = putBack.start(daemon, Commands.Invocation.PLAIN, log);
    process = started;
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!Mounts.isMounted(mountPoint)) {
      if (waitFor(started, POLL_MILLIS)) {
        throw new CommandFailure(
            1, daemon.get(0) + " ended without a mount: " + Commands.lastLine(log));
      }
      if (System.nanoTime() - deadline > 0) {
        throw new CommandFailure(1, daemon.get(0) + ": not mounted in " + PATIENCE_SECONDS + " s");
      }
    }
    // The table has it before the daemon answers; the first look waits for that.
    Files.getLastModifiedTime(mountPoint);
  }

  @Override
  public void unmount() throws IOException {
    Process ending = process;
    if (ending == null) {
      return;
    }
    process = null;
    try {
      Unmounting.unmount(putBack, mountPoint);
    } finally {
      if (!waitFor(ending, TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS))) {
        ending.destroyForcibly();
      }
      putBack.await(ending);
    }
  }

  @Override
  public boolean commit() throws IOException {
    // What the daemon itself holds back is only known to be written when it has ended.
    unmount();
    if (Files.isDirectory(store)) {
      PageCache.syncfs(commands, store);
    } else {
      PageCache.fsync(store);
    }
    return false;
  }

  @Override
  public Path store() {
    return store;
  }

  @Override
  public Path mountPoint() {
    return mountPoint;
  }

  private static boolean waitFor(Process process, long millis) throws IOException {
    try {
      return process.waitFor(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailure(1, "interrupted", e);
    }
  }
}
