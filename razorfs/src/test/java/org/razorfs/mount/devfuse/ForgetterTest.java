package org.razorfs.mount.devfuse;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Clock;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.razorfs.mount.MountLog;
import org.razorfs.mount.handler.LookupCounts;

/** The kernel is asked for what is too much, and for no more; what it keeps is no trouble. */
class ForgetterTest {
  private static final int LIMIT = 8000;
  private static final int GOAL = LIMIT - LIMIT / 8;

  private final LookupCounts lookups = new LookupCounts();
  private final StringBuilder log = new StringBuilder();
  private final Kernel kernel = new Kernel();
  private final Forgetter forgetter =
      new Forgetter(kernel, lookups, LIMIT, new MountLog(log, Clock.systemUTC()));

  /** Forgets at once what it is asked to, but for what is in use. */
  private final class Kernel implements Device {
    private final Map<Long, Integer> asked = new HashMap<>();
    private final Set<Long> inUse = new HashSet<>();
    private final CountDownLatch some = new CountDownLatch(1);
    private IOException refusal;

    @Override
    public synchronized void send(ByteBuffer notice) throws IOException {
      ByteBuffer bytes = notice.duplicate().order(ByteOrder.nativeOrder());
      assertTrue(bytes.isDirect());
      assertEquals(bytes.remaining(), bytes.getInt(), "length");
      assertEquals(9, bytes.getInt(), "FUSE_NOTIFY_PRUNE");
      assertEquals(0, bytes.getLong(), "unique");
      int count = bytes.getInt();
      assertEquals(0, bytes.getInt() | bytes.getLong(), "spare");
      assertEquals((long) count * Long.BYTES, bytes.remaining());
      while (bytes.hasRemaining()) {
        long inode = bytes.getLong();
        asked.merge(inode, 1, Integer::sum);
        if (!inUse.contains(inode)) {
          assertTrue(lookups.subtract(inode, 1), "inode " + inode + " was not known");
        }
      }
      some.countDown();
      if (refusal != null) {
        throw refusal;
      }
    }

    @Override
    public Port open() {
      throw new AssertionError("no port is needed");
    }

    @Override
    public void wake() {
      throw new AssertionError("nobody waits at a port");
    }
  }

  private void know(int count) {
    for (long inode = 1; inode <= count; inode++) {
      if (!lookups.contains(inode)) {
        lookups.add(inode);
      }
    }
  }

  @Test
  void asMuchIsAskedForAsMakesRoomAndAllHaveTheirTurn() throws Exception {
    know(LIMIT + 1);
    forgetter.makeRoom();
    assertTrue(lookups.size() <= GOAL, lookups.size() + " known");
    assertTrue(lookups.size() > GOAL - 2 * LIMIT / LookupCounts.STRIPES, lookups.size() + " known");
    int first = kernel.asked.size();
    for (int round = 0; round < 7; round++) {
      know(LIMIT + 1);
      forgetter.makeRoom();
    }
    assertTrue(kernel.asked.size() > 6 * first, kernel.asked.size() + " had a turn, not " + first);
    assertTrue(kernel.asked.values().stream().allMatch(times -> times <= 2), "asked for too often");
  }

  @Test
  void whereAllIsInUseEachIsAskedForOnce() throws Exception {
    know(LIMIT + 1);
    for (long inode = 1; inode <= LIMIT + 1; inode++) {
      kernel.inUse.add(inode);
    }
    forgetter.makeRoom();
    assertEquals(LIMIT + 1, kernel.asked.size());
    assertTrue(kernel.asked.values().stream().allMatch(times -> times == 1));
    assertEquals(LIMIT + 1, lookups.size());
  }

  @Test
  void nobodyIsAskedUpToTheLimitAndSomeAreBeyondIt() throws Exception {
    forgetter.start();
    know(LIMIT);
    assertEquals(0, kernel.asked.size());
    lookups.add(LIMIT + 1);
    assertTrue(kernel.some.await(60, TimeUnit.SECONDS));
    forgetter.close();
    assertEquals("", log.toString());
  }

  @Test
  void aRefusalIsLoggedAndEndsNothingElse() throws Exception {
    kernel.refusal = new IOException("unknown notice");
    forgetter.start();
    know(LIMIT + 1);
    assertTrue(kernel.some.await(60, TimeUnit.SECONDS));
    forgetter.close();
    assertTrue(log.toString().contains("unknown notice"), log.toString());
  }

  @Test
  void aMountThatNeverBeganEndsAtOnce() {
    forgetter.close();
    assertEquals("", log.toString());
  }
}
