package org.razorfs.bench.engine;

import java.io.IOException;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;
import org.razorfs.volume.Attributes;
import org.razorfs.volume.Owner;
import org.razorfs.volume.Volume;
import org.razorfs.volume.VolumeOptions;

/** Looks random names up in directories of a thousand, all of it in the engine's caches. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(value = 1, jvmArgsAppend = "-Xmx2g")
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 3, time = 2)
public class LookupBenchmark {
  private static final int PER_DIRECTORY = 1000;

  @Param({"10000", "500000"})
  int files;

  private Image image;
  private long[] directories;
  private byte[][] names;

  /** Where a thread's random walk is. */
  @State(Scope.Thread)
  public static class Walk {
    final SplittableRandom random = new SplittableRandom(Thread.currentThread().getId());
  }

  /** Makes the files, and brings all of them into the caches. */
  @Setup
  public void fill() throws IOException {
    VolumeOptions options =
        VolumeOptions.builder()
            .maxCacheBytes(512L << 20)
            .maxStringTableBytes(512L << 20)
            .maxInodeCacheEntries(2_000_000)
            .build();
    image = Image.create(options);
    directories = new long[files / PER_DIRECTORY + 1];
    names = new byte[files][];
    for (int i = 0; i < files; i++) {
      if (i % PER_DIRECTORY == 0) {
        byte[] name = Image.bytes("directory-" + i);
        directories[i / PER_DIRECTORY] =
            image.volume().mkdir(Volume.ROOT, name, 0755, Owner.ROOT).inode();
      }
      names[i] = Image.bytes("source-" + i + ".java");
      image.volume().create(directories[i / PER_DIRECTORY], names[i], 0644, Owner.ROOT, 0);
    }
    image.reopen(options);
    for (int i = 0; i < files; i++) {
      lookup(i);
    }
  }

  /** Deletes the image. */
  @TearDown
  public void close() throws IOException {
    image.close();
  }

  private Attributes lookup(int file) throws IOException {
    return image.volume().lookup(directories[file / PER_DIRECTORY], names[file]);
  }

  /** One look-up at a time. */
  @Benchmark
  public Attributes alone(Walk walk) throws IOException {
    return lookup(walk.random.nextInt(files));
  }

  /** Two threads that look up. */
  @Benchmark
  @Threads(2)
  public Attributes two(Walk walk) throws IOException {
    return lookup(walk.random.nextInt(files));
  }
}
