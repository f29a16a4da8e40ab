package org.razorfs.bench.engine;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.razorfs.volume.VolumeOptions;

/** Reads 4 KiB at random places of a file whose decompressed chunks are all in the cache. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(value = 1, jvmArgsAppend = "-Xmx2g")
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 3, time = 2)
public class CachedReadBenchmark {
  private static final int SIZE = 16 << 20;
  private static final int BLOCK = 4096;

  private final SplittableRandom random = new SplittableRandom(1);
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(BLOCK);
  private Image image;
  private long file;

  /** Makes the file and reads it once. */
  @Setup
  public void fill() throws IOException {
    image = Image.create(VolumeOptions.defaults());
    file = image.file("file");
    image.volume().write(file, 0, ByteBuffer.wrap(Text.of(SIZE)));
    image.reopen(VolumeOptions.defaults());
    for (long at = 0; at < SIZE; at += BLOCK) {
      image.volume().read(file, at, buffer.clear());
    }
  }

  /** Deletes the image. */
  @TearDown
  public void close() throws IOException {
    image.close();
  }

  /** One read. */
  @Benchmark
  public int read() throws IOException {
    return image.volume().read(file, (long) random.nextInt(SIZE / BLOCK) * BLOCK, buffer.clear());
  }
}
