package org.razorfs.bench.engine;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.razorfs.volume.VolumeOptions;

/**
 * Writes a large text file and fsyncs it; reads it from the first byte to the last with nothing in
 * the engine's cache, so that every chunk is read from the host, verified and decompressed.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 1, jvmArgsAppend = "-Xmx2g")
@Warmup(iterations = 1)
@Measurement(iterations = 3)
public class StreamBenchmark {
  private static final int WRITE = 1 << 20;
  private static final int READ = 128 << 10;

  @Param("256")
  int megabytes;

  private byte[] text;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(WRITE);
  private Image image;
  private long stored;
  private long fresh;

  /** Makes the text, and the file that is read. */
  @Setup
  public void fill() throws IOException {
    text = Text.of(Math.min(megabytes, 64) << 20);
    image = Image.create(VolumeOptions.defaults());
    stored = image.file("stored");
    writeAll(stored);
  }

  /** Empties the caches and makes a new file. */
  @Setup(Level.Iteration)
  public void reopen() throws IOException {
    image.reopen(VolumeOptions.defaults());
    fresh = image.file("fresh");
  }

  /** Removes that file again. */
  @TearDown(Level.Iteration)
  public void remove() throws IOException {
    image.volume().unlink(org.razorfs.volume.Volume.ROOT, Image.bytes("fresh"));
    image.volume().sync();
  }

  /** Deletes the image. */
  @TearDown
  public void close() throws IOException {
    image.close();
  }

  private void writeAll(long file) throws IOException {
    for (long at = 0; at < (long) megabytes << 20; at += WRITE) {
      buffer.clear().put(text, (int) (at % text.length), WRITE).flip();
      image.volume().write(file, at, buffer);
    }
    image.volume().fsync(file, false);
  }

  /** Writes. */
  @Benchmark
  public void write() throws IOException {
    writeAll(fresh);
  }

  /** Reads. */
  @Benchmark
  public long read() throws IOException {
    long at = 0;
    int length;
    do {
      length = image.volume().read(stored, at, buffer.clear().limit(READ));
      at += length;
    } while (length > 0);
    return at;
  }
}
