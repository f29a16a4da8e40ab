package org.razorfs.bench.workload;

import static org.razorfs.bench.workload.BlockWorkloads.BLOCK;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.razorfs.bench.input.RandomBytes;
import org.razorfs.bench.result.Figure;

/** The work of fio's jobs in Java. */
final class JavaBlocks implements BlockIo {
  private static final String TOOL = "java";
  private static final long SEED = 1;

  /** Blocks to write; a few, as making them must not cost more than writing them. */
  private static final int PATTERNS = 1024;

  private final byte[] patterns = new byte[PATTERNS * BLOCK];

  JavaBlocks() {
    RandomBytes.fill(new SplittableRandom(SEED), patterns);
  }

  /** A block unlike its neighbours; numbered, so that no two are the same. */
  private void fill(ByteBuffer buffer, long number) {
    buffer.clear();
    buffer.put(patterns, (int) (number % PATTERNS) * BLOCK, BLOCK);
    buffer.putLong(0, number).flip();
  }

  @Override
  public Figure append(Path file, long bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(BLOCK);
    long start = System.nanoTime();
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
      for (long at = 0; at < bytes; at += BLOCK) {
        fill(buffer, at / BLOCK);
        channel.write(buffer, at);
      }
      channel.force(true);
    }
    return figure(bytes / BLOCK, start);
  }

  @Override
  public Figure read(Path file, int jobs, int each) throws IOException {
    List<Thread> threads = new ArrayList<>();
    List<IOException> problems = new ArrayList<>();
    long start = System.nanoTime();
    for (int job = 0; job < jobs; job++) {
      long seed = SEED + job;
      Thread thread =
          new Thread(
              () -> {
                try {
                  readJob(file, each, seed);
                } catch (IOException e) {
                  synchronized (problems) {
                    problems.add(e);
                  }
                }
              },
              "read " + job);
      threads.add(thread);
      thread.start();
    }
    Threads.join(threads);
    if (!problems.isEmpty()) {
      throw problems.get(0);
    }
    return figure((long) jobs * each, start);
  }

  private static void readJob(Path file, int count, long seed) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    ByteBuffer buffer = ByteBuffer.allocateDirect(BLOCK);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long blocks = channel.size() / BLOCK;
      for (int i = 0; i < count; i++) {
        if (channel.read(buffer.clear(), random.nextLong(blocks) * BLOCK) != BLOCK) {
          throw new IOException(file + ": a read came back short");
        }
      }
    }
  }

  @Override
  public Figure write(Path file, int count, boolean fsyncEach) throws IOException {
    SplittableRandom random = new SplittableRandom(SEED);
    ByteBuffer buffer = ByteBuffer.allocateDirect(BLOCK);
    long start = System.nanoTime();
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      long blocks = channel.size() / BLOCK;
      for (int i = 0; i < count; i++) {
        fill(buffer, i);
        channel.write(buffer, random.nextLong(blocks) * BLOCK);
        if (fsyncEach) {
          channel.force(false);
        }
      }
      channel.force(true);
    }
    return figure(count, start);
  }

  private static Figure figure(long operations, long start) {
    return new Figure(operations / ((System.nanoTime() - start) / 1e9), TOOL);
  }
}
