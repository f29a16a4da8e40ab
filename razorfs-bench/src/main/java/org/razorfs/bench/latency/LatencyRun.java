package org.razorfs.bench.latency;

import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.HdrHistogram.Histogram;
import org.razorfs.bench.workload.StreamingWriter;
import org.razorfs.tools.CommandFailure;

/** Does every operation so many times, one after the other, and keeps how long each took. */
public final class LatencyRun {
  private static final int DIGITS = 3;

  private final Path root;
  private final int count;
  private final long fileBytes;
  private final boolean beside;

  /**
   * @param root a folder in the file system that is measured
   * @param count how often each operation is done
   * @param fileBytes the size of the file that is read and written at random
   * @param beside whether somebody streams into another file meanwhile
   */
  public LatencyRun(Path root, int count, long fileBytes, boolean beside) {
    this.root = root;
    this.count = count;
    this.fileBytes = fileBytes;
    this.beside = beside;
  }

  /**
   * Measures.
   *
   * @param starts is told which operation comes next
   * @return nanoseconds
   */
  public Map<Operation, Histogram> run(Consumer<Operation> starts) throws IOException {
    try (Scene scene = new Scene(root.resolve("latency"), fileBytes);
        Writer writer = beside ? new Writer(root.resolve("streamed")) : null) {
      Map<Operation, Histogram> histograms = new EnumMap<>(Operation.class);
      for (Operation operation : Operation.values()) {
        starts.accept(operation);
        histograms.put(operation, measure(scene, operation));
        if (writer != null) {
          writer.check();
        }
      }
      return histograms;
    }
  }

  private Histogram measure(Scene scene, Operation operation) throws IOException {
    Histogram histogram = new Histogram(DIGITS);
    for (int i = 0; i < count; i++) {
      long start = System.nanoTime();
      operation.run(scene, i);
      histogram.recordValue(System.nanoTime() - start);
    }
    return histogram;
  }

  /** A thread that streams until it is closed. */
  private static final class Writer implements AutoCloseable {
    private final AtomicBoolean stop = new AtomicBoolean();
    private final AtomicReference<IOException> problem = new AtomicReference<>();
    private final Thread thread;

    private Writer(Path file) {
      thread = new Thread(() -> write(file), "writer");
      thread.start();
    }

    private void write(Path file) {
      try {
        StreamingWriter.write(file, () -> !stop.get(), written -> {});
      } catch (IOException e) {
        problem.set(e);
      }
    }

    private void check() throws IOException {
      if (problem.get() != null) {
        throw problem.get();
      }
    }

    @Override
    public void close() throws IOException {
      stop.set(true);
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new CommandFailure(1, "interrupted", e);
      }
    }
  }
}
