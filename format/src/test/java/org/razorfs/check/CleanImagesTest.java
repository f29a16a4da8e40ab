package org.razorfs.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.razorfs.device.BlockDevice;
import org.razorfs.device.MemoryDevice;
import org.razorfs.layout.Geometry;

/** Findings where nothing is wrong. */
class CleanImagesTest {
  static CheckReport check(BlockDevice device) {
    return Checker.check(device, CheckOptions.full(), CheckListener.NONE);
  }

  static CheckReport assertClean(BlockDevice device) {
    CheckReport report = check(device);
    assertEquals(List.of(), report.findings());
    assertTrue(report.isClean());
    return report;
  }

  @ParameterizedTest
  @ValueSource(ints = {8192, 16384, 32768, 65536})
  void freshImageIsClean(int nodeSize) throws IOException {
    long least = Geometry.minVolume(nodeSize);
    for (long size : new long[] {least, (4 << 20) - 4096, 4 << 20, (4 << 20) + 8192, 64 << 20}) {
      CheckReport report = assertClean(SampleImage.fresh(size, nodeSize));
      assertEquals(1, report.totals().inodes());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {8192, 16384, 32768, 65536})
  void imageWithEverythingIsClean(int nodeSize) throws IOException {
    CheckReport report = assertClean(SampleImage.make(nodeSize));
    assertEquals(1, report.totals().orphans());
    assertTrue(report.totals().sharedChunks() > 0);
    assertTrue(report.totals().chunks() > report.totals().sharedChunks());
    assertEquals(report.totals().storedBytes(), report.totals().verifiedBytes());
    assertClean(SampleImage.closed(nodeSize));
  }

  @ParameterizedTest
  @ValueSource(ints = {8192, 65536})
  void imageWithAJournalToReplayIsClean(int nodeSize) throws IOException {
    assertTrue(assertClean(SampleImage.withJournal(nodeSize)).totals().transactions() > 0);
  }

  @Test
  void imageLongerThanTheVolumeIsClean() throws IOException {
    MemoryDevice image = SampleImage.closed(16384);
    MemoryDevice longer = new MemoryDevice(image.size() + 12_345);
    java.nio.ByteBuffer bytes = java.nio.ByteBuffer.allocate((int) image.size());
    image.read(0, bytes);
    longer.write(0, bytes.flip());
    assertClean(longer);
  }

  @Test
  void editorLeavesACleanImage() throws IOException {
    assertClean(new ImageEditor(SampleImage.make(8192)).rebuild().device());
    assertClean(new ImageEditor(SampleImage.closed(16384)).rebuild().device());
  }

  @Test
  void checkerCanBeUsedAgain() throws IOException {
    try (Checker checker = new Checker()) {
      for (int i = 0; i < 3; i++) {
        MemoryDevice image = SampleImage.make(8192);
        assertEquals(
            List.of(), checker.run(image, CheckOptions.full(), CheckListener.NONE).findings());
      }
    }
  }
}
