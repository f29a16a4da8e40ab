package org.razorfs.cli;

import java.io.IOException;
import java.nio.file.Path;
import org.razorfs.device.FileDevice;
import org.razorfs.device.FileDeviceOptions;
import org.razorfs.device.FileDeviceOptions.Access;
import org.razorfs.fault.CorruptImageException;
import org.razorfs.tools.BaseCommand;
import org.razorfs.tools.Console;
import org.razorfs.volume.VolumeInfo;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code razorfs info}: what the superblock tells. */
@Command(
    name = "info",
    description = {
      "Shows what an image is: identity, size, compression, state. Reads the superblock only, so it"
          + " also works while the image is mounted; figures are those of the last checkpoint then."
    },
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {"0:Success", "1:The image cannot be read or is no RAZORFS volume"})
public final class InfoCommand extends BaseCommand {
  @Parameters(paramLabel = "IMAGE", description = "The image file or block device.")
  private Path image;

  @Override
  protected int execute(Console console) throws IOException {
    VolumeInfo info;
    try (FileDevice device =
        FileDevice.open(image, FileDeviceOptions.of(Access.READ_ONLY_UNLOCKED))) {
      info = VolumeInfo.read(device);
    } catch (CorruptImageException e) {
      throw e.within(image.toString()); // what is wrong inside an image does not name it
    }
    VolumeInfoView view = new VolumeInfoView(image, info);
    console.print(view.document("info"));
    view.table().lines().forEach(console::print);
    return 0;
  }
}
