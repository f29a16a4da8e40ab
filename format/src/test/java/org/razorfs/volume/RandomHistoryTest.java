package org.razorfs.volume;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.razorfs.compress.CompressionPolicy;
import org.razorfs.device.MemoryDevice;

/** Files under random change, with the volume closed, or dropped after a sync, again and again. */
class RandomHistoryTest {
  private final Map<String, byte[]> model = new TreeMap<>();
  private Volume volume;
  private Random random;

  @ParameterizedTest
  @CsvSource({"1, 16384, 0", "2, 8192, 0", "3, 65536, 2", "4, 16384, 2"})
  void everyByteSurvivesEveryOpening(long seed, int nodeSize, int workers) throws IOException {
    random = new Random(seed);
    MemoryDevice device = new MemoryDevice(64 << 20);
    Formatter.format(
        device,
        new FormatOptions("", new java.util.UUID(seed, 1), 0, CompressionPolicy.AUTO, nodeSize),
        Clock.systemUTC());
    VolumeOptions options = VolumeOptions.builder().workers(workers).maxDirtyBytes(1 << 20).build();
    for (int round = 0; round < 20; round++) {
      volume = Volume.open(device, options);
      verify();
      for (int step = 0; step < 200; step++) {
        step();
      }
      if (round % 2 == 0) {
        volume.close();
      } else {
        volume.sync();
        volume.abandon();
      }
    }
    volume = Volume.open(device, options);
    verify();
    volume.close();
  }

  private void verify() throws IOException {
    TreeSet<String> names = new TreeSet<>();
    volume.readdir(
        Volume.ROOT,
        0,
        (name, inode, type, cookie) -> names.add(new String(name, StandardCharsets.UTF_8)));
    assertEquals(model.keySet(), names);
    for (Map.Entry<String, byte[]> file : model.entrySet()) {
      Attributes attributes = lookup(file.getKey());
      assertNotNull(attributes, file.getKey());
      assertEquals(file.getValue().length, attributes.size(), file.getKey());
      ByteBuffer content = ByteBuffer.allocate(file.getValue().length);
      assertEquals(file.getValue().length, volume.read(attributes.inode(), 0, content));
      assertArrayEquals(file.getValue(), content.array(), file.getKey());
    }
  }

  private void step() throws IOException {
    String name = "f" + random.nextInt(300);
    byte[] before = model.get(name);
    if (before == null) {
      byte[] content =
          text(random.nextInt(4) == 0 ? random.nextInt(300_000) : random.nextInt(5000));
      Attributes created = volume.create(Volume.ROOT, bytes(name), 0644, Owner.ROOT, 0);
      volume.write(created.inode(), 0, ByteBuffer.wrap(content));
      model.put(name, content);
      return;
    }
    switch (random.nextInt(12)) {
      case 11 -> copy(name, before);
      case 0, 1 -> {
        volume.unlink(Volume.ROOT, bytes(name));
        model.remove(name);
      }
      case 2, 3, 4 -> overwrite(name, before);
      case 5 -> {
        int size = random.nextInt(before.length + 2000);
        volume.change(lookup(name).inode(), new AttributeChange().size(size));
        model.put(name, Arrays.copyOf(before, size));
      }
      case 6 -> {
        String to = "f" + random.nextInt(300);
        volume.rename(
            Volume.ROOT, bytes(name), Volume.ROOT, bytes(to), RenameMode.REPLACE, Owner.ROOT);
        model.put(to, model.remove(name));
      }
      case 7 -> volume.sync();
      case 8 -> volume.checkpoint();
      case 9 -> {
        if (random.nextInt(3) == 0) {
          volume.compact();
        }
      }
      default -> punch(name, before);
    }
  }

  private void overwrite(String name, byte[] before) throws IOException {
    int offset = random.nextInt(before.length + 1);
    byte[] content = new byte[random.nextInt(20_000)];
    random.nextBytes(content);
    long inode = lookup(name).inode();
    volume.write(inode, offset, ByteBuffer.wrap(content));
    byte[] after = Arrays.copyOf(before, Math.max(before.length, offset + content.length));
    System.arraycopy(content, 0, after, offset, content.length);
    model.put(name, after);
    if (random.nextInt(3) == 0) {
      volume.fsync(inode, false);
    }
  }

  /** Into another file, or elsewhere into the same where the ranges do not overlap. */
  private void copy(String name, byte[] source) throws IOException {
    String to = "f" + random.nextInt(300);
    byte[] before = model.get(to);
    if (before == null) {
      return;
    }
    int from = random.nextInt(source.length + 1);
    int at = random.nextInt(before.length + 1);
    int length = random.nextInt(source.length - from + 1);
    if (name.equals(to) && Math.abs(from - at) < length) {
      return;
    }
    assertEquals(
        length, volume.copyRange(lookup(name).inode(), from, lookup(to).inode(), at, length));
    byte[] after = Arrays.copyOf(before, Math.max(before.length, at + length));
    System.arraycopy(source, from, after, at, length);
    model.put(to, after);
  }

  private void punch(String name, byte[] before) throws IOException {
    if (before.length < 100) {
      return;
    }
    int from = random.nextInt(before.length - 50);
    int length = 1 + random.nextInt(before.length - from);
    volume.fallocate(lookup(name).inode(), FallocateMode.PUNCH_HOLE, from, length);
    byte[] after = before.clone();
    Arrays.fill(after, from, from + length, (byte) 0);
    model.put(name, after);
  }

  private byte[] text(int length) {
    byte[] content = new byte[length];
    for (int i = 0; i < length; i++) {
      content[i] = (byte) (random.nextInt(8) == 0 ? random.nextInt() : 'a');
    }
    return content;
  }

  private Attributes lookup(String name) throws IOException {
    return volume.lookup(Volume.ROOT, bytes(name));
  }

  private static byte[] bytes(String name) {
    return name.getBytes(StandardCharsets.UTF_8);
  }
}
