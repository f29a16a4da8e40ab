package org.razorfs.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import org.razorfs.device.FileDevice;
import org.razorfs.device.FileDeviceOptions;
import org.razorfs.fault.FsException;
import org.razorfs.tools.BaseCommand;
import org.razorfs.tools.CommandFailure;
import org.razorfs.tools.Console;
import org.razorfs.tools.Messages;
import org.razorfs.transfer.Archives;
import org.razorfs.transfer.Exporter;
import org.razorfs.transfer.Tally;
import org.razorfs.volume.Volume;
import org.razorfs.volume.VolumeOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** {@code razorfs export}: a tree out of an image, without a mount. */
@Command(
    name = "export",
    description = {
      "Writes the tree in an image that is not mounted as a tar archive; no mount is needed, and"
          + " the image is not changed.",
      "The archive is in the pax format: times to the nanosecond, extended attributes and holes are"
          + " kept; GNU tar restores them with: tar -xp --xattrs --xattrs-include='*' -f ARCHIVE.",
      "Sockets cannot be in an archive. Where data of a file is damaged zeros stand in its place,"
          + " and the file is named."
    },
    exitCodeList = {
      "0:Everything is in the archive",
      "1:Something is not, or is damaged; an archive that could not be finished is removed"
    })
public final class ExportCommand extends BaseCommand {
  private static final int BUFFER = 1 << 18;

  @Option(
      names = "--from",
      paramLabel = "PATH",
      defaultValue = "/",
      description = "The folder of the image that is written. Default: /.")
  private String from;

  @Option(
      names = {"-f", "--force"},
      description = "Replace an archive that exists.")
  private boolean force;

  @Parameters(index = "0", paramLabel = "IMAGE", description = "The image file or block device.")
  private Path image;

  @Parameters(
      index = "1",
      paramLabel = "ARCHIVE",
      description =
          "The archive; compressed where its name ends with .gz, .tgz, .zst or .tzst. Or - for the"
              + " standard output.")
  private Path archive;

  @Override
  protected int execute(Console console) throws IOException {
    boolean piped = archive.toString().equals("-");
    if (piped && console.json()) {
      throw new ParameterException(
          spec().commandLine(), "--json and the archive cannot both go to the standard output");
    }
    Tally tally;
    try (TransferReport report = new TransferReport(console, "export")) {
      try (FileDevice device = FileDevice.open(image, FileDeviceOptions.readOnly());
          Volume volume = Volume.open(device, VolumeOptions.builder().readOnly(true).build())) {
        Exporter exporter = new Exporter(volume, report);
        tally = piped ? toOutput(exporter) : toFile(exporter);
      }
      report.close();
      String line = report.line(archive + ": exported", tally);
      if (piped) {
        console.note(line);
      } else if (!console.quiet()) {
        console.print(line);
      }
      console.print(report.document(image, archive.toString(), tally));
    }
    return tally.left() == 0 ? 0 : 1;
  }

  private Tally toOutput(Exporter exporter) throws IOException {
    OutputStream out = new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), BUFFER);
    Tally tally = run(exporter, out);
    out.flush();
    return tally;
  }

  private Tally toFile(Exporter exporter) throws IOException {
    if (Files.exists(archive)) {
      if (!force || !Files.isRegularFile(archive)) {
        throw new CommandFailure(1, archive + ": exists already; use -f to replace a file");
      }
      if (Files.isSameFile(archive, image)) {
        throw new CommandFailure(1, archive + ": is the image itself; name another archive");
      }
    }
    Set<StandardOpenOption> options =
        Set.of(
            StandardOpenOption.WRITE,
            force ? StandardOpenOption.CREATE : StandardOpenOption.CREATE_NEW,
            StandardOpenOption.TRUNCATE_EXISTING);
    boolean done = false;
    try (FileChannel channel = FileChannel.open(archive, options);
        OutputStream file = new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER);
        OutputStream out = Archives.compressed(file, archive.toString())) {
      Tally tally = run(exporter, out);
      done = true;
      return tally;
    } finally {
      if (!done) {
        Files.deleteIfExists(archive);
      }
    }
  }

  private Tally run(Exporter exporter, OutputStream out) throws IOException {
    try {
      return exporter.run(from, out);
    } catch (FsException e) {
      throw new FsException(e.fault(), image + ": --from " + from + " " + e.getMessage(), e);
    } catch (IOException e) {
      throw new CommandFailure(1, archive + ": " + Messages.of(e), e);
    }
  }
}
