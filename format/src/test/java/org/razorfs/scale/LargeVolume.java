package org.razorfs.scale;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import org.razorfs.device.FileDevice;
import org.razorfs.device.FileDeviceOptions;
import org.razorfs.model.posix.Content;
import org.razorfs.volume.Attributes;
import org.razorfs.volume.FormatOptions;
import org.razorfs.volume.Formatter;
import org.razorfs.volume.Owner;
import org.razorfs.volume.StatFs;
import org.razorfs.volume.Volume;
import org.razorfs.volume.VolumeOptions;

/**
 * Makes and opens volumes of many small files, in a process of its own so that its memory can be
 * limited and it can be stopped at any moment. Prints what it measures, a name and a number a line.
 */
final class LargeVolume {
  /** Files of one directory. */
  static final int FANOUT = 1000;

  private LargeVolume() {}

  /**
   * Arguments: {@code make IMAGE FILES}, {@code open IMAGE FILES}, or {@code crash IMAGE CHANGES},
   * which ends without closing anything.
   */
  public static void main(String[] args) throws IOException {
    Path image = Path.of(args[1]);
    int count = Integer.parseInt(args[2]);
    switch (args[0]) {
      case "make" -> make(image, count);
      case "open" -> open(image, count);
      case "crash" -> crash(image, count);
      default -> throw new IllegalArgumentException(args[0]);
    }
  }

  /** Limits that fit into a heap of 256 MiB. */
  private static VolumeOptions options() {
    return VolumeOptions.builder()
        .maxCacheBytes(32 << 20)
        .maxDirtyBytes(32 << 20)
        .maxStringTableBytes(8 << 20)
        .maxInodeCacheEntries(50_000)
        .commitInterval(Duration.ofSeconds(5))
        .build();
  }

  private static byte[] name(String kind, int number) {
    return String.format("%s-%08d.txt", kind, number).getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] content(int number) {
    return Content.bytes(number, Content.Texture.TEXT, 0, number % 311);
  }

  private static void make(Path image, int count) throws IOException {
    long size = Math.max(256L << 20, count * 1200L);
    long started = System.nanoTime();
    try (FileDevice device = FileDevice.create(image, size, true, FileDeviceOptions.readWrite())) {
      Formatter.format(device, FormatOptions.defaults(), Clock.systemUTC());
      try (Volume volume = Volume.open(device, options())) {
        long directory = 0;
        for (int i = 0; i < count; i++) {
          if (i % FANOUT == 0) {
            directory =
                volume.mkdir(Volume.ROOT, name("dir", i / FANOUT), 0755, Owner.ROOT).inode();
          }
          create(volume, directory, name("file", i), content(i));
        }
      }
    }
    print("make.nanos", System.nanoTime() - started);
    printMemory();
  }

  private static void create(Volume volume, long directory, byte[] name, byte[] content)
      throws IOException {
    long inode = volume.create(directory, name, 0644, Owner.ROOT, 0).inode();
    volume.write(inode, 0, ByteBuffer.wrap(content));
  }

  private static void open(Path image, int count) throws IOException {
    try (FileDevice file = FileDevice.open(image, FileDeviceOptions.readWrite())) {
      CountingDevice device = new CountingDevice(file);
      long started = System.nanoTime();
      Volume volume = Volume.open(device, options());
      long opened = System.nanoTime();
      print("open.reads", device.reads());
      print("open.readBytes", device.readBytes());
      print("open.writtenBytes", device.writtenBytes());
      StatFs space = volume.statfs();
      int wanted = count / 2;
      long directory = volume.lookup(Volume.ROOT, name("dir", wanted / FANOUT)).inode();
      Attributes found = volume.lookup(directory, name("file", wanted));
      ByteBuffer bytes = ByteBuffer.allocate(400);
      int length = volume.read(found.inode(), 0, bytes);
      long answered = System.nanoTime();
      print("answer.reads", device.reads());
      print("answer.readBytes", device.readBytes());
      print("open.nanos", opened - started);
      print("answer.nanos", answered - opened);
      print("inodes", space.inodes());
      print(
          "right",
          Arrays.equals(content(wanted), Arrays.copyOf(bytes.array(), Math.max(0, length)))
              ? 1
              : 0);
      printMemory();
      volume.close();
    }
  }

  /** Changes what is spread over the whole volume, makes the changes durable, and stops. */
  private static void crash(Path image, int changes) throws IOException {
    try (FileDevice device = FileDevice.open(image, FileDeviceOptions.readWrite())) {
      Volume volume = Volume.open(device, options());
      long directories = volume.attributes(Volume.ROOT).size();
      for (int i = 0; i < changes; i++) {
        int in = (int) (i * 7919L % directories);
        long directory = volume.lookup(Volume.ROOT, name("dir", in)).inode();
        create(volume, directory, name("more", i), content(i));
      }
      volume.fsync(Volume.ROOT, false);
      Runtime.getRuntime().halt(9);
    }
  }

  private static void printMemory() {
    Runtime runtime = Runtime.getRuntime();
    print("heap.used", runtime.totalMemory() - runtime.freeMemory());
  }

  @SuppressWarnings("SystemOut") // its standard output is how it answers
  private static void print(String name, long value) {
    System.out.println(name + " " + value);
  }
}
