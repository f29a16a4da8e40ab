package org.razorfs.volume;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.razorfs.check.CheckReport;
import org.razorfs.compress.CompressionPolicy;
import org.razorfs.device.MemoryDevice;
import org.razorfs.layout.FileType;

/** A volume in memory: made, opened and closed by the test that extends this, or else dropped. */
abstract class VolumeFixture {
  /** Bytes of a file that are compressed together. */
  static final int CHUNK = 128 << 10;

  /** What a test has done in the midst of something else. */
  interface Action {
    void run() throws IOException;
  }

  final Random random;

  /** The image. */
  MemoryDevice device;

  /** The image as the volume sees it. */
  TappedDevice tapped;

  Volume volume;

  VolumeFixture() {
    this(0);
  }

  /** Makes the random bytes of a test those of a seed. */
  VolumeFixture(long seed) {
    random = new Random(seed);
  }

  @AfterEach
  void abandon() {
    if (volume != null) {
      volume.abandon();
    }
  }

  /** Makes an image of so many bytes; a journal of none has the size that suits. */
  void format(long size, long journal, int node) throws IOException {
    device = new MemoryDevice(size);
    tapped = new TappedDevice(device);
    Formatter.format(
        device,
        new FormatOptions("test", new UUID(1, 2), journal, CompressionPolicy.AUTO, node),
        Clock.systemUTC());
  }

  /** Options of a volume without threads of its own. */
  static VolumeOptions.Builder manual() {
    return VolumeOptions.builder().manual();
  }

  void open() throws IOException {
    open(manual());
  }

  void open(VolumeOptions.Builder options) throws IOException {
    volume = Volume.open(tapped, options.build());
  }

  /** Opens another image in the same way, to see what is in it. */
  static Volume opened(MemoryDevice image) throws IOException {
    return Volume.open(image, manual().build());
  }

  CheckReport closeAndCheck() throws IOException {
    volume.close();
    return CleanImage.assertClean(device);
  }

  static byte[] name(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** Makes an empty file in the root directory. */
  long create(String name) throws IOException {
    return volume.create(Volume.ROOT, name(name), FileType.REGULAR | 0644, Owner.ROOT, 0).inode();
  }

  /** The inode of a file in the root directory. */
  long inode(String name) throws IOException {
    return volume.lookup(Volume.ROOT, name(name)).inode();
  }

  /** Bytes that do not compress. */
  byte[] noise(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  /** Bytes that compress as text does. */
  byte[] text(int length) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) ('a' + random.nextInt(random.nextInt(16) + 1));
    }
    return bytes;
  }

  /** All of a file. */
  static byte[] read(Volume volume, long inode) throws IOException {
    int size = (int) volume.attributes(inode).size();
    ByteBuffer read = ByteBuffer.allocate(size + 1);
    assertEquals(size, volume.read(inode, 0, read));
    return Arrays.copyOf(read.array(), size);
  }

  /** So much of a file, which must be there. */
  byte[] read(long inode, long offset, int length) throws IOException {
    ByteBuffer read = ByteBuffer.allocate(length);
    assertEquals(length, volume.read(inode, offset, read));
    return read.array();
  }

  /** Sees that files in the root directory have this content and no more. */
  void verify(Map<String, byte[]> files) throws IOException {
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      assertArrayEquals(file.getValue(), read(volume, inode(file.getKey())), file.getKey());
    }
  }

  /** Destroys what is stored of the beginning of a content that does not compress. */
  void damage(byte[] content) throws IOException {
    byte[] block = new byte[512];
    byte[] wanted = Arrays.copyOf(content, block.length);
    for (long at = 0; at < device.size(); at += block.length) {
      device.read(at, ByteBuffer.wrap(block));
      if (Arrays.equals(block, wanted)) {
        device.write(at, ByteBuffer.allocate(block.length));
        return;
      }
    }
    throw new AssertionError("not found");
  }
}
