package org.razorfs.cli;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
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
      "1:Something is not, or is damaged; an archive that could not be finished is removed, and"
          + " what it was to replace is as it was"
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
    return run(
        exporter,
        new FileOutputStream(FileDescriptor.out) {
          @Override
          public void close() {} // others may print after this
        });
  }

  private Tally toFile(Exporter exporter) throws IOException {
    if (!Files.exists(archive)) {
      OutputStream out = Files.newOutputStream(archive, CREATE_NEW, WRITE);
      try (UnfinishedFile file = new UnfinishedFile(archive)) {
        Tally tally = run(exporter, out);
        file.finish();
        return tally;
      }
    }
    if (!force || !Files.isRegularFile(archive)) {
      throw new CommandFailure(1, archive + ": exists already; use -f to replace a file");
    }
    if (Files.isSameFile(archive, image)) {
      throw new CommandFailure(1, archive + ": is the image itself; name another archive");
    }
    // What is replaced is there until the new one is whole.
    Path old = archive.toRealPath();
    Path made = Files.createTempFile(old.getParent(), old.getFileName() + ".", ".part");
    try (UnfinishedFile file = new UnfinishedFile(made);
        FileChannel opened = FileChannel.open(made, WRITE)) {
      Tally tally = run(exporter, Files.newOutputStream(made));
      Files.setPosixFilePermissions(made, Files.getPosixFilePermissions(old));
      force(opened); // else the name could be on the disk before what it names
      Files.move(made, old, ATOMIC_MOVE);
      file.finish();
      forceFolder(old.getParent());
      return tally;
    }
  }

  private void force(FileChannel file) throws IOException {
    try {
      file.force(true);
    } catch (IOException e) {
      throw new CommandFailure(1, archive + ": " + Messages.of(e), e);
    }
  }

  /** Not all folders can be read, nor forced; without that there is the old archive or the new. */
  private static void forceFolder(Path folder) {
    try (FileChannel channel = FileChannel.open(folder)) {
      channel.force(true);
    } catch (IOException e) {
      return;
    }
  }

  /** Writes the archive, and closes it: what of it is still in buffers may not find room. */
  private Tally run(Exporter exporter, OutputStream to) throws IOException {
    try (OutputStream file = new BufferedOutputStream(to, BUFFER);
        OutputStream out = Archives.compressed(file, archive.toString())) {
      return exporter.run(from, out);
    } catch (FsException e) {
      throw new FsException(e.fault(), image + ": --from " + from + " " + e.getMessage(), e);
    } catch (IOException e) {
      throw new CommandFailure(1, archive + ": " + Messages.of(e), e);
    }
  }
}
