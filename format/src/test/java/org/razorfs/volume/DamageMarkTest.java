package org.razorfs.volume;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.razorfs.block.Superblocks;
import org.razorfs.check.CheckListener;
import org.razorfs.check.CheckOptions;
import org.razorfs.check.Checker;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.layout.TreeId;

/** Whether an image tells that damage was met in it, though who met it is long gone. */
class DamageMarkTest extends VolumeFixture {
  private static final byte[] NAME = name("file");

  private long inode;

  @BeforeEach
  void make() throws IOException {
    format(8 << 20, 0, 8192);
    open();
    inode = create("file");
    volume.close();
    assertFalse(VolumeInfo.read(device).errors());
    open();
  }

  private static IOException injected() {
    return new IOException("injected");
  }

  private void assertMarkedAndSound() {
    assertTrue(CleanImage.assertClean(device).errors());
  }

  @Test
  void metDamageIsRemembered() throws IOException {
    volume.close();
    long address = Superblocks.newest(device).roots().get(TreeId.STRINGS).pointer().address();
    ByteBuffer node = ByteBuffer.allocate(512);
    device.read(address, node);
    device.write(address, ByteBuffer.allocate(512));
    open();
    assertFalse(VolumeInfo.read(device).errors());
    FsException met = assertThrows(FsException.class, () -> volume.lookup(Volume.ROOT, NAME));
    assertEquals(Fault.CORRUPT, met.fault());
    volume.close();
    assertTrue(VolumeInfo.read(device).errors());
    assertTrue(VolumeInfo.read(device).clean());
    assertFalse(Checker.check(device, CheckOptions.full(), CheckListener.NONE).isClean());
    device.write(address, node.flip());
    assertMarkedAndSound();
    open();
    volume.lookup(Volume.ROOT, NAME);
    volume.close();
    assertMarkedAndSound(); // A mount does not know that all is well again.
  }

  @Test
  void damagedContentIsRemembered() throws IOException {
    byte[] noise = noise(5000);
    volume.write(inode, 0, ByteBuffer.wrap(noise));
    volume.checkpoint();
    damage(noise);
    FsException met =
        assertThrows(
            FsException.class, () -> volume.read(inode, 0, ByteBuffer.allocate(noise.length)));
    assertEquals(Fault.CORRUPT, met.fault());
    assertFalse(VolumeInfo.read(device).errors());
    volume.checkpoint();
    create("x");
    volume.checkpoint();
    assertTrue(VolumeInfo.read(device).errors());
  }

  @Test
  void failureIsRememberedWithAllThatWasDurable() throws IOException {
    volume.write(inode, 0, ByteBuffer.wrap(NAME));
    volume.fsync(inode, false);
    volume.write(inode, 4, ByteBuffer.wrap(NAME));
    tapped.beforeFlush(
        () -> {
          tapped.beforeFlush(TappedDevice.Tap.NONE);
          throw injected();
        });
    assertThrows(IOException.class, () -> volume.fsync(inode, false));
    assertThrows(FsException.class, () -> volume.close());
    assertTrue(VolumeInfo.read(device).errors());
    assertFalse(VolumeInfo.read(device).clean());
    assertMarkedAndSound();
    open();
    assertArrayEquals(NAME, read(inode, 0, NAME.length));
    volume.close();
    assertMarkedAndSound();
  }

  @Test
  void deviceThatTakesNothingAnyMoreIsLeftAsItIs() throws IOException {
    volume.write(inode, 0, ByteBuffer.wrap(NAME));
    tapped.beforeWrite(
        () -> {
          throw injected();
        });
    assertThrows(IOException.class, () -> volume.fsync(inode, false));
    assertThrows(FsException.class, () -> volume.close());
    assertFalse(CleanImage.assertClean(device).errors());
  }

  @Test
  void shutdownOnRequestIsNoDamage() throws IOException {
    volume.shutDown();
    assertThrows(FsException.class, () -> volume.close());
    assertFalse(CleanImage.assertClean(device).errors());
  }
}
