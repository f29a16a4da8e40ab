package org.razorfs.bench.subject;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.razorfs.bench.host.Commands;

/** A file system of the kernel in an image file on a loop device. */
final class LoopDriver implements Driver {
  private final Commands commands;
  private final Commands putBack;
  private final List<String> mkfs;
  private final String options;
  private final Path image;
  private final Path mountPoint;
  private final long imageBytes;

  /**
   * @param mkfs what makes one, without the image's name
   * @param options more mount options, or an empty string
   */
  LoopDriver(Commands commands, List<String> mkfs, String options, long imageBytes, Path folder) {
    this.commands = commands;
    this.putBack = commands.fresh();
    this.mkfs = mkfs;
    this.options = options;
    this.imageBytes = imageBytes;
    this.image = folder.resolve("image");
    this.mountPoint = folder.resolve("mnt");
  }

  @Override
  public void make() throws IOException {
    Images.make(commands, image, imageBytes, mkfs);
  }

  @Override
  public void mount() throws IOException {
    // With -o loop the device is detached by the kernel when the mount goes, however that happens.
    putBack.run(
        "mount",
        "-o",
        options.isEmpty() ? "loop" : "loop," + options,
        image.toString(),
        mountPoint.toString());
  }

  @Override
  public void unmount() throws IOException {
    Unmounting.unmount(putBack, mountPoint);
  }

  @Override
  public boolean commit() {
    return true; // syncfs reaches the disk, as the loop device passes flushes on
  }

  @Override
  public Path store() {
    return image;
  }

  @Override
  public Path mountPoint() {
    return mountPoint;
  }
}
