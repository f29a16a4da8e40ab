package org.razorfs.mount.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.razorfs.mount.MountOptions;
import org.razorfs.volume.VolumeOptions;

class JvmSizingTest {
  @Test
  void followsTheLimits() {
    JvmSizing sizing =
        JvmSizing.of(
            VolumeOptions.builder()
                .maxCacheBytes(100L << 20)
                .maxDirtyBytes(20L << 20)
                .maxStringTableBytes(6L << 20)
                .maxInodeCacheEntries(4096)
                .build(),
            8 << 20);
    assertEquals(new JvmSizing(64 + (50 + 20 + 6 + 4 + 9 * 32) * 3 / 2, 64 + 120), sizing);
  }

  @Test
  void aDaemonWithoutOptionsStaysSmall() {
    JvmSizing sizing =
        JvmSizing.of(VolumeOptions.defaults(), MountOptions.parse(List.of()).mostKnown());
    assertTrue(sizing.heapMib() < 512 && sizing.directMib() < 256, sizing.toString());
  }
}
