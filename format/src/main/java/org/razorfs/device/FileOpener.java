package org.razorfs.device;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import org.razorfs.device.FileDeviceOptions.Access;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;

/**
 * Opens and locks one file for a {@link FileDevice}, waiting a while for an owner that is about to
 * close it.
 */
final class FileOpener {
  private static final long FIRST_PAUSE_MILLIS = 5;
  private static final long LONGEST_PAUSE_MILLIS = 100;

  private final Path path;
  private final FileDeviceOptions options;
  private final OpenFiles openFiles = OpenFiles.ofThisProcess();
  private final LockHolders holders = new LockHolders(Path.of("/proc"));

  FileOpener(Path path, FileDeviceOptions options) {
    this.path = path;
    this.options = options;
  }

  /** A file that is open, locked as wanted and registered as open in this process. */
  record Opened(FileChannel channel, FileIdentity identity) {
    /** Closes, which unlocks, and lets others in this process open the file. */
    void close() throws IOException {
      try {
        channel.close();
      } finally {
        release();
      }
    }

    /**
     * Lets others in this process open the file; to be called when nothing has it open any more.
     */
    void release() {
      OpenFiles.ofThisProcess().release(identity);
    }
  }

  /**
   * @throws FsException {@code BUSY} when the file is still in use after the options' patience, the
   *     holder named; {@code NO_SUCH_ENTRY}, {@code IS_DIRECTORY}, {@code ACCESS_DENIED}, {@code
   *     READ_ONLY}, {@code INVALID_ARGUMENT} or {@code IO_ERROR}
   */
  Opened open() throws IOException {
    long deadline = System.nanoTime() + options.patience().toNanos();
    long pause = FIRST_PAUSE_MILLIS;
    boolean told = false;
    while (true) {
      Attempt attempt = attempt();
      if (attempt.opened.isPresent()) {
        return attempt.opened.get();
      }
      String inUse = path + ": in use by " + attempt.holder;
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        throw FsException.of(
            Fault.BUSY, inUse + "; unmount or close it there first (two must not share an image)");
      }
      if (!told) {
        options.onWait().accept(inUse + "; waiting for it to close");
        told = true;
      }
      sleep(Math.min(pause, left / 1_000_000 + 1));
      pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS);
    }
  }

  /** Either an open file or who has it. */
  private record Attempt(Optional<Opened> opened, String holder) {}

  private static Attempt busy(String holder) {
    return new Attempt(Optional.empty(), holder);
  }

  private Attempt attempt() throws IOException {
    FileIdentity identity = identify();
    boolean locked = options.access() != Access.READ_ONLY_UNLOCKED;
    if (!openFiles.claim(identity, locked)) {
      return busy("this same process (pid " + ProcessHandle.current().pid() + ")");
    }
    FileChannel channel = null;
    boolean done = false;
    try {
      channel = openChannel();
      if (!identify().key().equals(identity.key())) {
        return busy("somebody who has just replaced it");
      }
      if (locked && !tryLock(channel)) {
        return busy(holders.describe(identity).orElse("another process"));
      }
      done = true;
      return new Attempt(Optional.of(new Opened(channel, identity)), "");
    } catch (OverlappingFileLockException e) {
      return busy("other code in this same process");
    } finally {
      if (!done) {
        if (channel != null) {
          channel.close();
        }
        openFiles.release(identity);
      }
    }
  }

  private FileIdentity identify() throws IOException {
    FileIdentity identity;
    try {
      identity = FileIdentity.of(path);
    } catch (IOException e) {
      throw named(path, e);
    }
    return switch (identity.kind()) {
      case REGULAR, BLOCK -> identity;
      case DIRECTORY ->
          throw FsException.of(
              Fault.IS_DIRECTORY,
              path + ": is a directory, not an image; name a file or block device");
      case OTHER ->
          throw FsException.of(
              Fault.INVALID_ARGUMENT,
              path + ": is neither a regular file nor a block device; name one");
    };
  }

  private FileChannel openChannel() throws IOException {
    try {
      return FileChannel.open(
          path,
          options.access() == Access.READ_WRITE
              ? Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE)
              : Set.of(StandardOpenOption.READ));
    } catch (IOException e) {
      throw named(path, e);
    }
  }

  private boolean tryLock(FileChannel channel) throws IOException {
    boolean shared = options.access() == Access.READ_ONLY;
    try {
      return channel.tryLock(0, Long.MAX_VALUE, shared) != null;
    } catch (IOException e) {
      if (shared) {
        return true; // a read-only or network file system without locks is still good for reading
      }
      throw new FsException(
          Fault.IO_ERROR,
          path
              + ": cannot be locked ("
              + e.getMessage()
              + "); put it where locks work, or mount it ro",
          e);
    }
  }

  /** What the host says about a path, as a fault that names it. */
  static FsException named(Path path, IOException e) {
    String text = String.valueOf(e.getMessage());
    if (e instanceof NoSuchFileException) {
      return FsException.of(Fault.NO_SUCH_ENTRY, path + ": no such file or directory");
    }
    if (e instanceof AccessDeniedException) {
      return FsException.of(Fault.ACCESS_DENIED, path + ": permission denied");
    }
    if (text.contains("Read-only file system")) {
      return FsException.of(Fault.READ_ONLY, path + ": lies on a read-only file system");
    }
    if (text.endsWith("Operation not permitted")) {
      return FsException.of(
          Fault.NOT_PERMITTED, path + ": not permitted; see whether it is immutable (lsattr)");
    }
    return new FsException(
        Fault.IO_ERROR, text.startsWith(path.toString()) ? text : path + ": " + text, e);
  }

  private void sleep(long millis) throws IOException {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException)
          new InterruptedIOException(path + ": interrupted while waiting for its owner")
              .initCause(e);
    }
  }
}
