package org.razorfs.volume;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.razorfs.volume.CleanImage.assertClean;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.razorfs.check.CheckReport;
import org.razorfs.device.MemoryDevice;

/** Files in the root directory of a volume, beside a model of what must be in each. */
abstract class ModelFixture extends VolumeFixture {
  final Map<String, byte[]> model = new TreeMap<>();

  ModelFixture() {}

  ModelFixture(long seed) {
    super(seed);
  }

  void create(String name, byte[] content) throws IOException {
    volume.write(create(name), 0, ByteBuffer.wrap(content));
    model.put(name, content);
  }

  void unlink(String name) throws IOException {
    volume.unlink(Volume.ROOT, name(name));
    model.remove(name);
  }

  void write(String name, int offset, byte[] bytes) throws IOException {
    volume.write(inode(name), offset, ByteBuffer.wrap(bytes));
    model.put(name, overwritten(model.get(name), offset, bytes));
  }

  /** What a content is when these bytes have been written into it or beyond its end. */
  static byte[] overwritten(byte[] before, int offset, byte[] bytes) {
    byte[] after = Arrays.copyOf(before, Math.max(before.length, offset + bytes.length));
    System.arraycopy(bytes, 0, after, offset, bytes.length);
    return after;
  }

  void truncate(String name, int size) throws IOException {
    volume.change(inode(name), new AttributeChange().size(size));
    model.put(name, Arrays.copyOf(model.get(name), size));
  }

  void punch(String name, int from, int to) throws IOException {
    volume.fallocate(inode(name), FallocateMode.PUNCH_HOLE, from, to - from);
    Arrays.fill(model.get(name), from, to, (byte) 0);
  }

  void verify() throws IOException {
    verify(model);
  }

  /** Sees that all is right now, after a crash at this moment, and after closing. */
  CheckReport verifyThroughout() throws IOException {
    verify();
    volume.sync();
    Volume running = volume;
    MemoryDevice crashed = device.fork();
    assertClean(crashed);
    volume = opened(crashed);
    verify();
    volume.close();
    assertClean(crashed);
    running.close();
    CheckReport report = assertClean(device);
    open();
    verify();
    return report;
  }

  /** Bytes in use when nothing waits in memory or in the journal. */
  long used() throws IOException {
    volume.checkpoint();
    volume.checkpoint(); // Spare runs of the first are free with the second.
    StatFs space = volume.statfs();
    return space.totalBytes() - space.freeBytes();
  }

  /** Opens the volume again, so that something can happen once within what asks for space. */
  Interruption interruptible() throws IOException {
    Interruption interruption = new Interruption();
    volume.close();
    open(manual().allocationFault(interruption));
    return interruption;
  }

  /** Compacts while something happens within its first step. */
  Compaction compactDuring(Interruption interruption, Action action) throws IOException {
    interruption.arm(action);
    Compaction done = volume.compact();
    assertTrue(interruption.happened(), "nothing happened in between");
    return done;
  }
}
