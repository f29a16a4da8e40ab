package org.razorfs.mount.devfuse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.mount.MountLog;
import org.razorfs.mount.Threads;
import org.razorfs.mount.handler.FileSystemHandler;
import org.razorfs.mount.host.IdlePolling;

/** The rings of all processors, each with its threads, where kernel and machine have them. */
final class UringPools implements AutoCloseable {
  /** Each processor costs threads, and memory for its requests. */
  private static final int MOST_PROCESSORS = 32;

  private static final Path POSSIBLE = Path.of("/sys/devices/system/cpu/possible");

  private final Session session;
  private final FileSystemHandler handler;
  private final IdlePolling polling;
  private final MountLog log;
  private final List<UringDevice> rings = new ArrayList<>();
  private final List<WorkerPool> pools = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();

  UringPools(Session session, FileSystemHandler handler, IdlePolling polling, MountLog log) {
    this.session = session;
    this.handler = handler;
    this.polling = polling;
    this.log = log;
  }

  /** Makes them and lets the session offer them to the kernel, or does nothing where it cannot. */
  void prepare(Syscalls system, FuseDevice device) {
    try {
      int processors = processors();
      if (processors > MOST_PROCESSORS) {
        return;
      }
      for (int i = 0; i < processors; i++) {
        rings.add(new UringDevice(system, device, i));
      }
      session.offerUring();
    } catch (IOException e) {
      rings.forEach(UringDevice::close); // not allowed here, or no memory for it
      rings.clear();
    }
  }

  /** All that there could be: the kernel wants a queue for each. */
  private static int processors() throws IOException {
    String last = Files.readString(POSSIBLE, StandardCharsets.US_ASCII).strip();
    return Integer.parseInt(
            last.substring(Math.max(last.lastIndexOf('-'), last.lastIndexOf(',')) + 1))
        + 1;
  }

  /**
   * Begins to take requests, if kernel and session have agreed on it.
   *
   * @param ended is told when one of them ends, and of the failure or null
   */
  void start(Consumer<IOException> ended) {
    if (!session.init().hasUring()) {
      return;
    }
    for (int i = 0; i < rings.size(); i++) {
      UringDevice ring = rings.get(i);
      WorkerPool pool =
          new WorkerPool(
              ring, WorkerPool.Style.ring(i), session, handler::delaysChanges, polling, log);
      pools.add(pool);
      Thread thread =
          new Thread(
              () -> {
                try {
                  pool.run(() -> {});
                  if (ring.isRefused()) {
                    log.line("the kernel has withdrawn its offer of io_uring: going without");
                  }
                } catch (IOException e) {
                  ended.accept(e);
                } catch (Throwable problem) {
                  log.problem("the threads of a ring ended", problem);
                  ended.accept(
                      new FsException(Fault.IO_ERROR, "the threads of a ring ended", problem));
                }
              },
              "fuse-ring" + i);
      threads.add(thread);
      thread.start();
    }
  }

  /** Whether requests come through them. */
  boolean isUsed() {
    return session.init() != null
        && session.init().hasUring()
        && rings.stream().noneMatch(UringDevice::isRefused);
  }

  @Override
  public void close() {
    pools.forEach(pool -> pool.end(null));
    threads.forEach(Threads::join);
    rings.forEach(UringDevice::close);
  }
}
