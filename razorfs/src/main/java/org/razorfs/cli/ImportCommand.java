package org.razorfs.cli;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import org.razorfs.device.FileDevice;
import org.razorfs.device.FileDeviceOptions;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.mount.host.LibC;
import org.razorfs.mount.host.NativeHostFile;
import org.razorfs.tools.BaseCommand;
import org.razorfs.tools.CommandFailure;
import org.razorfs.tools.Console;
import org.razorfs.tools.Messages;
import org.razorfs.transfer.Archives;
import org.razorfs.transfer.HostTree;
import org.razorfs.transfer.Importer;
import org.razorfs.transfer.Tally;
import org.razorfs.volume.Volume;
import org.razorfs.volume.VolumeOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code razorfs import}: a tree into an image, without a mount. */
@Command(
    name = "import",
    description = {
      "Puts a directory or a tar archive into an image that is not mounted; no mount is needed.",
      "All that the archive holds is kept, whoever runs this: modes, owners by number, times,"
          + " links, devices, extended attributes, holes. What is there already under the same name"
          + " is replaced, but folders are merged. Nothing gets out of the folder it goes into.",
      "Archives can be compressed with gzip, zstd or bzip2. Directories are read by GNU tar, which"
          + " names sockets and passes over them.",
      "What an inode cannot have is named and left out: attributes outside user, trusted, security"
          + " and system or of more than 64 KiB in all, and access control lists as text (tar"
          + " --acls without --xattrs), which name users of another system."
    },
    exitCodeList = {
      "0:Everything is in the image, durably",
      "1:Something is not; what came before is"
    })
public final class ImportCommand extends BaseCommand {
  @Option(
      names = "--to",
      paramLabel = "PATH",
      defaultValue = "/",
      description =
          "The folder of the image into which it goes; made where it does not exist. Default: /.")
  private String target;

  @Parameters(index = "0", paramLabel = "IMAGE", description = "The image file or block device.")
  private Path image;

  @Parameters(
      index = "1",
      paramLabel = "SOURCE",
      description = "A directory, a tar archive, or - for an archive from the standard input.")
  private Path source;

  @Override
  protected int execute(Console console) throws IOException {
    boolean tree = Files.isDirectory(source);
    if (tree && image.toRealPath().startsWith(source.toRealPath())) {
      throw new CommandFailure(
          1, source + ": holds the image itself; move one of them, or import a part");
    }
    Tally tally;
    LibC libc = new LibC();
    FileDeviceOptions options =
        FileDeviceOptions.readWrite()
            .withOnWait(console::note)
            .withHostFile((path, channel) -> NativeHostFile.open(libc, path));
    try (TransferReport report = new TransferReport(console, "import")) {
      try (FileDevice device = FileDevice.open(image, options);
          Volume volume = Volume.open(device, VolumeOptions.defaults())) {
        Importer importer = importer(volume, report);
        tally = tree ? importTree(importer) : importArchive(importer);
      }
      report.close();
      console.print(report.document(image, source.toString(), tally));
      if (!console.quiet()) {
        console.print(report.line(image + ": imported", tally));
      }
    }
    return tally.left() == 0 ? 0 : 1;
  }

  private Importer importer(Volume volume, TransferReport report) throws IOException {
    try {
      return new Importer(volume, target, Clock.systemUTC(), report);
    } catch (FsException e) {
      throw about("--to " + target, e);
    }
  }

  private Tally importTree(Importer importer) throws IOException {
    try (HostTree tree = HostTree.open(source)) {
      Tally tally = run(importer, tree.archive());
      tree.finish();
      return tally;
    }
  }

  private Tally importArchive(Importer importer) throws IOException {
    if (source.toString().equals("-")) {
      return run(importer, System.in);
    }
    try (InputStream archive = Files.newInputStream(source)) {
      return run(importer, archive);
    }
  }

  private Tally run(Importer importer, InputStream archive) throws IOException {
    try {
      return importer.run(Archives.decompressed(archive));
    } catch (FsException e) {
      throw about(image.toString(), e);
    } catch (IOException e) {
      String problem =
          e instanceof EOFException ? "it ends too early: it has been cut" : Messages.of(e);
      throw new CommandFailure(
          1, source + ": " + problem + "; what came before is in the image", e);
    }
  }

  private static FsException about(String what, FsException problem) {
    Fault fault = problem.fault();
    String advice = fault.isWantOfSpace() ? "; what came before is in the image" : "";
    return new FsException(fault, what + ": " + problem.getMessage() + advice, problem);
  }
}
