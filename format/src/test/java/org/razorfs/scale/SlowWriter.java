package org.razorfs.scale;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.razorfs.device.BlockDevice;
import org.razorfs.device.FileDevice;
import org.razorfs.device.FileDeviceOptions;
import org.razorfs.device.ForwardingDevice;
import org.razorfs.model.posix.Content;
import org.razorfs.volume.FormatOptions;
import org.razorfs.volume.Formatter;
import org.razorfs.volume.Owner;
import org.razorfs.volume.Volume;
import org.razorfs.volume.VolumeOptions;

/**
 * Writes to a volume in every way at once, much faster than its device takes it, in a process whose
 * memory is what a mount with such limits would give it.
 */
final class SlowWriter {
  static final long DIRTY = 16 << 20;

  /** Threads that write, and what each may bring above the limit: the chunks of one write. */
  static final int WRITERS = 4;

  static final long ONE_WRITE = 256 << 10;

  private static final int FLOOD = 400_000;

  private final Volume volume;
  private final AtomicLong mostDirty = new AtomicLong();
  private final AtomicLong mostBuffers = new AtomicLong();
  private final AtomicBoolean writing = new AtomicBoolean(true);
  private final AtomicLong read = new AtomicLong();

  private SlowWriter(Volume volume) {
    this.volume = volume;
  }

  /** Arguments: image, MiB to stream, bytes a second that the device takes. */
  public static void main(String[] args) throws Exception {
    int mib = Integer.parseInt(args[1]);
    long rate = Long.parseLong(args[2]);
    long size = Math.max(1L << 30, (4L * mib) << 20);
    try (FileDevice file =
        FileDevice.create(Path.of(args[0]), size, true, FileDeviceOptions.readWrite())) {
      Formatter.format(file, FormatOptions.defaults(), Clock.systemUTC());
      VolumeOptions options =
          VolumeOptions.builder()
              .maxCacheBytes(16 << 20)
              .maxDirtyBytes(DIRTY)
              .maxStringTableBytes(4 << 20)
              .maxInodeCacheEntries(2000)
              .commitInterval(Duration.ofSeconds(1))
              .build();
      try (Volume volume = Volume.open(new SlowDevice(file, rate), options)) {
        new SlowWriter(volume).run(mib);
      }
    }
  }

  /** Each write takes its time. */
  private static final class SlowDevice extends ForwardingDevice {
    private final long bytesPerSecond;

    SlowDevice(BlockDevice inner, long bytesPerSecond) {
      super(inner);
      this.bytesPerSecond = bytesPerSecond;
    }

    @Override
    public synchronized void write(long position, ByteBuffer source) throws IOException {
      long until = System.nanoTime() + source.remaining() * 1_000_000_000L / bytesPerSecond;
      inner.write(position, source);
      for (long left = until - System.nanoTime(); left > 0; left = until - System.nanoTime()) {
        LockSupport.parkNanos(left);
      }
    }
  }

  private interface Work {
    void run() throws IOException;
  }

  private void run(int mib) throws Exception {
    long small = file("read");
    write(small, 0, 100_000);
    volume.checkpoint();
    long large = file("overwritten");
    write(large, 0, 1 << 20);
    ExecutorService threads = Executors.newCachedThreadPool();
    Future<?> reader = start(threads, () -> read(small));
    List<Future<?>> writers = new ArrayList<>();
    writers.add(start(threads, () -> stream(file("stream"), mib)));
    writers.add(start(threads, () -> smallFiles(mib * 16)));
    writers.add(start(threads, () -> overwrite(large, mib * 32)));
    writers.add(start(threads, () -> flood(mib * FLOOD / 256)));
    for (Future<?> writer : writers) {
      writer.get();
    }
    writing.set(false);
    reader.get();
    threads.shutdown();
    print("dirty.most", mostDirty.get());
    print("buffers.most", mostBuffers.get());
    print("reads", read.get());
    print("heap.max", Runtime.getRuntime().maxMemory());
  }

  private static Future<?> start(ExecutorService threads, Work work) {
    return threads.submit(
        () -> {
          work.run();
          return null;
        });
  }

  private static byte[] name(String name) {
    return name.getBytes(StandardCharsets.UTF_8);
  }

  private long file(String name) throws IOException {
    return volume.create(Volume.ROOT, name(name), 0644, Owner.ROOT, 0).inode();
  }

  private void write(long inode, long offset, int length) throws IOException {
    volume.write(
        inode, offset, ByteBuffer.wrap(Content.bytes(1, Content.Texture.NOISE, offset, length)));
    var now = volume.statistics();
    mostDirty.accumulateAndGet(now.dirtyBytes(), Math::max);
    mostBuffers.accumulateAndGet(now.bufferBytes(), Math::max);
  }

  private void stream(long inode, int mib) throws IOException {
    for (int i = 0; i < mib * 8; i++) {
      write(inode, (long) i << 17, 1 << 17);
    }
  }

  private void smallFiles(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      write(file("small-" + i), 0, 3000 + i % 3000);
    }
  }

  private void overwrite(long inode, int count) throws IOException {
    SplittableRandom random = new SplittableRandom(count);
    for (int i = 0; i < count; i++) {
      write(inode, random.nextInt(512 << 20), 700);
    }
  }

  /** Only metadata, of which no data tells how much there is. */
  private void flood(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      file("empty-" + i);
      if (i % 3 == 0) {
        volume.unlink(Volume.ROOT, name("empty-" + i));
      }
    }
  }

  private void read(long inode) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(100_000);
    while (writing.get()) {
      bytes.clear();
      if (volume.read(inode, 0, bytes) != bytes.capacity()
          || volume.lookup(Volume.ROOT, name("read")) == null) {
        throw new AssertionError("what was there before is gone");
      }
      read.incrementAndGet();
      LockSupport.parkNanos(1_000_000);
    }
  }

  @SuppressWarnings("SystemOut") // its standard output is how it answers
  private static void print(String name, long value) {
    System.out.println(name + " " + value);
  }
}
