package org.razorfs.scale;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.razorfs.check.CheckListener;
import org.razorfs.check.CheckOptions;
import org.razorfs.check.Checker;
import org.razorfs.device.MemoryDevice;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.model.posix.Content;
import org.razorfs.model.posix.VolumeDriver;
import org.razorfs.volume.AttributeChange;
import org.razorfs.volume.FallocateMode;
import org.razorfs.volume.FormatOptions;
import org.razorfs.volume.Formatter;
import org.razorfs.volume.Owner;
import org.razorfs.volume.RenameMode;
import org.razorfs.volume.Volume;
import org.razorfs.volume.VolumeOptions;
import org.razorfs.volume.XattrMode;

/**
 * Others who wait for the device because an fsync or a checkpoint does. A flush is held until all
 * that must not wait for it has been done; where something does wait, the test never ends, which
 * its time limit turns into a failure.
 */
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HeldFlushTest {
  private static final int LARGE = 3 << 20;

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final MemoryDevice memory = new MemoryDevice(128 << 20);
  private final GateDevice device = new GateDevice(memory);
  private Volume volume;
  private long large;
  private long other;
  private int made;

  @BeforeEach
  void make() throws IOException {
    Formatter.format(device, FormatOptions.defaults(), Clock.systemUTC());
    volume = Volume.open(device, options().maxDirtyBytes(32 << 20).build());
    large = create("large");
    other = create("other");
    write(large, 0, LARGE);
    write(other, 0, 5000);
    volume.checkpoint();
  }

  /** No commit by itself, so that the only flushes are those that the tests ask for. */
  private static VolumeOptions.Builder options() {
    return VolumeOptions.builder().commitInterval(Duration.ofDays(1)).maxCacheBytes(1 << 20);
  }

  @AfterEach
  void close() throws IOException {
    device.releaseFlush();
    threads.shutdown();
    volume.close();
    assertEquals(
        List.of(), Checker.check(memory, CheckOptions.full(), CheckListener.NONE).findings());
  }

  private static byte[] bytes(String name) {
    return name.getBytes(StandardCharsets.UTF_8);
  }

  private long create(String name) throws IOException {
    return volume.create(Volume.ROOT, bytes(name), 0644, Owner.ROOT, 0).inode();
  }

  private void write(long inode, long offset, int length) throws IOException {
    volume.write(
        inode, offset, ByteBuffer.wrap(Content.bytes(1, Content.Texture.NOISE, offset, length)));
  }

  private void assertContent(long inode, int length) throws IOException {
    assertArrayEquals(
        Content.bytes(1, Content.Texture.NOISE, 0, length),
        VolumeDriver.read(volume, inode, 0, length + 1));
  }

  /** Everything that has no reason to wait for the device's caches. */
  private void doEverythingElse() throws IOException {
    int round = made++;
    assertContent(large, LARGE); // most of it is in no cache
    assertContent(other, 5000);
    assertNotNull(volume.lookup(Volume.ROOT, bytes("large")));
    assertNull(volume.lookup(Volume.ROOT, bytes("absent")));
    List<String> names = new ArrayList<>();
    volume.readdir(
        Volume.ROOT,
        0,
        (name, inode, type, cookie) -> names.add(new String(name, StandardCharsets.UTF_8)));
    assertEquals(true, names.contains("other"));
    volume.statfs();
    volume.statistics();
    long inode = create("new-" + round);
    write(inode, 0, 200_000);
    assertContent(inode, 200_000);
    write(other, 0, 5000);
    volume.change(other, new AttributeChange().mode(0600 | (round & 7)));
    volume.setXattr(other, bytes("user.round"), bytes("" + round), XattrMode.SET);
    long directory =
        volume.mkdir(Volume.ROOT, bytes("directory-" + round), 0755, Owner.ROOT).inode();
    volume.rename(
        Volume.ROOT,
        bytes("new-" + round),
        directory,
        bytes("moved"),
        RenameMode.REPLACE,
        Owner.ROOT);
    volume.link(inode, Volume.ROOT, bytes("link-" + round));
    volume.unlink(directory, bytes("moved"));
    volume.symlink(directory, bytes("symlink"), bytes("target"), Owner.ROOT);
    assertContent(inode, 200_000);
  }

  private Future<?> start(Callable<?> call) {
    return threads.submit(call);
  }

  private interface Action {
    void run() throws IOException;
  }

  private Future<?> start(Action action) {
    return start(
        () -> {
          action.run();
          return null;
        });
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void nobodyElseWaitsForAnFsync(boolean inline) throws Exception {
    long synced = create("synced");
    write(synced, 0, inline ? 1000 : 300_000);
    GateDevice.HeldFlush flush = device.holdFlush(0);
    Future<?> fsync = start(() -> volume.fsync(synced, false));
    flush.awaitArrival();
    doEverythingElse();
    // The file itself can be read and written on.
    assertContent(synced, inline ? 1000 : 300_000);
    write(synced, inline ? 1000 : 300_000, 4096);
    assertContent(synced, (inline ? 1000 : 300_000) + 4096);
    assertFalse(fsync.isDone());
    flush.release();
    fsync.get();
  }

  @Test
  void fsyncsThatComeLaterWaitForAFlushOfTheirOwnAndHoldUpNobody() throws Exception {
    GateDevice.HeldFlush flush = device.holdFlush(0);
    write(large, 0, 4096);
    Future<?> first = start(() -> volume.fsync(large, false));
    flush.awaitArrival();
    List<Future<?>> later = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      long inode = create("later-" + i);
      write(inode, 0, 3000);
      later.add(start(() -> volume.fsync(inode, false)));
    }
    doEverythingElse();
    // None may be told that it is durable before a flush that began after its write.
    for (Future<?> each : later) {
      assertFalse(each.isDone());
    }
    assertFalse(first.isDone());
    flush.release();
    first.get();
    for (Future<?> each : later) {
      each.get();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void nobodyWaitsForACheckpoint(int which) throws Exception {
    for (int i = 0; i < 200; i++) {
      write(create("many-" + i), 0, i * 10);
    }
    volume.sync();
    // The flush of the nodes, or that of the superblock.
    GateDevice.HeldFlush flush = device.holdFlush(which);
    Future<?> checkpoint = start(() -> volume.checkpoint());
    flush.awaitArrival();
    doEverythingElse();
    assertFalse(checkpoint.isDone());
    // Not even an fsync has to wait for what a checkpoint does.
    long inode = create("synced meanwhile");
    write(inode, 0, 10_000);
    volume.fsync(inode, false);
    doEverythingElse();
    assertFalse(checkpoint.isDone());
    flush.release();
    checkpoint.get();
    doEverythingElse();
  }

  @Test
  void whoWritesMoreThanCheckpointsTakeWaitsWithoutLocks() throws Exception {
    volume.close();
    volume = Volume.open(device, options().maxDirtyBytes(4 << 20).build());
    long[] files = new long[40_000];
    for (int i = 0; i < files.length; i++) {
      files[i] = create("f" + i);
    }
    volume.checkpoint();
    GateDevice.HeldFlush flush = device.holdFlush(0);
    AtomicBoolean stop = new AtomicBoolean();
    AtomicInteger written = new AtomicInteger();
    byte[] content = Content.bytes(1, Content.Texture.NOISE, 0, 600);
    Future<?> writer =
        start(
            () -> {
              while (!stop.get() && written.get() < files.length) {
                volume.write(files[written.get()], 0, ByteBuffer.wrap(content));
                written.incrementAndGet();
              }
            });
    flush.awaitArrival();
    awaitDelay(writer, () -> volume.statistics().checkpointWaits() > 0);
    int count = written.get();
    for (int i = 0; i < count; i++) {
      assertArrayEquals(content, VolumeDriver.read(volume, files[i], 0, 601), "f" + i);
    }
    stop.set(true);
    flush.release();
    writer.get();
  }

  private static void awaitDelay(Future<?> changes, BooleanSupplier delayed)
      throws InterruptedException {
    while (!delayed.getAsBoolean()) {
      assertFalse(changes.isDone(), "nothing has held up the changes");
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      Thread.onSpinWait();
    }
  }

  /** Promises all space there is to a file. */
  private void fillUp() throws IOException {
    long end = volume.attributes(other).size();
    for (long length = 64 << 20; length >= 4096; length /= 2) {
      try {
        while (true) {
          volume.fallocate(other, FallocateMode.ALLOCATE, end, length);
          end += length;
        }
      } catch (FsException e) {
        assertEquals(Fault.NO_SPACE, e.fault());
      }
    }
  }

  private void unlinkNames(int first, int end) throws IOException {
    for (int i = first; i < end; i++) {
      volume.unlink(Volume.ROOT, bytes("name-" + i));
    }
  }

  private void createUntilFull() throws IOException {
    try {
      for (int i = 0; true; i++) {
        create("name-" + i);
      }
    } catch (FsException e) {
      assertEquals(Fault.NO_SPACE, e.fault());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whoNeedsACheckpointOnAFullVolumeWaitsForItWithoutLocks(boolean adding) throws Exception {
    int names = 3000;
    for (int i = 0; i < names; i++) {
      create("name-" + i);
    }
    fillUp();
    if (adding) {
      unlinkNames(0, names);
    }
    volume.checkpoint();
    GateDevice.HeldFlush flush = device.holdFlush(0);
    Future<?> changes =
        start(
            () -> {
              if (adding) {
                createUntilFull();
              } else {
                unlinkNames(0, names);
              }
            });
    try {
      flush.awaitArrival();
      awaitDelay(changes, volume::delaysChanges);
      volume.attributes(Volume.ROOT);
      AtomicInteger listed = new AtomicInteger();
      volume.readdir(Volume.ROOT, 0, (name, inode, type, cookie) -> listed.incrementAndGet() > 0);
      int found = 0;
      for (int i = 0; i < names; i++) {
        found += volume.lookup(Volume.ROOT, bytes("name-" + i)) == null ? 0 : 1;
      }
      assertTrue(found > 0 && found < names, found + " of " + names + " names when it waited");
      assertTrue(listed.get() >= found, listed + " names listed");
      assertContent(large, LARGE);
      assertFalse(changes.isDone());
    } finally {
      flush.release();
    }
    changes.get();
  }
}
