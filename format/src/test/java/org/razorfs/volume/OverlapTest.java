package org.razorfs.volume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.razorfs.alloc.AllocationFault;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;

/** Operations that are overtaken by others at the worst moment. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class OverlapTest extends VolumeFixture {
  OverlapTest() {
    super(3);
  }

  private void makeVolume(VolumeOptions.Builder options) throws IOException {
    format(64 << 20, 16 << 20, 8192);
    open(options);
  }

  private void write(long inode, long offset, int length) throws IOException {
    volume.write(inode, offset, ByteBuffer.wrap(noise(length)));
  }

  /** Runs in another thread, and returns when that has ended or waits for a lock. */
  private static Thread aside(Action action, List<Throwable> failures) {
    Thread thread =
        new Thread(
            () -> {
              try {
                action.run();
              } catch (IOException | RuntimeException e) {
                failures.add(e);
              }
            });
    thread.setDaemon(true);
    thread.start();
    while (thread.getState() != Thread.State.TERMINATED
        && thread.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    return thread;
  }

  @ParameterizedTest
  @ValueSource(ints = {0, CHUNK})
  void fsyncEndsThoughTheFileIsWrittenAllTheTime(int step) throws IOException {
    makeVolume(manual());
    long inode = create("busy");
    write(inode, 0, CHUNK);
    AtomicInteger more = new AtomicInteger();
    List<Throwable> failures = new ArrayList<>();
    tapped.beforeWrite(
        () -> {
          int count = more.incrementAndGet();
          if (count < 50) {
            aside(() -> write(inode, (long) count * step, CHUNK), failures);
          }
        });
    volume.fsync(inode, false);
    tapped.beforeWrite(TappedDevice.Tap.NONE);
    assertEquals(List.of(), failures);
    assertTrue(more.get() < 5, more + " transfers for what was written before");
  }

  @Test
  void inodeIsRememberedAsOthersHaveLeftItSinceItWasMade() throws IOException {
    makeVolume(manual().maxInodeCacheEntries(16).maxDirtyBytes(8 << 20));
    List<Long> others = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      others.add(create("other" + i));
    }
    AtomicBoolean creating = new AtomicBoolean();
    AtomicReference<String> current = new AtomicReference<>();
    AtomicReference<String> changed = new AtomicReference<>();
    List<Throwable> failures = new ArrayList<>();
    tapped.beforeFlush(
        () -> {
          if (creating.getAndSet(false)) {
            aside(
                () -> {
                  Attributes made = volume.lookup(Volume.ROOT, name(current.get()));
                  if (made == null) {
                    return;
                  }
                  volume.change(made.inode(), new AttributeChange().mode(0600));
                  changed.set(current.get());
                  for (int round = 0; round < 3; round++) {
                    for (long other : others) {
                      volume.getXattr(other, name("user.x"));
                    }
                  }
                },
                failures);
          }
        });
    // A full epoch makes a creation go through a checkpoint before it returns.
    for (int i = 0; changed.get() == null && i < 100_000; i++) {
      current.set("new" + i);
      creating.set(true);
      create(current.get());
    }
    assertEquals(List.of(), failures);
    assertNotNull(changed.get(), "no creation went through a checkpoint");
    Attributes made = volume.lookup(Volume.ROOT, name(changed.get()));
    assertEquals(0600, made.mode() & 07777);
  }

  /** A clock that holds up one thread. */
  private static final class HoldingClock extends TestClock {
    private final CountDownLatch arrived = new CountDownLatch(1);
    private final CountDownLatch released = new CountDownLatch(1);
    private volatile Thread held;

    @Override
    public Instant instant() {
      if (Thread.currentThread() == held) {
        arrived.countDown();
        try {
          released.await();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
      return Instant.EPOCH;
    }
  }

  @Test
  void nothingIsAcknowledgedThatTheClosingCheckpointDoesNotHold() throws Exception {
    HoldingClock clock = new HoldingClock();
    makeVolume(manual().clock(clock));
    AtomicBoolean acknowledged = new AtomicBoolean();
    AtomicReference<Throwable> refused = new AtomicReference<>();
    Thread late =
        new Thread(
            () -> {
              try {
                volume.mkdir(Volume.ROOT, name("late"), 0755, Owner.ROOT);
                volume.fsync(Volume.ROOT, false);
                acknowledged.set(true);
              } catch (IOException | RuntimeException e) {
                refused.set(e);
              }
            });
    clock.held = late;
    late.setDaemon(true);
    late.start();
    clock.arrived.await();
    tapped.beforeFlush(
        () -> {
          tapped.beforeFlush(TappedDevice.Tap.NONE);
          clock.released.countDown();
          try {
            late.join();
          } catch (InterruptedException e) {
            throw new IOException(e);
          }
        });
    volume.close();
    late.join();
    assertTrue(acknowledged.get() || refused.get() instanceof FsException, () -> "" + refused);
    try (Volume again = opened(device)) {
      boolean there = again.lookup(Volume.ROOT, name("late")) != null;
      assertEquals(acknowledged.get(), there);
    }
  }

  @Test
  void attributesAreListedWhileTheLastUseOfANameGoes() throws Exception {
    makeVolume(manual());
    for (int i = 0; i < 500; i++) {
      create("other" + i); // So that both trees have leaves that must be read.
    }
    for (int k = 0; k < 12; k++) {
      long inode = create("file" + k);
      byte[] attribute = name("user.only" + k);
      volume.setXattr(inode, name("user.first" + k), name("value"), XattrMode.SET);
      volume.setXattr(inode, attribute, name("value"), XattrMode.SET);
      volume.checkpoint();
      volume.close();
      open(manual().maxCacheBytes(0).maxStringTableBytes(0));
      AtomicInteger reads = new AtomicInteger(k);
      List<Throwable> failures = new ArrayList<>();
      List<Thread> threads = new ArrayList<>();
      volume.attributes(inode);
      tapped.beforeRead(
          () -> {
            if (reads.getAndDecrement() == 0) {
              threads.add(
                  aside(
                      () -> {
                        volume.removeXattr(inode, attribute);
                        volume.checkpoint();
                      },
                      failures));
            }
          });
      assertTrue(volume.listXattr(inode).size() >= 1);
      tapped.beforeRead(TappedDevice.Tap.NONE);
      for (Thread thread : threads) {
        thread.join();
      }
      assertEquals(List.of(), failures);
    }
  }

  @Test
  void nothingIsAcknowledgedThatAClosingVolumeHasNotStored() throws IOException {
    AtomicReference<Thread> writer = new AtomicReference<>();
    CountDownLatch stored = new CountDownLatch(1);
    makeVolume(manual().allocationFault(holding(writer, stored)));
    long inode = create("late");
    volume.checkpoint();
    List<Throwable> failures = new ArrayList<>();
    AtomicBoolean acknowledged = new AtomicBoolean();
    Thread late =
        aside(
            () -> {
              writer.set(Thread.currentThread());
              write(inode, 0, 100);
              acknowledged.set(true);
            },
            failures);
    tapped.beforeFlush(
        () -> {
          stored.countDown();
          join(late);
        });
    volume.close();
    tapped.beforeFlush(TappedDevice.Tap.NONE);
    open();
    assertEquals(acknowledged.get() ? 100 : 0, volume.attributes(inode).size());
    if (!acknowledged.get()) {
      assertEquals(Fault.SHUT_DOWN, ((FsException) failures.get(0)).fault());
    }
  }

  @Test
  void writeThatAClosingVolumeRefusesLeavesNothingBeyondTheSize() throws IOException {
    AtomicReference<Thread> writer = new AtomicReference<>();
    CountDownLatch storing = new CountDownLatch(1);
    makeVolume(manual().allocationFault(holding(writer, storing)));
    long first = create("first");
    long second = create("second");
    write(first, 0, CHUNK);
    write(second, 0, CHUNK);
    List<Throwable> failures = new ArrayList<>();
    Thread late =
        aside(
            () -> {
              writer.set(Thread.currentThread());
              write(second, CHUNK, CHUNK);
            },
            failures);
    tapped.beforeWrite(
        () -> {
          tapped.beforeWrite(TappedDevice.Tap.NONE);
          storing.countDown(); // What is written to the second file now is stored with it.
          join(late);
        });
    closeAndCheck();
    assertEquals(1, failures.size());
    assertEquals(Fault.SHUT_DOWN, ((FsException) failures.get(0)).fault());
  }

  /** Holds up a thread where it asks for space. */
  private static AllocationFault holding(AtomicReference<Thread> held, CountDownLatch until) {
    return ordinal -> {
      if (Thread.currentThread() == held.get()) {
        await(until);
      }
    };
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
