package org.razorfs.mount.devfuse;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.razorfs.mount.MountLog;
import org.razorfs.mount.Threads;
import org.razorfs.mount.devfuse.wire.PruneNotice;
import org.razorfs.mount.handler.LookupCounts;

/**
 * Asks the kernel to let go of inodes when it knows more than the daemon has memory for.
 *
 * <p>What is in use stays, and so do the directories on the way to it. Which of the others have
 * been used lately only the kernel knows; here they are asked for stripe by stripe, so that each
 * had its turn before any is asked for again.
 *
 * <p>A thread of its own asks, which answers no request and holds no lock: the kernel may have to
 * wait for answers before it can drop an inode.
 */
final class Forgetter implements AutoCloseable {
  /** After so long without a FORGET no more are expected. */
  private static final long SETTLE_MILLIS = 50;

  /** When what was in use is asked for again. */
  private static final long RETRY_MILLIS = 60_000;

  private static final long FOREVER_MILLIS = Long.MAX_VALUE / 1_000_000 / 2;

  private final Device device;
  private final LookupCounts lookups;
  private final long limit;
  private final MountLog log;
  private final ByteBuffer notice = ByteBuffer.allocateDirect(PruneNotice.BYTES);
  private final Thread thread = new Thread(this::run, "fuse-forget");

  /** The stripe whose turn is next. */
  private int next;

  /**
   * @param limit how many inodes the kernel may know
   */
  Forgetter(Device device, LookupCounts lookups, long limit, MountLog log) {
    this.device = device;
    this.lookups = lookups;
    this.limit = limit;
    this.log = log;
  }

  /** Begins to keep to the limit. */
  void start() {
    thread.setDaemon(true);
    thread.start();
  }

  private void run() {
    try {
      while (true) {
        lookups.await(-1, limit + 1, FOREVER_MILLIS);
        long before = lookups.forgotten();
        makeRoom();
        if (lookups.forgotten() - before < limit / 8) {
          // All is in use: there is no point in asking again soon.
          long more = Math.max(limit, lookups.size()) + limit / 8 + 1;
          lookups.await(limit, more, RETRY_MILLIS);
        }
      }
    } catch (InterruptedException e) {
      // the end of the mount
    } catch (Throwable problem) {
      log.problem("asking the kernel to forget inodes, which is not tried again", problem);
    }
  }

  /** Asks until there is some room again, for each inode at most once. */
  void makeRoom() throws IOException, InterruptedException {
    long goal = limit - limit / 8;
    int stripes = 0;
    while (stripes < LookupCounts.STRIPES && lookups.size() > goal) {
      long before = lookups.forgotten();
      long excess = lookups.size() - goal;
      long asked = 0;
      while (stripes < LookupCounts.STRIPES && asked < excess) {
        asked += ask(lookups.inodes(next));
        next = (next + 1) % LookupCounts.STRIPES;
        stripes++;
      }
      settle(goal, before + asked);
    }
  }

  /** Waits for what the kernel has forgotten to be told, as long as there is more of it. */
  private void settle(long goal, long all) throws InterruptedException {
    long before;
    do {
      before = lookups.forgotten();
      lookups.await(goal, Long.MAX_VALUE, SETTLE_MILLIS);
    } while (lookups.size() > goal && lookups.forgotten() < all && lookups.forgotten() != before);
  }

  private int ask(long[] inodes) throws IOException {
    for (int from = 0; from < inodes.length; from += PruneNotice.MOST) {
      PruneNotice.encode(notice, inodes, from, Math.min(PruneNotice.MOST, inodes.length - from));
      device.send(notice);
    }
    return inodes.length;
  }

  @Override
  public void close() {
    thread.interrupt(); // it does no input or output that this could break
    Threads.join(thread);
  }
}
