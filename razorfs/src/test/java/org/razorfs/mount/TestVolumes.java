package org.razorfs.mount;

import java.io.IOException;
import java.time.Clock;
import org.razorfs.device.BlockDevice;
import org.razorfs.device.MemoryDevice;
import org.razorfs.mount.handler.FileSystemHandler;
import org.razorfs.mount.handler.KernelChecks;
import org.razorfs.mount.handler.Presentation;
import org.razorfs.volume.FormatOptions;
import org.razorfs.volume.Formatter;
import org.razorfs.volume.Volume;
import org.razorfs.volume.VolumeOptions;

/** Test support: volumes in memory. */
public final class TestVolumes {
  /** Bytes of each. */
  public static final long SIZE = 64L << 20;

  private TestVolumes() {}

  /** A new volume without threads of its own. */
  public static Volume open() {
    return open(VolumeOptions.builder().manual());
  }

  /** A new volume opened with these options. */
  public static Volume open(VolumeOptions.Builder options) {
    try {
      BlockDevice device = new MemoryDevice(SIZE);
      Formatter.format(device, FormatOptions.defaults(), Clock.systemUTC());
      return Volume.open(device, options.build());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** A handler of a new volume. */
  public static FileSystemHandler handler() {
    return new FileSystemHandler(open(), Presentation.AS_STORED, new KernelChecks(false, true));
  }
}
