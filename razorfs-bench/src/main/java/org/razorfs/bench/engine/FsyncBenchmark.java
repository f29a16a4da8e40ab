package org.razorfs.bench.engine;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.razorfs.volume.VolumeOptions;

/**
 * Appends 4 KiB and makes it durable, again and again; beside it what the disk itself can do:
 * fdatasync after 4 KiB written into a file whose space is there already, and after appending.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(value = 1, jvmArgsAppend = "-Xmx1g")
@Warmup(iterations = 1, time = 2)
@Measurement(iterations = 3, time = 2)
public class FsyncBenchmark {
  private static final int BLOCK = 4096;
  private static final int AREA = 64 << 20;

  private final ByteBuffer buffer = ByteBuffer.allocateDirect(BLOCK);
  private Image image;
  private Path path;
  private FileChannel preallocated;
  private Path growingPath;
  private FileChannel growing;
  private byte[] text;
  private long file;
  private long at;

  /** Makes the image and the plain files. */
  @Setup
  public void open() throws IOException {
    text = Text.of(1 << 20);
    image = Image.create(VolumeOptions.defaults());
    path = Image.temporary(".area");
    preallocated = FileChannel.open(path, StandardOpenOption.WRITE);
    ByteBuffer whole = ByteBuffer.allocate(AREA);
    while (whole.hasRemaining()) {
      preallocated.write(whole);
    }
    preallocated.force(true);
    growingPath = Image.temporary(".log");
    growing = FileChannel.open(growingPath, StandardOpenOption.WRITE);
  }

  /** Begins a new file. */
  @Setup(Level.Iteration)
  public void file() throws IOException {
    file = image.file("log-" + System.nanoTime());
    at = 0;
  }

  /** Deletes everything. */
  @TearDown
  public void close() throws IOException {
    image.close();
    preallocated.close();
    growing.close();
    Files.delete(path);
    Files.delete(growingPath);
  }

  private ByteBuffer block() {
    return buffer.clear().put(text, (int) (at % text.length), BLOCK).flip();
  }

  /** One append in RAZORFS. */
  @Benchmark
  public void razorfs() throws IOException {
    image.volume().write(file, at, block());
    image.volume().fsync(file, true);
    at += BLOCK;
  }

  /** One write by the host into space that is there. */
  @Benchmark
  public void disk() throws IOException {
    preallocated.write(block(), at % AREA);
    preallocated.force(false);
    at += BLOCK;
  }

  /** One append by the host. */
  @Benchmark
  public void diskGrowing() throws IOException {
    growing.write(block(), at);
    growing.force(false);
    at += BLOCK;
  }
}
