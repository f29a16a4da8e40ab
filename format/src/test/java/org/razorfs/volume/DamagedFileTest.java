package org.razorfs.volume;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;

/** Files that are damaged or cannot be stored, and what that is to those that are not. */
class DamagedFileTest extends VolumeFixture {
  private int refusals;

  DamagedFileTest() {
    super(9);
  }

  @BeforeEach
  void makeVolume() throws IOException {
    format(32 << 20, 0, 8192);
    open();
  }

  @Override
  void open() throws IOException {
    open(manual().maxDirtyBytes(1 << 20).allocationFault(this::check));
  }

  private void check(long ordinal) throws FsException {
    if (refusals > 0) {
      refusals--;
      throw FsException.of(Fault.IO_ERROR, "injected");
    }
  }

  @Test
  void whatIsWrittenOverDamageIsStored() throws IOException {
    long inode = create("file");
    byte[] old = noise(CHUNK);
    volume.write(inode, 0, ByteBuffer.wrap(old));
    volume.close();
    damage(old);
    open();
    byte[] piece = noise(100);
    for (int i = 0; i < 30; i++) {
      volume.write(inode, i * 4096L + 50, ByteBuffer.wrap(piece));
    }
    byte[] next = noise(CHUNK);
    volume.write(inode, CHUNK, ByteBuffer.wrap(next));
    volume.fsync(inode, false);
    volume.abandon();
    open();
    assertArrayEquals(piece, read(inode, 29 * 4096L + 50, 100));
    assertArrayEquals(next, read(inode, CHUNK, CHUNK));
    FsException refused =
        assertThrows(FsException.class, () -> volume.read(inode, 0, ByteBuffer.allocate(100)));
    assertEquals(Fault.CORRUPT, refused.fault());
  }

  @Test
  void writerDoesNotSufferForAFileThatCannotBeStored() throws IOException {
    long bad = create("bad");
    long good = create("good");
    long third = create("third");
    volume.write(bad, 0, ByteBuffer.wrap(noise(3 * CHUNK)));
    volume.write(good, 0, ByteBuffer.wrap(noise(8 * CHUNK)));
    refusals = 1;
    byte[] content = noise(1000);
    volume.write(third, 0, ByteBuffer.wrap(content));
    assertEquals(0, refusals);
    volume.sync();
    assertEquals(0, volume.statistics().dirtyBytes());
    assertArrayEquals(content, read(third, 0, 1000));
  }
}
