package org.razorfs.bench.workload;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.razorfs.bench.host.IoAction;
import org.razorfs.bench.input.RandomBytes;
import org.razorfs.bench.result.Figure;
import org.razorfs.bench.result.Unit;

/** Work whose speed is that of fsync: many small files, and readers beside a writer. */
final class SyncWorkloads {
  private static final int SMALL = 4096;
  private static final int READERS = 2;
  private static final long READ_BYTES = 32L << 20;

  private SyncWorkloads() {}

  static List<Workload> all() {
    return List.of(
        new Workload(
            "small-fsync",
            "small files, written and fsynced each",
            Unit.PER_SECOND,
            false,
            SyncWorkloads::small),
        new Workload(
            "readers-and-writer",
            "4 KiB reads, 2 readers beside a writer",
            Unit.IOPS,
            false,
            SyncWorkloads::mixed));
  }

  /** What a mail server does: a new file, its bytes, fsync, and the name it is to have. */
  private static Figure small(Site site) throws IOException {
    Path folder = site.at("small");
    site.remove(folder);
    Files.createDirectory(folder);
    byte[] bytes = new byte[SMALL];
    RandomBytes.fill(new SplittableRandom(1), bytes);
    ByteBuffer buffer = ByteBuffer.allocateDirect(SMALL).put(bytes);
    int count = site.plan().smallFiles();
    double seconds =
        site.seconds(
            () -> {
              for (int i = 0; i < count; i++) {
                Path unfinished = folder.resolve("unfinished");
                try (FileChannel channel =
                    FileChannel.open(
                        unfinished, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
                  channel.write(buffer.rewind());
                  channel.force(true);
                }
                Files.move(unfinished, folder.resolve("message-" + i));
              }
            });
    return new Figure(count / seconds, "java");
  }

  private static Figure mixed(Site site) throws IOException {
    Path read = site.at("mixed-read");
    Path written = site.at("mixed-written");
    site.remove(read);
    site.remove(written);
    long bytes = Math.min(READ_BYTES, site.plan().blockFileBytes());
    new JavaBlocks().append(read, bytes);
    Streams.read(read);
    return new Mix(read, written).run(site.plan().mixedSeconds());
  }

  /** One run of readers beside a writer. */
  private static final class Mix {
    private final Path read;
    private final Path written;
    private final AtomicBoolean stop = new AtomicBoolean();
    private final AtomicLong reads = new AtomicLong();
    private final AtomicLong writtenBytes = new AtomicLong();
    private final AtomicReference<IOException> problem = new AtomicReference<>();

    private Mix(Path read, Path written) {
      this.read = read;
      this.written = written;
    }

    private Figure run(double seconds) throws IOException {
      List<Thread> threads = new ArrayList<>();
      threads.add(
          thread(
              "write", () -> StreamingWriter.write(written, () -> !stop.get(), writtenBytes::set)));
      for (int i = 0; i < READERS; i++) {
        int seed = i;
        threads.add(thread("read " + i, () -> read(seed)));
      }
      long start = System.nanoTime();
      threads.forEach(Thread::start);
      Thread clock =
          new Thread(
              () -> {
                sleep(seconds);
                stop.set(true);
              },
              "clock");
      clock.start();
      Threads.join(threads);
      double took = (System.nanoTime() - start) / 1e9;
      if (problem.get() != null) {
        throw problem.get();
      }
      Map<String, Double> details = new LinkedHashMap<>();
      details.put("written_mb_per_s", writtenBytes.get() / 1e6 / took);
      return new Figure(reads.get() / took, "java", details);
    }

    private static void sleep(double seconds) {
      try {
        Thread.sleep((long) (seconds * 1000));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    private Thread thread(String name, IoAction action) {
      return new Thread(
          () -> {
            try {
              action.run();
            } catch (IOException e) {
              problem.compareAndSet(null, e);
              stop.set(true);
            }
          },
          name);
    }

    private void read(int seed) throws IOException {
      SplittableRandom random = new SplittableRandom(seed);
      ByteBuffer buffer = ByteBuffer.allocateDirect(BlockWorkloads.BLOCK);
      try (FileChannel channel = FileChannel.open(read, StandardOpenOption.READ)) {
        long blocks = channel.size() / BlockWorkloads.BLOCK;
        do {
          channel.read(buffer.clear(), random.nextLong(blocks) * BlockWorkloads.BLOCK);
          reads.incrementAndGet();
        } while (!stop.get());
      }
    }
  }
}
