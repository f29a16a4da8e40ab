package org.razorfs.volume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The blocks of a file tell of its holes, and of nothing else. */
class BlocksTest extends VolumeFixture {
  private static final int MIB = 1 << 20;

  private long file;

  @BeforeEach
  void makeFile() throws IOException {
    format(64 * MIB, 4 * MIB, 16 << 10);
    open();
    file = create("f");
  }

  @AfterEach
  void verify() throws IOException {
    closeAndCheck();
  }

  private void write(long offset, int length) throws IOException {
    byte[] text = new byte[length];
    Arrays.fill(text, (byte) 'a');
    volume.write(file, offset, ByteBuffer.wrap(text));
  }

  private void assertBlocks(long bytes, boolean pending) throws IOException {
    Attributes attributes = volume.attributes(file);
    assertEquals((bytes + 511) / 512, attributes.blocks());
    assertEquals(pending, attributes.pending());
  }

  @Test
  void compressionDoesNotLookLikeHoles() throws IOException {
    write(0, 3 * MIB + 100);
    assertBlocks(3 * MIB + 100, false);
    volume.sync();
    assertTrue(volume.statfs().storedBytes() < MIB / 10, "compressed");
    assertBlocks(3 * MIB + 100, false);
  }

  @Test
  void whatIsKeptInTheTreeHasBlocks() throws IOException {
    write(0, 100);
    assertBlocks(100, false);
    volume.sync();
    assertEquals(0, volume.statfs().storedBytes());
    assertBlocks(100, false);
    long link = volume.symlink(Volume.ROOT, name("l"), name("target"), Owner.ROOT).inode();
    assertEquals(1, volume.attributes(link).blocks());
  }

  @Test
  void holesHaveNoBlocksBeforeAndAfterTheRestIsStored() throws IOException {
    write(10 * MIB, MIB);
    assertBlocks(MIB, false);
    volume.sync();
    assertBlocks(MIB, false);
  }

  @Test
  void whatIsWrittenOverMayBeToldTwiceForAMoment() throws IOException {
    write(0, MIB);
    volume.sync();
    volume.change(file, new AttributeChange().size(4 * MIB));
    write(0, MIB / 2);
    Attributes attributes = volume.attributes(file);
    assertTrue(attributes.pending(), "not final");
    assertEquals((MIB + MIB / 2) / 512, attributes.blocks());
    write(MIB / 4, MIB);
    assertEquals((MIB + MIB + MIB / 4) / 512, volume.attributes(file).blocks());
    volume.sync();
    assertBlocks(MIB + MIB / 4, false);
    assertFalse(volume.attributes(file).pending());
  }
}
