package org.razorfs.scale;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.razorfs.check.CheckListener;
import org.razorfs.check.CheckOptions;
import org.razorfs.check.Checker;
import org.razorfs.device.FileDevice;
import org.razorfs.device.FileDeviceOptions;
import org.razorfs.device.MemoryDevice;
import org.razorfs.model.posix.Content;
import org.razorfs.model.posix.VolumeDriver;
import org.razorfs.volume.FormatOptions;
import org.razorfs.volume.Formatter;
import org.razorfs.volume.Owner;
import org.razorfs.volume.Volume;
import org.razorfs.volume.VolumeOptions;

/** Memory that fills up, or readers that starve, because the device is slower than the writers. */
@Tag("slow")
class SlowDeviceTest {
  private static final int LIMIT = 4 << 20;
  private static final int WRITERS = 3;
  private static final int WRITE = 128 << 10;
  private static final int WRITES = 150;
  private static final int COLD = 2 << 20;

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(ints = {0, 2})
  @Timeout(value = 3, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void writersWaitAndReadersDoNot(int workers) throws Exception {
    MemoryDevice memory = new MemoryDevice(256 << 20);
    GateDevice device = new GateDevice(memory);
    Formatter.format(device, FormatOptions.defaults(), Clock.systemUTC());
    VolumeOptions options =
        VolumeOptions.builder()
            .workers(workers)
            .maxDirtyBytes(LIMIT)
            .maxCacheBytes(1 << 20)
            .commitInterval(Duration.ofDays(1))
            .build();
    Volume volume = Volume.open(device, options);
    long cold = file(volume, "cold");
    write(volume, cold, 0, COLD);
    volume.checkpoint();

    AtomicLong most = new AtomicLong();
    AtomicLong accepted = new AtomicLong();
    device.slow(bytes -> most.accumulateAndGet(volume.statistics().dirtyBytes(), Math::max));
    ExecutorService threads = Executors.newCachedThreadPool();
    List<Future<?>> writers = new ArrayList<>();
    for (int i = 0; i < WRITERS; i++) {
      long inode = file(volume, "written-" + i);
      writers.add(
          threads.submit(
              () -> {
                for (int k = 0; k < WRITES; k++) {
                  write(volume, inode, (long) k * WRITE, WRITE);
                  accepted.addAndGet(WRITE);
                }
                return null;
              }));
    }
    threads.shutdown();
    long let = 0;
    int held = 0;
    while (!writers.stream().allMatch(Future::isDone)) {
      if (!device.isWaitedFor()) {
        Thread.onSpinWait();
        continue;
      }
      // Nothing gets through now, and a read that needs the device comes back all the same.
      if (held++ % 20 == 0) {
        assertArrayEquals(
            content(0, COLD), VolumeDriver.read(volume, cold, 0, COLD), "while writers wait");
        assertTrue(volume.lookup(Volume.ROOT, name("cold")).isRegular());
      }
      most.accumulateAndGet(volume.statistics().dirtyBytes(), Math::max);
      long ahead = accepted.get() - let;
      assertTrue(ahead <= LIMIT + (WRITERS + 1) * (long) WRITE, ahead + " bytes ahead");
      device.let(WRITE / 1024);
      let += WRITE;
    }
    device.open();
    for (Future<?> writer : writers) {
      writer.get();
    }
    assertTrue(held > 100, "the device was never waited for");
    assertTrue(most.get() > LIMIT / 2, "the limit was never reached");
    assertTrue(most.get() <= LIMIT + WRITERS * (long) WRITE, most.get() + " bytes dirty");
    volume.close();
    assertEquals(
        List.of(), Checker.check(memory, CheckOptions.full(), CheckListener.NONE).findings());
    try (Volume again = Volume.open(memory, options)) {
      for (int i = 0; i < WRITERS; i++) {
        long inode = again.lookup(Volume.ROOT, name("written-" + i)).inode();
        assertArrayEquals(
            content(0, WRITES * WRITE), VolumeDriver.read(again, inode, 0, WRITES * WRITE + 1));
      }
    }
  }

  private static byte[] name(String name) {
    return name.getBytes(StandardCharsets.UTF_8);
  }

  private static long file(Volume volume, String name) throws IOException {
    return volume.create(Volume.ROOT, name(name), 0644, Owner.ROOT, 0).inode();
  }

  private static byte[] content(long offset, int length) {
    return Content.bytes(1, Content.Texture.NOISE, offset, length);
  }

  private static void write(Volume volume, long inode, long offset, int length) throws IOException {
    volume.write(inode, offset, ByteBuffer.wrap(content(offset, length)));
  }

  @Test
  void memoryLastsHoweverMuchIsWritten() throws IOException {
    flood(48, 40_000_000);
  }

  @Test
  @Tag("long")
  void memoryLastsForGigabytes() throws IOException {
    flood(4096, 60_000_000);
  }

  @SuppressWarnings("SystemOut") // figures for people
  private void flood(int mib, long bytesPerSecond) throws IOException {
    Path image = folder.resolve("image");
    Map<String, Long> numbers =
        JavaProcess.run(110, 96, 0, SlowWriter.class, image, mib, bytesPerSecond);
    System.out.println("streaming " + mib + " MiB to a slow device: " + numbers);
    long most = SlowWriter.DIRTY + SlowWriter.WRITERS * SlowWriter.ONE_WRITE;
    assertTrue(numbers.get("dirty.most") <= most, numbers.toString());
    assertTrue(numbers.get("dirty.most") > SlowWriter.DIRTY / 2, "the limit was never reached");
    assertTrue(numbers.get("reads") > 0, numbers.toString());
    try (FileDevice device = FileDevice.open(image, FileDeviceOptions.readOnly())) {
      assertEquals(
          List.of(),
          Checker.check(device, CheckOptions.metadataOnly(), CheckListener.NONE).findings());
    }
  }
}
