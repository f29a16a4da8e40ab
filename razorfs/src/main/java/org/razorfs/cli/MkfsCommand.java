package org.razorfs.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.razorfs.compress.CompressionPolicy;
import org.razorfs.device.FileDevice;
import org.razorfs.device.FileDeviceOptions;
import org.razorfs.layout.Geometry;
import org.razorfs.layout.Superblock;
import org.razorfs.tools.BaseCommand;
import org.razorfs.tools.CommandFailure;
import org.razorfs.tools.Console;
import org.razorfs.tools.JsonDocument;
import org.razorfs.tools.Sizes;
import org.razorfs.volume.FormatOptions;
import org.razorfs.volume.Formatter;
import org.razorfs.volume.Owner;
import org.razorfs.volume.VolumeInfo;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** {@code razorfs mkfs}: makes an empty volume. */
@Command(
    name = "mkfs",
    description = {
      "Makes an empty file system in an image file or on a block device.",
      "A new image is sparse: it takes space on its host as it fills. What exists already is only"
          + " overwritten when it is empty, or holds nothing but zeros where it is looked at: in"
          + " its first 1 MiB, its last 64 KiB, and at 64 places in between; or with -f; and never"
          + " while it is in use.",
      "The root directory belongs to the user who makes the volume."
    },
    exitCodeList = {"0:Success", "1:Nothing was made"})
public final class MkfsCommand extends BaseCommand {
  static final long DEFAULT_SIZE = 4L << 30;

  @Option(
      names = {"-L", "--label"},
      paramLabel = "LABEL",
      defaultValue = "",
      description = "A name for the volume, up to 64 bytes of UTF-8.")
  private String label;

  @Option(
      names = {"-U", "--uuid"},
      paramLabel = "UUID",
      converter = UuidConverter.class,
      description = "The volume's identity; random unless given.")
  private UUID uuid;

  @Option(
      names = "--size",
      paramLabel = "SIZE",
      converter = Sizes.Converter.class,
      description =
          "How large the volume is, such as 4G. Without it an existing image or device keeps its"
              + " size, and a new image gets 4G.")
  private Long size;

  @Option(
      names = "--journal-size",
      paramLabel = "SIZE",
      converter = Sizes.Converter.class,
      description = "How large the journal is, such as 16M; without it, as suits the volume.")
  private Long journalSize;

  @Option(
      names = "--compress",
      paramLabel = "METHOD",
      defaultValue = "auto",
      converter = CompressionConverter.class,
      description =
          "How data is compressed unless a mount says otherwise: auto (by content), zstd[:LEVEL],"
              + " lz4, zlib[:LEVEL] or none. Default: auto. What is written faster than Zstandard"
              + " takes it, auto compresses with LZ4 first, and with Zstandard once it has been left"
              + " alone, or by razorfs compact.")
  private CompressionPolicy compression;

  @Option(
      names = {"-f", "--force"},
      description = "Overwrite whatever the image or device holds.")
  private boolean force;

  @Option(
      names = {"-n", "--dry-run"},
      description = "Check everything and say what would be made, but change nothing.")
  private boolean dryRun;

  @Parameters(paramLabel = "IMAGE", description = "The image file or block device.")
  private Path image;

  /** Lets picocli read UUIDs, in their full form only. */
  static final class UuidConverter implements ITypeConverter<UUID> {
    private static final Pattern FORM =
        Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");

    @Override
    public UUID convert(String value) {
      if (!FORM.matcher(value).matches()) {
        throw new TypeConversionException(
            "'" + value + "' is no UUID like 123e4567-e89b-12d3-a456-426614174000");
      }
      return UUID.fromString(value);
    }
  }

  /** Lets picocli read compression methods. */
  static final class CompressionConverter implements ITypeConverter<CompressionPolicy> {
    @Override
    public CompressionPolicy convert(String value) {
      try {
        return CompressionPolicy.parse(value);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }

  @Override
  protected int execute(Console console) throws IOException {
    checkArguments();
    boolean exists = Files.exists(image);
    if (!exists && Files.isSymbolicLink(image)) {
      throw new CommandFailure(
          1, image + ": is a symbolic link to nothing; remove it, or name another image");
    }
    boolean blockDevice = exists && !Files.isRegularFile(image);
    long bytes = exists ? checkExisting(blockDevice) : size == null ? DEFAULT_SIZE : size;
    checkSizes(bytes);
    if (dryRun) {
      report(console, null, bytes);
      return 0;
    }
    VolumeInfo info;
    try (FileDevice device =
        FileDevice.create(
            image, bytes, exists, FileDeviceOptions.readWrite().withPatience(Duration.ZERO))) {
      info = format(device, exists);
    }
    report(console, info, bytes);
    return 0;
  }

  /** A file that was made for it is not left behind when it fails. */
  private VolumeInfo format(FileDevice device, boolean existed) throws IOException {
    FormatOptions options =
        new FormatOptions(
            label,
            uuid == null ? UUID.randomUUID() : uuid,
            journalSize == null ? 0 : journalSize,
            compression,
            Geometry.DEFAULT_NODE,
            user());
    boolean made = false;
    try {
      VolumeInfo info = Formatter.format(device, options, Clock.systemUTC());
      made = true;
      return info;
    } finally {
      if (!made && !existed) {
        Files.deleteIfExists(image);
      }
    }
  }

  /** Whoever makes a volume can write to it. */
  private static Owner user() throws IOException {
    Path process = Path.of("/proc/self");
    return Files.exists(process)
        ? new Owner(
            (int) Files.getAttribute(process, "unix:uid"),
            (int) Files.getAttribute(process, "unix:gid"))
        : new Owner(0, 0);
  }

  private void checkArguments() {
    if (label.getBytes(StandardCharsets.UTF_8).length > Superblock.LABEL_BYTES) {
      throw new ParameterException(
          spec().commandLine(),
          "label '" + label + "' is longer than " + Superblock.LABEL_BYTES + " bytes");
    }
    if (journalSize != null
        && (journalSize < Geometry.MIN_JOURNAL || journalSize > Geometry.MAX_JOURNAL)) {
      throw new ParameterException(
          spec().commandLine(),
          String.format(
              "a journal has %s to %s, not %s",
              Sizes.format(Geometry.MIN_JOURNAL),
              Sizes.format(Geometry.MAX_JOURNAL),
              Sizes.format(journalSize)));
    }
  }

  /** The size that the volume gets, once nothing speaks against overwriting what is there. */
  private long checkExisting(boolean blockDevice) throws IOException {
    Optional<String> user = HostUse.of(image);
    if (user.isPresent()) {
      throw new CommandFailure(1, image + ": " + user.get());
    }
    try (FileDevice device =
        FileDevice.open(image, FileDeviceOptions.readWrite().withPatience(Duration.ZERO))) {
      Optional<String> held = device.size() == 0 ? Optional.empty() : Recognizer.recognize(device);
      if (held.isPresent() && !force) {
        throw new CommandFailure(
            1, image + ": holds " + held.get() + "; use -f to overwrite it, or another name");
      }
      if (size != null) {
        if (blockDevice && size > device.size()) {
          throw new CommandFailure(
              1,
              String.format(
                  "%s: has %s, less than --size %s",
                  image, Sizes.format(device.size()), Sizes.format(size)));
        }
        return size;
      }
      // A small file that is overwritten was no image of a chosen size.
      return blockDevice || device.size() >= Geometry.MIN_VOLUME ? device.size() : DEFAULT_SIZE;
    }
  }

  private void checkSizes(long bytes) throws CommandFailure {
    if (bytes < Geometry.MIN_VOLUME || bytes > Geometry.MAX_VOLUME) {
      throw new CommandFailure(
          1,
          String.format(
              "%s: a volume has %s to %s, not %s; choose another --size",
              image,
              Sizes.format(Geometry.MIN_VOLUME),
              Sizes.format(Geometry.MAX_VOLUME),
              Sizes.format(bytes)));
    }
    if (journalSize != null && journalSize > bytes / 4) {
      throw new CommandFailure(
          1,
          String.format(
              "%s: a journal of %s is more than a quarter of the volume's %s; choose a smaller"
                  + " --journal-size or a larger --size",
              image, Sizes.format(journalSize), Sizes.format(bytes)));
    }
  }

  /**
   * @param info what was made, or null when nothing was
   */
  private void report(Console console, VolumeInfo info, long bytes) {
    long journal =
        info != null
            ? info.journalSize()
            : journalSize != null ? journalSize : Formatter.journalSize(bytes);
    console.print(
        JsonDocument.of("mkfs", 1)
            .put("image", image.toString())
            .put("dry_run", dryRun)
            .put("uuid", info == null ? uuid : info.uuid())
            .put("label", label)
            .put("size_bytes", info == null ? bytes : info.size())
            .put("journal_bytes", journal)
            .put("node_bytes", Geometry.DEFAULT_NODE)
            .put("compression", compression.toString()));
    if (!console.quiet()) {
      console.print(
          String.format(
              "%s: %s RAZORFS volume%s, %s, journal %s, compression %s%s",
              image,
              dryRun ? "would be made a" : "made a",
              label.isEmpty() ? "" : " '" + label + "'",
              Sizes.format(info == null ? bytes : info.size()),
              Sizes.format(journal),
              compression,
              info == null ? "" : ", uuid " + info.uuid()));
    }
  }
}
