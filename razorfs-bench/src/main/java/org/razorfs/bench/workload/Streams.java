package org.razorfs.bench.workload;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.razorfs.bench.result.Figure;
import org.razorfs.bench.result.Unit;

/** One large file, written and read from end to end in steps of 1 MiB. */
final class Streams {
  private static final int STEP = 1 << 20;
  private static final String NAME = "file.bin";

  private Streams() {}

  static List<Workload> all() {
    Unit rate = Unit.MEGABYTES_PER_SECOND;
    return List.of(
        new Workload("write", "write the large file + fsync", rate, false, Streams::write),
        new Workload(
            "read-cold", "read the large file, cold", rate, true, site -> read(site, true)),
        new Workload(
            "read-warm", "read the large file, warm", rate, false, site -> read(site, false)));
  }

  private static Figure write(Site site) throws IOException {
    Path file = site.at(NAME);
    Files.deleteIfExists(file);
    read(site.input().file());
    double seconds = site.seconds(() -> copy(site.input().file(), file));
    return new Figure(site.input().fileBytes() / 1e6 / seconds, "java");
  }

  private static Figure read(Site site, boolean cold) throws IOException {
    Path file = site.at(NAME);
    if (!Files.exists(file)) {
      copy(site.input().file(), file);
    }
    if (cold) {
      site.chill();
    } else {
      read(file);
    }
    double seconds = site.seconds(() -> read(file));
    return new Figure(site.input().fileBytes() / 1e6 / seconds, "java");
  }

  private static void copy(Path from, Path to) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(STEP);
    try (FileChannel in = FileChannel.open(from, StandardOpenOption.READ);
        FileChannel out =
            FileChannel.open(to, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
      while (in.read(buffer.clear()) >= 0) {
        buffer.flip();
        while (buffer.hasRemaining()) {
          out.write(buffer);
        }
      }
      out.force(true);
    }
  }

  /** Reads a file and throws it away. */
  static void read(Path file) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(STEP);
    try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
      while (in.read(buffer.clear()) >= 0) {
        // on to the next
      }
    }
  }

  /** Reads all files below a folder, so that they are cached where they can be. */
  static void readAll(Path folder) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(STEP);
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path path : (Iterable<Path>) paths::iterator) {
        if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
          try (FileChannel in = FileChannel.open(path, StandardOpenOption.READ)) {
            while (in.read(buffer.clear()) >= 0) {
              // on to the next
            }
          }
        }
      }
    }
  }
}
