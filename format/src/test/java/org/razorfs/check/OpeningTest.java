package org.razorfs.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.razorfs.block.Superblocks;
import org.razorfs.device.MemoryDevice;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.layout.ExtentRecord;
import org.razorfs.layout.InodeRecord;
import org.razorfs.layout.Mutation;
import org.razorfs.layout.TreeId;
import org.razorfs.volume.Attributes;
import org.razorfs.volume.Owner;
import org.razorfs.volume.Volume;
import org.razorfs.volume.VolumeOptions;
import org.razorfs.wire.Bytes;

/**
 * Opening an image that is damaged, or newer than this release, goes on as if it were sound, writes
 * to it, or refuses without a word of what to do.
 */
class OpeningTest {
  private static final int RO_COMPAT_AT = 104;

  private static final VolumeOptions READ_ONLY =
      VolumeOptions.builder().manual().readOnly(true).clock(SampleImage.CLOCK).build();

  private static byte[] content(MemoryDevice device) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate((int) device.size());
    device.read(0, bytes);
    return bytes.array();
  }

  /** Opening for writing is refused, and leaves the image as it was. */
  private static FsException refused(MemoryDevice device) throws IOException {
    byte[] before = content(device);
    FsException e =
        assertThrows(FsException.class, () -> Volume.open(device, SampleImage.options()));
    assertEquals(-1, Arrays.mismatch(before, content(device)));
    return e;
  }

  private static Attributes lookup(Volume volume, String name) throws IOException {
    return volume.lookup(Volume.ROOT, SampleImage.bytes(name));
  }

  @Test
  void volumeWithAnUnknownWritersFeatureIsReadAndNotWritten() throws IOException {
    MemoryDevice device =
        new ImageEditor(SampleImage.make(16384))
            .superblock(bytes -> Bytes.put64(bytes, RO_COMPAT_AT, 0x40))
            .device();
    FsException e = refused(device);
    assertEquals(Fault.UNSUPPORTED_FORMAT, e.fault());
    assertTrue(e.getMessage().contains("read-only, unknown features 0x40"), e.getMessage());
    try (Volume volume = Volume.open(device, READ_ONLY)) {
      assertEquals(300_000, lookup(volume, "text").size());
      assertThrows(
          FsException.class,
          () -> volume.create(Volume.ROOT, SampleImage.bytes("new"), 0644, Owner.ROOT, 0));
    }
  }

  @Test
  void damagedJournalIsNotWrittenOnAndReadUpToTheDamage() throws IOException {
    MemoryDevice device = SampleImage.withJournal(16384);
    ImageEditor editor = new ImageEditor(device);
    byte[] record = new byte[72];
    editor.device().read(editor.journalAddress(), ByteBuffer.wrap(record));
    record[40] ^= 1;
    MemoryDevice damaged = editor.poke(editor.journalAddress(), record).device();
    FsException e = refused(damaged);
    assertEquals(Fault.CORRUPT, e.fault());
    assertTrue(e.getMessage().contains("journal, lsn "), e.getMessage());
    assertTrue(e.getMessage().contains("razorfsck"), e.getMessage());
    try (Volume volume = Volume.open(damaged, READ_ONLY)) {
      assertNull(lookup(volume, "late"));
      assertNotNull(lookup(volume, "small 3"));
    }
    try (Volume volume = Volume.open(device, READ_ONLY)) {
      assertNotNull(lookup(volume, "late"));
      assertNull(lookup(volume, "small 3"));
    }
  }

  @Test
  void transactionWithDataBehindTheImagesEndIsRefused() throws IOException {
    ImageEditor editor = new ImageEditor(SampleImage.make(16384));
    long empty = editor.inodeNamed("empty");
    InodeRecord record = editor.inode(empty);
    long address = editor.superblock().identity().volumeSize();
    ExtentRecord.Chunk chunk =
        new ExtentRecord.Chunk(
            0, false, 512, address, 512, 512, 0, 1, editor.superblock().generation() + 1);
    editor.journal(
        new Mutation.Allocate(address, 512),
        new Mutation.PutExtent(empty, 0, chunk),
        Mutation.TouchInode.of(empty, record.edit().size(512).units(1).done()));
    FsException e = refused(editor.device());
    assertEquals(Fault.CORRUPT, e.fault());
    assertTrue(e.getMessage().contains("got " + address + "+512"), e.getMessage());
  }

  @Test
  void transactionWithAValueThatIsNotLegalIsRefused() throws IOException {
    ImageEditor editor = new ImageEditor(SampleImage.make(16384));
    long empty = editor.inodeNamed("empty");
    InodeRecord record = editor.inode(empty).edit().size(-1).done();
    FsException e = refused(editor.journal(Mutation.TouchInode.of(empty, record)).device());
    assertEquals(Fault.CORRUPT, e.fault());
    assertTrue(e.getMessage().contains("INV-JRN-8"), e.getMessage());
  }

  @Test
  void transactionThatTakesSpaceInUseIsRefused() throws IOException {
    ImageEditor editor = new ImageEditor(SampleImage.make(16384));
    ExtentRecord.Chunk noise =
        (ExtentRecord.Chunk) editor.extents(editor.inodeNamed("noise")).get(0L);
    FsException e = refused(editor.journal(new Mutation.Allocate(noise.address(), 512)).device());
    assertEquals(Fault.CORRUPT, e.fault());
    assertTrue(e.getMessage().contains("at " + noise.address()), e.getMessage());
  }

  @Test
  void damagedFreeTreeHindersWritingAndNotReading() throws IOException {
    MemoryDevice device =
        new ImageEditor(SampleImage.closed(16384))
            .node(TreeId.FREE, ImageEditor.Seal.NOTHING, bytes -> bytes[100] ^= 1)
            .device();
    FsException e = refused(device);
    assertEquals(Fault.CORRUPT, e.fault());
    assertTrue(
        e.getMessage().matches("node at \\d+ .*crc [0-9a-f]{1,8}, got [0-9a-f]{1,8}"),
        e.getMessage());
    try (Volume volume = Volume.open(device, READ_ONLY)) {
      ByteBuffer text = ByteBuffer.allocate(300_000);
      assertEquals(300_000, volume.read(lookup(volume, "text").inode(), 0, text));
    }
  }

  /** Records of any earlier epoch must not count again. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void noEpochOfTheJournalIsUsedTwice(boolean crash) throws IOException {
    MemoryDevice device = SampleImage.fresh(2 << 20, 8192);
    Set<Long> epochs = new HashSet<>(Set.of(Superblocks.newest(device).journalEpoch()));
    for (int opening = 1; opening <= 100; opening++) {
      Volume volume = Volume.open(device, SampleImage.options());
      byte[] name = SampleImage.bytes("file " + opening);
      volume.create(Volume.ROOT, name, 0644, Owner.ROOT, 0);
      volume.sync();
      if (crash) {
        volume.abandon();
      } else {
        volume.close();
      }
      long epoch = Superblocks.newest(device).journalEpoch();
      assertTrue(epoch > 0, "epoch " + epoch);
      assertTrue(epochs.add(epoch), "epoch " + epoch + " again after " + opening);
    }
    try (Volume volume = Volume.open(device, READ_ONLY)) {
      assertNotNull(lookup(volume, "file 1"));
      assertNotNull(lookup(volume, "file 100"));
    }
  }
}
