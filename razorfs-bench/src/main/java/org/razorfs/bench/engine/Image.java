package org.razorfs.bench.engine;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.function.UnaryOperator;
import org.razorfs.device.BlockDevice;
import org.razorfs.device.FileDevice;
import org.razorfs.device.FileDeviceOptions;
import org.razorfs.volume.FormatOptions;
import org.razorfs.volume.Formatter;
import org.razorfs.volume.Owner;
import org.razorfs.volume.Volume;
import org.razorfs.volume.VolumeOptions;

/** A temporary image file with an open volume on it; closing it deletes the file. */
final class Image implements AutoCloseable {
  /** Where images go: the property's folder, else the one for temporary files. */
  static final String FOLDER = "razorfs.bench.dir";

  private static final long SIZE = 16L << 30;

  private final Path path;
  private final UnaryOperator<BlockDevice> wrapper;
  private BlockDevice device;
  private Volume volume;

  private Image(Path path, UnaryOperator<BlockDevice> wrapper) {
    this.path = path;
    this.wrapper = wrapper;
  }

  /** A new image with an open volume. */
  static Image create(VolumeOptions options) throws IOException {
    return create(options, UnaryOperator.identity());
  }

  /** A new image whose volume uses the device through {@code wrapper}. */
  static Image create(VolumeOptions options, UnaryOperator<BlockDevice> wrapper)
      throws IOException {
    Image image = new Image(temporary(".razorfs"), wrapper);
    Files.delete(image.path);
    image.device = FileDevice.create(image.path, SIZE, false, FileDeviceOptions.readWrite());
    Formatter.format(image.device, FormatOptions.defaults(), Clock.systemUTC());
    image.volume = Volume.open(wrapper.apply(image.device), options);
    return image;
  }

  /** A temporary file where images go. */
  static Path temporary(String suffix) throws IOException {
    String folder = System.getProperty(FOLDER, System.getProperty("java.io.tmpdir"));
    return Files.createTempFile(Path.of(folder), "bench", suffix);
  }

  Volume volume() {
    return volume;
  }

  /** Closes the volume and opens it again, with nothing cached. */
  void reopen(VolumeOptions options) throws IOException {
    volume.close();
    volume = Volume.open(wrapper.apply(device), options);
  }

  /** Adds an empty file to the root directory. */
  long file(String name) throws IOException {
    return volume.create(Volume.ROOT, bytes(name), 0644, Owner.ROOT, 0).inode();
  }

  static byte[] bytes(String name) {
    return name.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws IOException {
    try {
      volume.abandon();
      device.close();
    } finally {
      Files.delete(path);
    }
  }
}
