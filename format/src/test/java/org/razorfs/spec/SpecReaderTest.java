package org.razorfs.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.razorfs.compress.CompressionPolicy;
import org.razorfs.device.BlockDevice;
import org.razorfs.device.MemoryDevice;
import org.razorfs.volume.Volume;
import org.razorfs.volume.VolumeOptions;

/** An image on which the specification and the library do not agree. */
class SpecReaderTest {
  static final int SIZE = 16 << 20;

  static byte[] bytes(BlockDevice device) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate((int) device.size());
    device.read(0, bytes);
    return bytes.array();
  }

  /** What the library shows of an image, without changing it. */
  static String library(byte[] image) throws IOException {
    try (Volume volume =
        Volume.open(
            MemoryDevice.of(image), VolumeOptions.builder().manual().readOnly(true).build())) {
      return Entry.listing(VolumeListing.of(volume));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "8192, auto, true",
    "8192, zlib, false",
    "16384, lz4, true",
    "16384, auto, false",
    "65536, zstd:3, true",
    "65536, none, false"
  })
  void bothReadTheSame(int nodeSize, String compression, boolean clean) throws IOException {
    MemoryDevice device = new MemoryDevice(SIZE);
    SampleVolume.make(device, nodeSize, CompressionPolicy.parse(compression), clean);
    byte[] bytes = bytes(device);
    assertEquals(List.of(), new SpecVerifier(new SpecImage(bytes), null).verify());
    SpecImage image = new SpecImage(bytes);
    SpecJournal journal = new SpecJournal(image);
    journal.replay();
    journal.settle();
    assertTrue(
        clean ? journal.transactions == 0 : journal.transactions > 100, "" + journal.transactions);
    assertEquals(List.of(), new SpecVerifier(image, journal).verify());
    String listing = Entry.listing(new SpecReader(image).list());
    assertTrue(listing.lines().count() > 250, listing);
    assertEquals(listing, library(bytes));
  }

  @Test
  void emptyVolumeIsReadTheSame() throws IOException {
    MemoryDevice device = new MemoryDevice(512 << 10);
    SampleVolume.format(device, 16384, CompressionPolicy.AUTO);
    byte[] bytes = bytes(device);
    SpecImage image = new SpecImage(bytes);
    assertEquals(List.of(), new SpecVerifier(image, null).verify());
    assertEquals(Entry.listing(new SpecReader(image).list()), library(bytes));
  }

  @Test
  void volumeRecoveredByTheLibraryIsWhatTheSpecificationReplays() throws IOException {
    MemoryDevice device = new MemoryDevice(SIZE);
    SampleVolume.make(device, 16384, CompressionPolicy.AUTO, false);
    SpecImage before = new SpecImage(bytes(device));
    SpecJournal journal = new SpecJournal(before);
    journal.replay();
    Volume.open(device, SampleVolume.options()).close();
    SpecImage after = new SpecImage(bytes(device));
    assertEquals(List.of(), new SpecVerifier(after, null).verify());
    assertEquals(
        Entry.listing(new SpecReader(before).list()), Entry.listing(new SpecReader(after).list()));
  }
}
