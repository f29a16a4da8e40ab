package org.razorfs.faults;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.razorfs.compress.CompressionPolicy;
import org.razorfs.device.FaultyDevice;
import org.razorfs.device.FaultyDevice.Operation;
import org.razorfs.device.MemoryDevice;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.layout.FileType;
import org.razorfs.volume.ErrorPolicy;
import org.razorfs.volume.FormatOptions;
import org.razorfs.volume.Formatter;
import org.razorfs.volume.Owner;
import org.razorfs.volume.Volume;
import org.razorfs.volume.VolumeOptions;

/** A device that does not take a file's data once: nothing may seem to be durable after that. */
class LostWriteTest {
  private final FaultyDevice device = new FaultyDevice(new MemoryDevice(16 << 20));
  private Volume volume;

  @AfterEach
  void abandon() {
    volume.abandon();
  }

  private long create(String name) throws IOException {
    return volume
        .create(
            Volume.ROOT,
            name.getBytes(StandardCharsets.US_ASCII),
            FileType.REGULAR | 0644,
            new Owner(0, 0),
            0)
        .inode();
  }

  private byte[] read(long inode, int length) throws IOException {
    ByteBuffer target = ByteBuffer.allocate(length);
    assertEquals(length, volume.read(inode, 0, target));
    return target.array();
  }

  private static void assertFault(Fault fault, org.junit.jupiter.api.function.Executable call) {
    assertEquals(fault, assertThrows(FsException.class, call).fault());
  }

  @ParameterizedTest
  @EnumSource
  void nothingCanBeChangedAfterDataWasNotTaken(ErrorPolicy policy) throws IOException {
    Formatter.format(
        device,
        new FormatOptions("lost", new UUID(1, 2), 0, CompressionPolicy.AUTO, 16384),
        Clock.systemUTC());
    volume = Volume.open(device, VolumeOptions.builder().errors(policy).manual().build());
    byte[] bytes = new byte[100_000];
    new Random(1).nextBytes(bytes);
    long kept = create("kept");
    volume.write(kept, 0, ByteBuffer.wrap(bytes));
    volume.fsync(kept, false);
    long lost = create("lost");
    volume.write(lost, 0, ByteBuffer.wrap(bytes));

    device.failOnce(Operation.WRITE, device.count(Operation.WRITE) + 1);
    assertFault(Fault.IO_ERROR, () -> volume.fsync(lost, false));
    assertEquals(1, device.failures());

    // Though the device would work again.
    assertThrows(FsException.class, () -> volume.fsync(lost, false));
    assertThrows(FsException.class, () -> volume.sync());
    assertTrue(volume.isReadOnly());
    assertFault(Fault.READ_ONLY, () -> create("more"));
    assertFault(Fault.READ_ONLY, () -> volume.write(kept, 0, ByteBuffer.wrap(bytes)));
    if (policy == ErrorPolicy.REMOUNT_RO) {
      assertArrayEquals(bytes, read(kept, bytes.length));
    } else {
      assertFault(Fault.SHUT_DOWN, () -> read(kept, bytes.length));
    }
  }
}
