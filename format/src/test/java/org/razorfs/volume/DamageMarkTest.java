package org.razorfs.volume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Arrays;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.razorfs.block.Superblocks;
import org.razorfs.check.CheckListener;
import org.razorfs.check.CheckOptions;
import org.razorfs.check.Checker;
import org.razorfs.compress.CompressionPolicy;
import org.razorfs.device.MemoryDevice;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.layout.FileType;
import org.razorfs.layout.TreeId;

/** Whether an image tells that damage was met in it, though who met it is long gone. */
class DamageMarkTest {
  private static final byte[] NAME = "file".getBytes(StandardCharsets.US_ASCII);

  private final MemoryDevice device = new MemoryDevice(8 << 20);
  private final TappedDevice tapped = new TappedDevice(device);
  private Volume volume;
  private long inode;

  @BeforeEach
  void make() throws IOException {
    Formatter.format(
        device,
        new FormatOptions("mark", new UUID(1, 2), 0, CompressionPolicy.AUTO, 8192),
        Clock.systemUTC());
    open();
    inode = volume.create(Volume.ROOT, NAME, FileType.REGULAR | 0644, Owner.ROOT, 0).inode();
    volume.close();
    assertFalse(VolumeInfo.read(device).errors());
    open();
  }

  private void open() throws IOException {
    volume = Volume.open(tapped, VolumeOptions.builder().manual().build());
  }

  @AfterEach
  void abandon() {
    volume.abandon();
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
    byte[] noise = new byte[5000];
    new Random(2).nextBytes(noise);
    volume.write(inode, 0, ByteBuffer.wrap(noise));
    volume.checkpoint();
    byte[] part = Arrays.copyOf(noise, 512);
    byte[] found = new byte[512];
    for (long at = 0; at < device.size(); at += found.length) {
      device.read(at, ByteBuffer.wrap(found));
      if (Arrays.equals(part, found)) {
        device.write(at, ByteBuffer.allocate(found.length));
      }
    }
    FsException met =
        assertThrows(
            FsException.class, () -> volume.read(inode, 0, ByteBuffer.allocate(noise.length)));
    assertEquals(Fault.CORRUPT, met.fault());
    assertFalse(VolumeInfo.read(device).errors());
    volume.checkpoint();
    volume.create(Volume.ROOT, new byte[] {'x'}, FileType.REGULAR | 0644, Owner.ROOT, 0);
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
    ByteBuffer found = ByteBuffer.allocate(4);
    volume.read(inode, 0, found);
    assertEquals(ByteBuffer.wrap(NAME), found.flip());
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
