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
import org.razorfs.volume.Volume;
import org.razorfs.volume.VolumeOptions;

/**
 * Writes many text files, with a sync at the end: once with the journal, once on a device that lets
 * nothing of the journal through, see {@link NoJournalDevice}. What remains of the journal there is
 * building its records in memory, which the profile of a run with it shows.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 1, jvmArgsAppend = "-Xmx2g")
@Warmup(iterations = 1)
@Measurement(iterations = 4)
public class JournalBenchmark {
  @Param("8192")
  int files;

  @Param("16384")
  int fileBytes;

  @Param({"true", "false"})
  boolean journal;

  private byte[] text;
  private Image image;

  /** Makes the text. */
  @Setup
  public void text() throws IOException {
    text = Text.of(8 << 20);
  }

  /** Makes an empty volume. */
  @Setup(Level.Iteration)
  public void open() throws IOException {
    image =
        journal
            ? Image.create(VolumeOptions.defaults())
            : Image.create(VolumeOptions.defaults(), NoJournalDevice::new);
  }

  /** Deletes the image. */
  @TearDown(Level.Iteration)
  public void close() throws IOException {
    image.close();
  }

  /** Writes the files. */
  @Benchmark
  public void write() throws IOException {
    Volume volume = image.volume();
    for (int i = 0; i < files; i++) {
      long file = image.file("file-" + i);
      int from = (int) ((long) i * fileBytes % (text.length - fileBytes));
      volume.write(file, 0, ByteBuffer.wrap(text, from, fileBytes));
    }
    volume.sync();
  }
}
