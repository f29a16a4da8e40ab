package org.razorfs.bench.latency;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Locale;
import java.util.stream.Stream;

/** The operations whose latency is measured, in the order in which they are. */
public enum Operation {
  /** An empty file. */
  CREATE("create an empty file"),
  /** Its attributes. */
  STAT("stat it"),
  /** Another name for it. */
  RENAME("rename it"),
  /** The names in a directory of a hundred. */
  LIST("list a directory of 100"),
  /** 4 KiB at its end, which may stay in memory. */
  APPEND("append 4 KiB"),
  /** 4 KiB at its end and onto the disk. */
  APPEND_FSYNC("append 4 KiB and fsync"),
  /** 4 KiB somewhere in a file. */
  OVERWRITE("write 4 KiB at random"),
  /** 4 KiB from somewhere in a file. */
  READ("read 4 KiB at random"),
  /** The same with open and close around it. */
  OPEN_READ("open, read 4 KiB, close"),
  /** No file any more. */
  UNLINK("unlink it");

  private static final int BLOCK = 4096;

  private final String title;

  Operation(String title) {
    this.title = title;
  }

  /** What it does. */
  public String title() {
    return title;
  }

  /** Its name on the command line and in documents. */
  public String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Does it for the {@code number}th time. */
  void run(Scene scene, int number) throws IOException {
    switch (this) {
      case CREATE -> Files.createFile(scene.name(number));
      case STAT -> Files.readAttributes(scene.name(number), BasicFileAttributes.class);
      case RENAME -> Files.move(scene.name(number), scene.renamed(number));
      case LIST -> list(scene.directory());
      case APPEND -> scene.appended().write(scene.block());
      case APPEND_FSYNC -> {
        scene.appended().write(scene.block());
        scene.appended().force(false);
      }
      case OVERWRITE -> scene.random().write(scene.block(), scene.place());
      case READ -> read(scene.random(), scene);
      case OPEN_READ -> {
        try (FileChannel channel = FileChannel.open(scene.file(), StandardOpenOption.READ)) {
          read(channel, scene);
        }
      }
      case UNLINK -> Files.delete(scene.renamed(number));
      default -> throw new AssertionError(this);
    }
  }

  private static void list(Path directory) throws IOException {
    try (Stream<Path> names = Files.list(directory)) {
      if (names.count() != Scene.LISTED) {
        throw new IOException(directory + ": names are missing");
      }
    }
  }

  private static void read(FileChannel channel, Scene scene) throws IOException {
    ByteBuffer buffer = scene.block();
    if (channel.read(buffer, scene.place()) != BLOCK) {
      throw new IOException(scene.file() + ": a read came back short");
    }
  }
}
