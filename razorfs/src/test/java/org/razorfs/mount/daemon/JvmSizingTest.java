package org.razorfs.mount.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
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
                .build());
    assertEquals(new JvmSizing(64 + (50 + 20 + 6 + 4) * 3 / 2, 64 + 120), sizing);
  }

  @Test
  void aDaemonWithoutOptionsStaysSmall() {
    JvmSizing sizing = JvmSizing.of(VolumeOptions.defaults());
    assertTrue(sizing.heapMib() < 512 && sizing.directMib() < 256, sizing.toString());
  }
}
