package org.razorfs.volume;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files under random change, with the volume closed, or dropped after a sync, again and again. */
class RandomHistoryTest extends ModelFixture {
  @ParameterizedTest
  @CsvSource({"1, 16384, 0", "2, 8192, 0", "3, 65536, 2", "4, 16384, 2"})
  void everyByteSurvivesEveryOpening(long seed, int nodeSize, int workers) throws IOException {
    random.setSeed(seed);
    format(64 << 20, 0, nodeSize);
    VolumeOptions.Builder options = VolumeOptions.builder().workers(workers).maxDirtyBytes(1 << 20);
    for (int round = 0; round < 20; round++) {
      open(options);
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
    open(options);
    verify();
    volume.close();
  }

  @Override
  void verify() throws IOException {
    TreeSet<String> names = new TreeSet<>();
    volume.readdir(
        Volume.ROOT,
        0,
        (name, inode, type, cookie) -> names.add(new String(name, StandardCharsets.UTF_8)));
    assertEquals(model.keySet(), names);
    super.verify();
  }

  private void step() throws IOException {
    String name = "f" + random.nextInt(300);
    byte[] before = model.get(name);
    if (before == null) {
      create(name, mixed(random.nextInt(4) == 0 ? random.nextInt(300_000) : random.nextInt(5000)));
      return;
    }
    switch (random.nextInt(12)) {
      case 11 -> copy(name, before);
      case 0, 1 -> unlink(name);
      case 2, 3, 4 -> overwrite(name, before);
      case 5 -> truncate(name, random.nextInt(before.length + 2000));
      case 6 -> {
        String to = "f" + random.nextInt(300);
        volume.rename(
            Volume.ROOT, name(name), Volume.ROOT, name(to), RenameMode.REPLACE, Owner.ROOT);
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
    write(name, offset, noise(random.nextInt(20_000)));
    if (random.nextInt(3) == 0) {
      volume.fsync(inode(name), false);
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
    assertEquals(length, volume.copyRange(inode(name), from, inode(to), at, length));
    model.put(to, overwritten(before, at, Arrays.copyOfRange(source, from, from + length)));
  }

  private void punch(String name, byte[] before) throws IOException {
    if (before.length < 100) {
      return;
    }
    int from = random.nextInt(before.length - 50);
    punch(name, from, from + 1 + random.nextInt(before.length - from));
  }

  /** Bytes of which some compress. */
  private byte[] mixed(int length) {
    byte[] content = new byte[length];
    for (int i = 0; i < length; i++) {
      content[i] = (byte) (random.nextInt(8) == 0 ? random.nextInt() : 'a');
    }
    return content;
  }
}
