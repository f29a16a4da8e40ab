package org.razorfs.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;

class MemoryDeviceTest {

  private static byte[] read(BlockDevice device, long position, int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(length);
    device.read(position, buffer);
    return buffer.array();
  }

  private static Fault fault(org.junit.jupiter.api.function.Executable call) {
    return assertThrows(FsException.class, call).fault();
  }

  @Test
  void randomWritesAcrossPagesAndLeavesReadBackAsAnArrayWould() throws IOException {
    Random random = new Random(1);
    byte[] model = new byte[3 << 20];
    MemoryDevice device = new MemoryDevice(model.length);
    for (int i = 0; i < 500; i++) {
      byte[] data = new byte[random.nextInt(20_000)];
      random.nextBytes(data);
      int at = random.nextInt(model.length - data.length);
      System.arraycopy(data, 0, model, at, data.length);
      ByteBuffer source =
          i % 2 == 0
              ? ByteBuffer.wrap(data)
              : ByteBuffer.allocateDirect(data.length).put(data).flip();
      device.write(at, source);
      assertEquals(0, source.remaining());
    }
    assertArrayEquals(model, read(device, 0, model.length));
    assertEquals(MemoryDevice.of(model).fingerprint(), device.fingerprint());
  }

  @Test
  void forksDoNotSeeEachOthersWrites() throws IOException {
    MemoryDevice parent = new MemoryDevice(2 << 20);
    parent.write(0, ByteBuffer.wrap(new byte[] {1, 1, 1, 1}));
    MemoryDevice child = parent.fork();
    MemoryDevice grandchild = child.fork();
    parent.write(1, ByteBuffer.wrap(new byte[] {2}));
    child.write(2, ByteBuffer.wrap(new byte[] {3}));
    grandchild.write(3, ByteBuffer.wrap(new byte[] {4}));
    child.write(2, ByteBuffer.wrap(new byte[] {5}));
    assertArrayEquals(new byte[] {1, 2, 1, 1}, read(parent, 0, 4));
    assertArrayEquals(new byte[] {1, 1, 5, 1}, read(child, 0, 4));
    assertArrayEquals(new byte[] {1, 1, 1, 4}, read(grandchild, 0, 4));
  }

  @Test
  void historiesOfForksEqualPlainCopies() throws IOException {
    Random random = new Random(2);
    int size = 1_300_000; // not a multiple of anything
    List<MemoryDevice> devices = new ArrayList<>(List.of(new MemoryDevice(size)));
    List<byte[]> models = new ArrayList<>(List.of(new byte[size]));
    for (int i = 0; i < 400; i++) {
      int which = random.nextInt(devices.size());
      if (i % 40 == 0) {
        devices.add(devices.get(which).fork());
        models.add(models.get(which).clone());
        continue;
      }
      byte[] data = new byte[1 + random.nextInt(6000)];
      random.nextBytes(data);
      int at = random.nextInt(size - data.length);
      devices.get(which).write(at, ByteBuffer.wrap(data));
      System.arraycopy(data, 0, models.get(which), at, data.length);
      if (i % 7 == 0) {
        devices.get(which).fingerprint(); // fills the kept hashes that the next write must drop
      }
    }
    for (int i = 0; i < devices.size(); i++) {
      assertArrayEquals(models.get(i), read(devices.get(i), 0, size));
      assertEquals(MemoryDevice.of(models.get(i)).fingerprint(), devices.get(i).fingerprint());
    }
  }

  @Test
  void manyForksShareTheirPages() throws IOException {
    MemoryDevice base = new MemoryDevice(256 << 20);
    base.write(0, ByteBuffer.allocate(64 << 20)); // 64 MiB that copies could not hold 10,000 times
    List<MemoryDevice> forks = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      MemoryDevice fork = base.fork();
      fork.write(4096L * i, ByteBuffer.wrap(new byte[] {(byte) (1 + i % 100)}));
      forks.add(fork);
    }
    for (int i = 0; i < forks.size(); i++) {
      assertEquals(1 + i % 100, read(forks.get(i), 4096L * i, 1)[0]);
      assertEquals(0, read(base, 4096L * i, 1)[0]);
    }
  }

  @Test
  void fingerprintDependsOnContentsAloneAndOnEachByte() throws IOException {
    MemoryDevice a = new MemoryDevice(1 << 20);
    MemoryDevice b = new MemoryDevice(1 << 20);
    b.write(0, ByteBuffer.allocate(100_000)); // zeros, written
    assertEquals(a.fingerprint(), b.fingerprint());
    assertNotEquals(a.fingerprint(), new MemoryDevice((1 << 20) + 1).fingerprint());

    Random random = new Random(3);
    for (int i = 0; i < 200; i++) {
      MemoryDevice c = a.fork();
      long at = random.nextInt(1 << 20);
      c.write(at, ByteBuffer.wrap(new byte[] {1}));
      assertNotEquals(a.fingerprint(), c.fingerprint());
      c.write(at, ByteBuffer.wrap(new byte[] {0}));
      assertEquals(a.fingerprint(), c.fingerprint());
    }
    // The same page elsewhere is another state.
    a.write(0, ByteBuffer.wrap(new byte[] {7}));
    b.write(4096, ByteBuffer.wrap(new byte[] {7}));
    assertNotEquals(a.fingerprint(), b.fingerprint());
  }

  @Test
  void rangesOutsideAreRefusedWhatever() {
    MemoryDevice device = new MemoryDevice(10_000);
    for (long at : new long[] {-1, 9_999, 10_000, Long.MAX_VALUE, Long.MIN_VALUE}) {
      assertEquals(Fault.IO_ERROR, fault(() -> device.read(at, ByteBuffer.allocate(2))));
      assertEquals(Fault.IO_ERROR, fault(() -> device.write(at, ByteBuffer.allocate(2))));
      assertEquals(Fault.IO_ERROR, fault(() -> device.discard(at, 2)));
    }
    assertEquals(Fault.IO_ERROR, fault(() -> device.discard(0, -1)));
    assertEquals(Fault.IO_ERROR, fault(() -> device.discard(1, Long.MAX_VALUE)));
  }

  @Test
  void theLastByteCanBeUsedAndNothingAtTheEndIsFine() throws IOException {
    MemoryDevice device = new MemoryDevice(10_001);
    device.write(10_000, ByteBuffer.wrap(new byte[] {9}));
    assertEquals(9, read(device, 10_000, 1)[0]);
    assertEquals(0, read(device, 10_001, 0).length);
  }

  @Test
  void discardZeroesWholePagesOnlyAndFreesThem() throws IOException {
    MemoryDevice device = new MemoryDevice(1 << 20);
    byte[] ones = new byte[5 * 4096];
    java.util.Arrays.fill(ones, (byte) 1);
    device.write(0, ByteBuffer.wrap(ones));
    MemoryDevice fork = device.fork();
    device.discard(100, 3 * 4096);
    byte[] expected = ones.clone();
    java.util.Arrays.fill(expected, 4096, 3 * 4096, (byte) 0);
    assertArrayEquals(expected, read(device, 0, ones.length));
    assertArrayEquals(ones, read(fork, 0, ones.length));
    assertEquals(3 * 4096, device.allocatedBytes());
    assertEquals(5 * 4096, fork.allocatedBytes());
    assertEquals(
        MemoryDevice.of(java.util.Arrays.copyOf(expected, 1 << 20)).fingerprint(),
        device.fingerprint());
  }

  @Test
  void closedDeviceRefusesWorkButCanBeForked() throws IOException {
    MemoryDevice device = new MemoryDevice(4096);
    device.write(0, ByteBuffer.wrap(new byte[] {5}));
    device.flush();
    device.close();
    device.close();
    assertEquals(Fault.SHUT_DOWN, fault(() -> device.read(0, ByteBuffer.allocate(1))));
    assertEquals(Fault.SHUT_DOWN, fault(() -> device.write(0, ByteBuffer.allocate(1))));
    assertEquals(Fault.SHUT_DOWN, fault(device::flush));
    assertEquals(5, read(device.fork(), 0, 1)[0]);
  }

  @Test
  void readOnlyForkRefusesWrites() throws IOException {
    MemoryDevice device = MemoryDevice.of(new byte[] {5}).forkReadOnly();
    assertTrue(device.readOnly());
    device.flush();
    assertEquals(5, read(device, 0, 1)[0]);
    assertEquals(Fault.READ_ONLY, fault(() -> device.write(0, ByteBuffer.allocate(1))));
    assertEquals(Fault.READ_ONLY, fault(() -> device.discard(0, 1)));
  }
}
