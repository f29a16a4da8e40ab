package org.razorfs.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.razorfs.mount.host.MountTable;

/** Finds out whether the host uses a file or device in a way that no lock on it shows. */
final class HostUse {
  private static final Path BLOCK_DEVICES = Path.of("/sys/block");

  private HostUse() {}

  /** Who uses it and what to do about that; empty when nobody is known to. */
  static Optional<String> of(Path image) throws IOException {
    Path real = image.toRealPath();
    String device = deviceNumber(real);
    for (MountTable.Mount mount : MountTable.read().all()) {
      boolean same = device.isEmpty() ? isSource(mount, real) : mount.device().equals(device);
      if (same || isSource(mount, real)) {
        return Optional.of("is mounted on " + mount.point() + "; unmount it first");
      }
    }
    if (Files.exists(Path.of("/proc/swaps"))
        && Files.readString(Path.of("/proc/swaps"), StandardCharsets.ISO_8859_1)
            .lines()
            .anyMatch(line -> line.startsWith(real + " ") || line.startsWith(real + "\t"))) {
      return Optional.of("is used as swap space; end that with swapoff first");
    }
    return loopDevice(real)
        .map(loop -> "is attached to " + loop + "; detach it with losetup -d first");
  }

  private static boolean isSource(MountTable.Mount mount, Path real) {
    return mount.source().equals(real.toString());
  }

  /** Major and minor number of a block device, else empty. */
  private static String deviceNumber(Path real) throws IOException {
    if (Files.isRegularFile(real) || Files.isDirectory(real)) {
      return "";
    }
    long number = (long) Files.getAttribute(real, "unix:rdev");
    long major = ((number >>> 8) & 0xfff) | ((number >>> 32) & ~0xfffL);
    long minor = (number & 0xff) | ((number >>> 12) & ~0xffL);
    return major + ":" + minor;
  }

  private static Optional<String> loopDevice(Path real) throws IOException {
    if (!Files.isDirectory(BLOCK_DEVICES)) {
      return Optional.empty();
    }
    try (DirectoryStream<Path> loops = Files.newDirectoryStream(BLOCK_DEVICES, "loop*")) {
      for (Path loop : loops) {
        Path backing = loop.resolve("loop/backing_file");
        if (Files.exists(backing)
            && Files.readString(backing, StandardCharsets.ISO_8859_1)
                .strip()
                .equals(real.toString())) {
          return Optional.of("/dev/" + loop.getFileName());
        }
      }
    }
    return Optional.empty();
  }
}
