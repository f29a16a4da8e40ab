package org.razorfs.bench.engine;

import java.io.IOException;
import java.time.Duration;
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
import org.razorfs.volume.Owner;
import org.razorfs.volume.Volume;
import org.razorfs.volume.VolumeOptions;

/**
 * Creates a million empty files from an empty volume on, and beside it lets H2's MVStore, a
 * copy-on-write store too, put the items that these come to. Both commit what has gathered every
 * few seconds or 32 MB, in the background, and everything at the end; MVStore keeps no journal.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 1, jvmArgsAppend = "-Xmx2g")
@Warmup(iterations = 1)
@Measurement(iterations = 2)
public class CreateBenchmark {
  static final Duration COMMIT_INTERVAL = Duration.ofSeconds(5);

  @Param("1000000")
  int files;

  @Param({"1000", "1000000"})
  int filesPerDirectory;

  private Image image;
  private Store store;
  private byte[][] names;

  /** Makes the names. */
  @Setup
  public void names() {
    names = new byte[files][];
    for (int i = 0; i < files; i++) {
      names[i] = Image.bytes("source-" + i + ".java");
    }
  }

  /** Makes an empty volume and an empty store. */
  @Setup(Level.Iteration)
  public void open() throws IOException {
    image = Image.create(VolumeOptions.builder().commitInterval(COMMIT_INTERVAL).build());
    store = new Store();
  }

  /** Deletes both. */
  @TearDown(Level.Iteration)
  public void close() throws IOException {
    image.close();
    store.close();
  }

  /** Creates the files. */
  @Benchmark
  public void razorfs() throws IOException {
    Volume volume = image.volume();
    long directory = Volume.ROOT;
    for (int i = 0; i < files; i++) {
      if (i % filesPerDirectory == 0) {
        byte[] name = Image.bytes("directory-" + i);
        directory = volume.mkdir(Volume.ROOT, name, 0755, Owner.ROOT).inode();
      }
      volume.create(directory, names[i], 0644, Owner.ROOT, 0);
    }
    volume.sync();
  }

  /** Puts the same items. */
  @Benchmark
  public void mvstore() {
    long directory = 0;
    for (int i = 0; i < files; i++) {
      if (i % filesPerDirectory == 0) {
        directory = (long) files + i;
      }
      store.create(directory, i, names[i]);
    }
    store.sync();
  }
}
