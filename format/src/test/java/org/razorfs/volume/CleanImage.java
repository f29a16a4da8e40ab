package org.razorfs.volume;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.razorfs.check.CheckListener;
import org.razorfs.check.CheckOptions;
import org.razorfs.check.CheckReport;
import org.razorfs.check.Checker;
import org.razorfs.device.BlockDevice;

/** Test support: what every image has to be once its volume is closed. */
public final class CleanImage {
  private CleanImage() {}

  /** Sees that all of an image is as it should be. */
  public static CheckReport assertClean(BlockDevice image) {
    CheckReport report = Checker.check(image, CheckOptions.full(), CheckListener.NONE);
    assertTrue(report.isClean(), () -> report.findings().toString());
    return report;
  }
}
