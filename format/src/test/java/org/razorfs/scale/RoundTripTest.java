package org.razorfs.scale;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.razorfs.check.CheckListener;
import org.razorfs.check.CheckOptions;
import org.razorfs.check.CheckReport;
import org.razorfs.check.Checker;
import org.razorfs.device.BlockDevice;
import org.razorfs.device.FileDevice;
import org.razorfs.device.FileDeviceOptions;
import org.razorfs.volume.AtimeMode;
import org.razorfs.volume.Attributes;
import org.razorfs.volume.FormatOptions;
import org.razorfs.volume.Formatter;
import org.razorfs.volume.Volume;
import org.razorfs.volume.VolumeOptions;

/** A tree of everything that is not quite the same when the volume has been closed and opened. */
@Tag("slow")
class RoundTripTest {
  /** Small limits, so that little of the tree is in memory at any time. */
  private static final VolumeOptions OPTIONS =
      VolumeOptions.builder()
          .atime(AtimeMode.NOATIME)
          .maxCacheBytes(8 << 20)
          .maxDirtyBytes(8 << 20)
          .maxStringTableBytes(1 << 20)
          .maxInodeCacheEntries(2000)
          .build();

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(ints = {1_000, 10_000})
  void everythingIsTheSame(int count) throws IOException {
    roundTrip(count);
  }

  @ParameterizedTest
  @ValueSource(ints = 100_000)
  @Tag("long")
  void everythingIsTheSameInALargeTree(int count) throws IOException {
    roundTrip(count);
  }

  @SuppressWarnings("SystemOut") // figures for people
  private void roundTrip(int count) throws IOException {
    SampleTree tree = new SampleTree(count, count);
    long size = (64L << 20) + tree.bytes() + count * 4096L;
    try (BlockDevice device =
        FileDevice.create(folder.resolve("image"), size, false, FileDeviceOptions.readWrite())) {
      Formatter.format(device, FormatOptions.defaults(), Clock.systemUTC());
      List<Attributes> before;
      try (Volume volume = Volume.open(device, OPTIONS)) {
        tree.write(volume);
        tree.verify(volume);
        volume.checkpoint();
        before = tree.attributes(volume);
      }
      for (int again = 0; again < 2; again++) {
        try (Volume volume = Volume.open(device, OPTIONS)) {
          assertEquals(before, tree.attributes(volume));
          tree.verify(volume);
        }
      }
      CheckReport report = Checker.check(device, CheckOptions.full(), CheckListener.NONE);
      assertEquals(List.of(), report.findings());
      assertEquals(count, report.totals().entries());
      System.out.printf(
          "%d names, %d inodes, %.1f MB in files, %.1f MB stored: all the same%n",
          count, report.totals().inodes(), tree.bytes() / 1e6, report.totals().storedBytes() / 1e6);
    }
  }
}
