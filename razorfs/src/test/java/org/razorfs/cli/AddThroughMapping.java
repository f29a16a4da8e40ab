package org.razorfs.cli;

import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Test support, a program: adds 1 to every 10,007th byte of a file through a shared mapping. */
final class AddThroughMapping {
  private static final int STEP = 10_007;

  private AddThroughMapping() {}

  public static void main(String[] args) throws IOException {
    try (FileChannel channel =
        FileChannel.open(Path.of(args[0]), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      MappedByteBuffer map = channel.map(MapMode.READ_WRITE, 0, channel.size());
      for (int i = 0; i < map.capacity(); i += STEP) {
        map.put(i, (byte) (map.get(i) + 1));
      }
      map.force();
    }
  }
}
