package org.razorfs.transfer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.razorfs.device.MemoryDevice;
import org.razorfs.volume.Attributes;
import org.razorfs.volume.CleanImage;
import org.razorfs.volume.FormatOptions;
import org.razorfs.volume.Formatter;
import org.razorfs.volume.Volume;
import org.razorfs.volume.VolumeOptions;

/** Test support: a volume in memory, what goes into it, and what was said about that. */
final class TestImage implements AutoCloseable, TransferListener {
  private final MemoryDevice device;
  private final Volume volume;
  private final List<String> left = new ArrayList<>();

  TestImage(long size) throws IOException {
    device = new MemoryDevice(size);
    Formatter.format(device, FormatOptions.defaults(), Clock.systemUTC());
    volume = Volume.open(device, VolumeOptions.builder().manual().build());
  }

  TestImage() throws IOException {
    this(64L << 20);
  }

  Volume volume() {
    return volume;
  }

  /** What was left out, a line each. */
  List<String> left() {
    return left;
  }

  Tally importFrom(byte[] archive, String to) throws IOException {
    return new Importer(volume, to, Clock.systemUTC(), this)
        .run(Archives.decompressed(new ByteArrayInputStream(archive)));
  }

  Tally importFrom(byte[] archive) throws IOException {
    return importFrom(archive, "/");
  }

  byte[] export() throws IOException {
    ByteArrayOutputStream archive = new ByteArrayOutputStream();
    new Exporter(volume, this).run("/", archive);
    return archive.toByteArray();
  }

  /** What is at a path, or null. */
  Attributes find(String path) throws IOException {
    Attributes found = volume.attributes(Volume.ROOT);
    for (byte[] name : VolumePaths.split(path.getBytes(StandardCharsets.UTF_8))) {
      found = volume.lookup(found.inode(), name);
      if (found == null) {
        return null;
      }
    }
    return found;
  }

  byte[] content(String path) throws IOException {
    Attributes file = find(path);
    assertNotNull(file, path);
    ByteBuffer content = ByteBuffer.allocate((int) file.size());
    while (content.hasRemaining()) {
      int read = volume.read(file.inode(), content.position(), content);
      assertEquals(true, read > 0, path + " ends at " + content.position());
    }
    return content.array();
  }

  @Override
  public void advanced(Tally done) {}

  @Override
  public void left(String path, String why) {
    left.add(path + ": " + why);
  }

  /** Closes the volume, and sees that the image is as it should be. */
  @Override
  public void close() throws IOException {
    volume.close();
    CleanImage.assertClean(device);
  }
}
