package org.razorfs.crash;

import org.razorfs.model.posix.OpGenerator;
import org.razorfs.model.posix.OpGenerator.Profile;

/** Random histories, each a function of one number. */
final class RandomWorkloads {
  private static final TestImage[] IMAGES = {
    TestImage.SMALL,
    new TestImage(1 << 20, 128 << 10, 8 << 10, 8 << 20),
    new TestImage(1 << 20, 64 << 10, 16 << 10, 256 << 10),
    new TestImage(1 << 20, 64 << 10, 8 << 10, 64 << 10),
    new TestImage(5 << 20, 1 << 20, 8 << 10, 8 << 20),
  };
  private static final Profile[] PROFILES = {
    new Profile(6_000, 30_000, 14, 22, 3, 1), // much of everything
    new Profile(300, 2_000, 40, 10, 0, 1), // many small files
    new Profile(60_000, 150_000, 5, 25, 5, 1), // few larger ones
    new Profile(3_000, 12_000, 12, 5, 0, 0), // hardly anything made durable
  };

  private RandomWorkloads() {}

  /** The workload of a seed. */
  static Workload of(long seed) {
    int which = Math.floorMod(seed, PROFILES.length);
    TestImage image = IMAGES[Math.floorMod(seed / PROFILES.length, IMAGES.length)];
    int count = 60 + Math.floorMod(seed * 37, 60);
    return new Workload(
        "random-" + seed, image, new OpGenerator(seed, PROFILES[which]).history(count));
  }
}
