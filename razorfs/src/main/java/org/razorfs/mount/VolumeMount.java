package org.razorfs.mount;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.razorfs.device.FileDevice;
import org.razorfs.device.FileDeviceOptions;
import org.razorfs.mount.handler.FileSystemHandler;
import org.razorfs.mount.handler.KernelChecks;
import org.razorfs.mount.handler.Presentation;
import org.razorfs.mount.host.Kernel;
import org.razorfs.mount.host.LibC;
import org.razorfs.mount.host.NativeHostFile;
import org.razorfs.volume.Volume;
import org.razorfs.volume.VolumeOptions;

/** An image opened as a volume, with the handler that answers for it. */
public final class VolumeMount implements AutoCloseable {
  /** Each thread that reads or writes through a heap buffer holds one. */
  private static final int DEVICE_BUFFERS = 16;

  private final FileDevice device;
  private final Volume volume;
  private final Presentation presentation;
  private volatile FileSystemHandler handler;

  private VolumeMount(FileDevice device, Volume volume, Presentation presentation) {
    this.device = device;
    this.volume = volume;
    this.presentation = presentation;
    answerOver(false);
  }

  /**
   * Opens an image, which recovers it where necessary.
   *
   * @param onWait is told when another owner of the image is waited for
   * @throws IOException when it is in use, damaged, or no volume
   */
  public static VolumeMount open(
      Path image, MountOptions options, LibC libc, Consumer<String> onWait) throws IOException {
    VolumeOptions volumeOptions = options.volumeOptions();
    FileDeviceOptions deviceOptions =
        options.readOnly() ? FileDeviceOptions.readOnly() : FileDeviceOptions.readWrite();
    deviceOptions = deviceOptions.withBuffers(DEVICE_BUFFERS).withOnWait(onWait);
    if (!options.readOnly()) {
      // Without the option discard it is only used when somebody asks, as fstrim(8) does.
      deviceOptions =
          deviceOptions.withHostFile((path, channel) -> NativeHostFile.open(libc, path));
    }
    FileDevice device = FileDevice.open(image, deviceOptions);
    boolean done = false;
    try {
      Volume volume = Volume.open(device, volumeOptions);
      done = true;
      return new VolumeMount(device, volume, options.presentation());
    } finally {
      if (!done) {
        device.close();
      }
    }
  }

  /**
   * Has another transport answered from now on; nothing may have been asked over the last one.
   *
   * @param acls whether mounts over it can have access control lists
   */
  public void answerOver(boolean acls) {
    handler =
        new FileSystemHandler(volume, presentation, new KernelChecks(acls, Kernel.isLinux(5, 13)));
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
