package org.razorfs.mount.jnrfuse;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.layout.InodeRecord;
import org.razorfs.mount.MountLog;
import org.razorfs.mount.handler.FileSystemHandler;
import org.razorfs.mount.jnrfuse.PathResolver.Place;
import org.razorfs.volume.Attributes;

/**
 * Open files that have lost their name, which libfuse's path-based API can only reach over a path.
 *
 * <p>When an open file is unlinked, libfuse renames it to {@code .fuse_hidden…} and unlinks that
 * when it is closed. Here such a rename <em>is</em> the unlinking: the volume keeps an unlinked
 * file alive by itself, and the hidden path is only remembered, so that fstat and its like go on.
 * (With libfuse's {@code hard_remove} they would fail with ENOENT.) No hidden name ever shows or is
 * left over by a crash.
 *
 * <p>When an open file is replaced by a rename, libfuse hides it first and renames then. Unlinking
 * at once would make two steps of one that has to be atomic, and nothing in the call tells the
 * cases apart. So the unlinking waits: if the rename follows in the same request it replaces the
 * file; once the request is answered it was an unlinking, which whoever comes next does first.
 * Where threads cannot be watched, a moment has to be enough. Nobody but libfuse's own thread can
 * see the difference.
 */
final class HiddenFiles {
  private static final Pattern HIDDEN = Pattern.compile("\\.fuse_hidden[0-9a-f]{16,24}");
  private static final long GRACE_NANOS = TimeUnit.MICROSECONDS.toNanos(200);

  /**
   * An unlinking that waits.
   *
   * @param thread which serves the request that hid the file, if it can be watched
   */
  private record Pending(
      String path, Place place, long inode, long since, Optional<RequestThread> thread) {}

  private final FileSystemHandler handler;
  private final PathResolver paths;
  private final MountLog log;
  private final LongSupplier nanoTime;
  private final Executor later;
  private final Supplier<Optional<RequestThread>> threads;
  private final ConcurrentHashMap<String, Long> hidden = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<Long, Integer> opens = new ConcurrentHashMap<>();
  private final List<Pending> pending = new ArrayList<>();
  private volatile boolean anyPending;

  HiddenFiles(FileSystemHandler handler, PathResolver paths, MountLog log) {
    this(
        handler,
        paths,
        log,
        System::nanoTime,
        CompletableFuture.delayedExecutor(2 * GRACE_NANOS, TimeUnit.NANOSECONDS),
        RequestThread::current);
  }

  /**
   * @param later runs a task after the moment for which unlinking waits
   * @param threads gives the calling thread, if it can be watched
   */
  HiddenFiles(
      FileSystemHandler handler,
      PathResolver paths,
      MountLog log,
      LongSupplier nanoTime,
      Executor later,
      Supplier<Optional<RequestThread>> threads) {
    this.handler = handler;
    this.paths = paths;
    this.log = log;
    this.nanoTime = nanoTime;
    this.later = later;
    this.threads = threads;
  }

  /** Counts an opened handle. */
  void opened(long inode) {
    opens.merge(inode, 1, Integer::sum);
  }

  /** Counts a released handle. */
  void released(long inode) {
    opens.computeIfPresent(inode, (key, count) -> count == 1 ? null : count - 1);
  }

  /** The inode that is hidden under this path, or -1. */
  long inode(String path) {
    if (hidden.isEmpty()) {
      return -1;
    }
    Long inode = hidden.get(path);
    return inode == null ? -1 : inode;
  }

  /**
   * Takes a rename that only hides an open file.
   *
   * @return false when it is a rename like any other
   */
  boolean hide(String from, String to) throws IOException {
    String name = to.substring(to.lastIndexOf('/') + 1);
    // Users may call their files so, too; but not one that is open at this moment, and no other
    // file system's leftovers are.
    if (!HIDDEN.matcher(name).matches() || !PathResolver.sameDirectory(from, to)) {
      return false;
    }
    Attributes file = paths.attributes(from);
    if (!opens.containsKey(file.inode())) {
      return false;
    }
    Place place = paths.place(from);
    int directoryFlags = handler.getattr(place.directory()).flags();
    if (((file.flags() | directoryFlags) & (InodeRecord.IMMUTABLE | InodeRecord.APPEND)) != 0) {
      throw FsException.of(Fault.NOT_PERMITTED, Fault.NOT_PERMITTED.meaning());
    }
    handler.remember(file.inode());
    hidden.put(to, file.inode());
    synchronized (pending) {
      pending.add(new Pending(from, place, file.inode(), nanoTime.getAsLong(), threads.get()));
      anyPending = true;
    }
    later.execute(this::settle);
    return true;
  }

  /**
   * A rename is about to replace this path; if its file was hidden for that, the rename unlinks it.
   */
  void replaced(String path) {
    if (anyPending) {
      Optional<RequestThread> self = threads.get();
      synchronized (pending) {
        pending.removeIf(waiting -> waiting.path.equals(path) && waiting.thread.equals(self));
        anyPending = !pending.isEmpty();
      }
    }
  }

  /**
   * Takes the unlinking of a hidden path.
   *
   * @return false when the path is not hidden
   */
  boolean unlink(String path) throws IOException {
    Long inode = hidden.isEmpty() ? null : hidden.remove(path);
    if (inode == null) {
      return false;
    }
    handler.forget(inode, 1);
    return true;
  }

  /**
   * Does the unlinking that waits; to be called before anything that could see the difference, and
   * after {@link #replaced}.
   */
  void settle() {
    if (!anyPending) {
      return;
    }
    Optional<RequestThread> self = threads.get();
    while (anyPending) {
      Pending first = null;
      synchronized (pending) {
        if (!pending.isEmpty() && isUnlinked(pending.get(0), self)) {
          first = pending.remove(0);
          unlink(first);
          anyPending = !pending.isEmpty();
        }
      }
      if (first == null && anyPending) {
        LockSupport.parkNanos(GRACE_NANOS / 4);
      }
    }
  }

  private boolean isUnlinked(Pending waiting, Optional<RequestThread> self) {
    return waiting.thread.isPresent()
        ? waiting.thread.equals(self) || waiting.thread.get().hasAnswered()
        : nanoTime.getAsLong() - waiting.since >= GRACE_NANOS;
  }

  private void unlink(Pending waiting) {
    try {
      handler.unlink(waiting.place.directory(), waiting.place.name());
    } catch (IOException | RuntimeException e) {
      // The caller has had its answer already; what can still fail here is the device.
      log.problem("unlinking open inode " + waiting.inode, e);
    }
  }
}
