package org.razorfs.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.razorfs.device.MemoryDevice;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.Samples;
import org.razorfs.layout.Superblock;
import org.razorfs.wire.Bytes;

/** The wrong one of several superblocks being taken for the newest. */
class SuperblocksTest {
  private static final long BACKUP = Samples.identity().backupAddress();

  private final MemoryDevice device = new MemoryDevice(16 << 20);

  /** Generation 7 in slot 1 and 8 in slot 0, with its backup. */
  @BeforeEach
  void write() throws IOException {
    Superblocks.write(device, Samples.superblock());
    Superblock next = Samples.superblock().next(8);
    Superblocks.write(device, next);
    Superblocks.writeBackup(device, next);
  }

  private void put(long address, int at, int value) throws IOException {
    byte[] bytes = Superblocks.read(device, address);
    bytes[at] = (byte) value;
    Bytes.put32(bytes, 4092, Bytes.crc32(bytes, 0, 4092));
    device.write(address, ByteBuffer.wrap(bytes));
  }

  private void damage(long address) throws IOException {
    device.write(address + 1000, ByteBuffer.wrap(new byte[] {1}));
  }

  private void isNewest(long address, long generation) throws IOException {
    Superblock newest = Superblocks.newest(device);
    assertEquals(address, newest.address());
    assertEquals(generation, newest.generation());
  }

  private void isRefused(Fault fault) {
    assertEquals(fault, assertThrows(FsException.class, () -> Superblocks.newest(device)).fault());
  }

  @Test
  void higherGenerationIsTaken() throws IOException {
    isNewest(0, 8);
    Superblocks.write(device, Samples.superblock().next(9));
    isNewest(Geometry.SLOT_1, 9);
  }

  @Test
  void tornSlotLeavesTheOther() throws IOException {
    Superblocks.write(device, Samples.superblock().next(9));
    damage(Geometry.SLOT_1);
    isNewest(0, 8);
  }

  @Test
  void backupReplacesANewerSlotThatWasDamagedLater() throws IOException {
    damage(0);
    isNewest(BACKUP, 8);
    damage(Geometry.SLOT_1);
    isNewest(BACKUP, 8);
  }

  @Test
  void backupOfAnEarlierVolumeIsNotTaken() throws IOException {
    put(BACKUP, 16, 99); // another UUID
    put(BACKUP, 120, 200); // and a higher generation
    isNewest(0, 8);
    damage(0);
    isNewest(Geometry.SLOT_1, 7);
  }

  @Test
  void copyWithIllegalValuesIsPassedOver() throws IOException {
    put(0, 132, 1); // node size
    isNewest(BACKUP, 8);
    put(BACKUP, 132, 1);
    isNewest(Geometry.SLOT_1, 7);
  }

  @Test
  void anyCopyOfAnotherVersionOrUnknownFeatureRefusesTheImage() throws IOException {
    put(Geometry.SLOT_1, 8, 2);
    isRefused(Fault.UNSUPPORTED_FORMAT);
    put(Geometry.SLOT_1, 8, 1);
    isNewest(0, 8);
    put(Geometry.SLOT_1, 112, 1);
    isRefused(Fault.UNSUPPORTED_FORMAT);
  }

  @Test
  void damageOfAllCopiesIsToldFromAnotherKindOfFile() throws IOException {
    damage(0);
    damage(Geometry.SLOT_1);
    damage(BACKUP);
    isRefused(Fault.CORRUPT);
    for (long address : Superblocks.addresses(device)) {
      device.write(address, ByteBuffer.wrap(new byte[8]));
    }
    isRefused(Fault.NOT_A_VOLUME);
  }

  @Test
  void truncatedImageIsRefused() throws IOException {
    byte[] half = new byte[8 << 20];
    device.read(0, ByteBuffer.wrap(half));
    FsException e =
        assertThrows(FsException.class, () -> Superblocks.newest(MemoryDevice.of(half)));
    assertEquals(Fault.CORRUPT, e.fault());
  }

  /** Where the slots and the backup would lie over one another, or before the file's beginning. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 100, 4095, 4096, 5000, 8191, 8192, 32768, 36863, 36864})
  void fileTooShortForAVolumeIsToldFromADamagedOne(int size) {
    MemoryDevice file = new MemoryDevice(size);
    FsException e = assertThrows(FsException.class, () -> Superblocks.newest(file));
    assertEquals(Fault.NOT_A_VOLUME, e.fault());
  }
}
