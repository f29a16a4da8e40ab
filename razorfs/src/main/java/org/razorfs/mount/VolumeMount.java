package org.razorfs.mount;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.razorfs.device.FileDevice;
import org.razorfs.device.FileDeviceOptions;
import org.razorfs.mount.handler.FileSystemHandler;
import org.razorfs.mount.handler.KernelChecks;
import org.razorfs.mount.host.FallocateDiscarder;
import org.razorfs.mount.host.Kernel;
import org.razorfs.mount.host.LibC;
import org.razorfs.volume.Volume;
import org.razorfs.volume.VolumeOptions;

/** An image opened as a volume, with the handler that answers for it. */
public final class VolumeMount implements AutoCloseable {
  /** Each thread that reads or writes through a heap buffer holds one. */
  private static final int DEVICE_BUFFERS = 16;

  private final FileDevice device;
  private final Volume volume;
  private final FileSystemHandler handler;

  private VolumeMount(FileDevice device, Volume volume, FileSystemHandler handler) {
    this.device = device;
    this.volume = volume;
    this.handler = handler;
  }

  /**
   * Opens an image, which recovers it where necessary.
   *
   * @param acls whether mounts over the transport can have access control lists
   * @param onWait is told when another owner of the image is waited for
   * @throws IOException when it is in use, damaged, or no volume
   */
  public static VolumeMount open(
      Path image, MountOptions options, boolean acls, LibC libc, Consumer<String> onWait)
      throws IOException {
    VolumeOptions volumeOptions = options.volumeOptions();
    FileDeviceOptions deviceOptions =
        options.readOnly() ? FileDeviceOptions.readOnly() : FileDeviceOptions.readWrite();
    deviceOptions = deviceOptions.withBuffers(DEVICE_BUFFERS).withOnWait(onWait);
    if (!options.readOnly()) {
      // Without the option discard it is only used when somebody asks, as fstrim(8) does.
      deviceOptions =
          deviceOptions.withDiscarder((path, channel) -> FallocateDiscarder.open(libc, path));
    }
    FileDevice device = FileDevice.open(image, deviceOptions);
    boolean done = false;
    try {
      Volume volume = Volume.open(device, volumeOptions);
      done = true;
      return new VolumeMount(
          device,
          volume,
          new FileSystemHandler(
              volume, options.presentation(), new KernelChecks(acls, Kernel.isLinux(5, 13))));
    } finally {
      if (!done) {
        device.close();
      }
    }
  }

  /** What answers the transport. */
  public FileSystemHandler handler() {
    return handler;
  }

  /** The volume. */
  public Volume volume() {
    return volume;
  }

  /** Closes the volume, which makes everything durable and marks it clean, and the image. */
  @Override
  public void close() throws IOException {
    try (FileDevice closing = device) {
      handler.close();
    }
  }
}
