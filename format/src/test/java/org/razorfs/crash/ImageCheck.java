package org.razorfs.crash;

import java.io.IOException;
import org.razorfs.device.BlockDevice;

/** Asks the checker about an image. */
final class ImageCheck {
  private ImageCheck() {}

  /** What the checker finds first, or null where it is silent. */
  static String firstProblem(BlockDevice device) throws IOException {
    return null;
  }
}
