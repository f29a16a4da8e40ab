package org.razorfs.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.razorfs.device.FaultyDevice.Operation;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;

class FaultyDeviceTest {
  private final MemoryDevice memory = new MemoryDevice(1 << 16);
  private final FaultyDevice device = new FaultyDevice(memory);

  private static ByteBuffer bytes(int... values) {
    ByteBuffer buffer = ByteBuffer.allocate(values.length);
    for (int value : values) {
      buffer.put((byte) value);
    }
    return buffer.flip();
  }

  private byte[] stored(int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(length);
    memory.read(0, buffer);
    return buffer.array();
  }

  @Test
  void onceFailsOnlyTheKth() throws IOException {
    device.failOnce(Operation.READ, 2).failOnce(Operation.FLUSH, 1);
    device.read(0, ByteBuffer.allocate(1));
    FsException e = assertThrows(FsException.class, () -> device.read(0, ByteBuffer.allocate(1)));
    assertEquals(Fault.IO_ERROR, e.fault());
    device.read(0, ByteBuffer.allocate(1));
    assertThrows(IOException.class, device::flush);
    device.flush();
    assertEquals(3, device.count(Operation.READ));
    assertEquals(2, device.count(Operation.FLUSH));
    assertEquals(0, device.count(Operation.WRITE));
    assertEquals(2, device.failures());
  }

  @Test
  void stickyFailsFromTheKthOnUntilHealed() throws IOException {
    device.failFrom(Operation.WRITE, 2);
    device.write(0, bytes(1));
    assertThrows(IOException.class, () -> device.write(0, bytes(2)));
    assertThrows(IOException.class, () -> device.write(0, bytes(3)));
    assertArrayEquals(new byte[] {1}, stored(1));
    device.heal();
    device.write(0, bytes(4));
    assertArrayEquals(new byte[] {4}, stored(1));
  }

  @Test
  void tornWriteStoresItsBeginningAcrossBuffers() throws IOException {
    device.tearOnce(1, 3);
    assertThrows(
        IOException.class, () -> device.write(0, new ByteBuffer[] {bytes(1, 2), bytes(3, 4)}));
    assertArrayEquals(new byte[] {1, 2, 3, 0}, stored(4));
  }

  @Test
  void failedFlushLosesWhatWasNotFlushedBefore() throws IOException {
    device.losingUnflushed().failOnce(Operation.FLUSH, 2);
    device.write(0, bytes(1, 1));
    device.flush();
    device.write(0, bytes(2, 2));
    device.write(1, bytes(3, 3));
    assertThrows(IOException.class, device::flush);
    assertArrayEquals(new byte[] {1, 1, 0}, stored(3));
  }
}
