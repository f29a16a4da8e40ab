package org.razorfs.bench.subject;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.razorfs.bench.host.CleanUp;
import org.razorfs.bench.host.Commands;
import org.razorfs.bench.host.Host;

/** All file systems that can be compared, by name. */
public final class Targets {
  /** The name of RAZORFS itself. */
  public static final String RAZORFS = "razorfs";

  private static final String WITH_IO_URING = "razorfs-io_uring";

  /** Where the kernel's module has it. */
  private static final Path IO_URING = Path.of("/sys/module/fuse/parameters/enable_uring");

  private final Commands commands;
  private final RazorfsDriver.Settings razorfs;
  private final long imageBytes;

  /**
   * @param razorfs how RAZORFS is made and mounted
   * @param imageBytes the size of peers' images, the same for all
   */
  public Targets(Commands commands, RazorfsDriver.Settings razorfs, long imageBytes) {
    this.commands = commands;
    this.razorfs = razorfs;
    this.imageBytes = imageBytes;
  }

  /** The names of the peers, RAZORFS itself mounted another way included. */
  public static List<String> peers() {
    return List.of(
        "ext4", "btrfs", "xfs", "fuse2fs", "zfs-fuse", "ntfs-3g", "gocryptfs", WITH_IO_URING);
  }

  /** A new RAZORFS image for each session. */
  public Target razorfs() {
    return new MountedTarget(
        RAZORFS,
        "a new image" + options(),
        commands,
        Optional::empty,
        null,
        folder ->
            new RazorfsDriver(commands, razorfs, folder.resolve("image"), folder.resolve("mnt")));
  }

  /** A new RAZORFS image of this name for each session, which goes with it. */
  public Target razorfs(Path image) {
    return new MountedTarget(
        RAZORFS,
        "a new image " + image + options(),
        commands,
        Optional::empty,
        image,
        folder -> new RazorfsDriver(commands, razorfs, image, folder.resolve("mnt")));
  }

  /** An image that exists; what is in it stays, a folder of ours comes and goes. */
  public Target existing(Path image) {
    return new ExistingImage(image, options());
  }

  private String options() {
    return (razorfs.mountOptions().isEmpty() ? "" : ", -o " + razorfs.mountOptions())
        + (razorfs.transport().isEmpty() ? "" : ", transport " + razorfs.transport());
  }

  /** A peer, if there is one of this name. */
  public Optional<Target> peer(String name) {
    return Optional.ofNullable(
        switch (name) {
          case "ext4" -> loop(name, "e2fsprogs", "", "mkfs.ext4", "-q", "-F");
          case "btrfs" -> loop(name, "btrfs-progs", "compress=zstd", "mkfs.btrfs", "-q", "-f");
          case "xfs" -> loop(name, "xfsprogs", "", "mkfs.xfs", "-q", "-f");
          case "fuse2fs" -> fuse2fs();
          case "zfs-fuse" ->
              new MountedTarget(
                  name,
                  "a pool in an image file, compression=lzjb",
                  commands,
                  () -> zfsMissing().or(() -> needs("zfs-fuse", "zfs-fuse", "zpool")),
                  null,
                  folder -> new ZfsDriver(commands, imageBytes, folder));
          case "ntfs-3g" -> ntfs();
          case "gocryptfs" -> gocryptfs();
          case WITH_IO_URING -> withIoUring();
          default -> null;
        });
  }

  private Target withIoUring() {
    RazorfsDriver.Settings settings = razorfs.plus("io_uring=on");
    return new MountedTarget(
        WITH_IO_URING,
        "RAZORFS with -o " + settings.mountOptions(),
        commands,
        () ->
            Files.exists(IO_URING)
                ? Optional.empty()
                : Optional.of("this kernel has no FUSE over io_uring (Linux 6.14 has)"),
        null,
        folder ->
            new RazorfsDriver(commands, settings, folder.resolve("image"), folder.resolve("mnt")));
  }

  private Target loop(String name, String debian, String options, String... mkfs) {
    return new MountedTarget(
        name,
        "an image file on a loop device" + (options.isEmpty() ? "" : ", -o " + options),
        commands,
        () -> needs(debian, mkfs[0]).or(Targets::loopMissing),
        null,
        folder -> new LoopDriver(commands, List.of(mkfs), options, imageBytes, folder));
  }

  private Target fuse2fs() {
    List<String> mkfs = List.of("mkfs.ext4", "-q", "-F");
    return daemon(
        "fuse2fs",
        "ext4 in an image file, through FUSE",
        () -> needs("fuse2fs", "fuse2fs", "mkfs.ext4"),
        folder -> {
          Path image = folder.resolve("image");
          return new DaemonDriver(
              commands,
              () -> Images.make(commands, image, imageBytes, mkfs),
              List.of("fuse2fs", "-f", image.toString(), folder.resolve("mnt").toString()),
              image,
              folder);
        });
  }

  private Target ntfs() {
    List<String> mkfs = List.of("mkntfs", "-Q", "-F", "-q");
    return daemon(
        "ntfs-3g",
        "NTFS in an image file, through FUSE, permissions not checked",
        () -> needs("ntfs-3g", "ntfs-3g", "mkntfs"),
        folder -> {
          Path image = folder.resolve("image");
          List<String> serve = List.of("ntfs-3g", "-o", "no_detach");
          return new DaemonDriver(
              commands,
              () -> Images.make(commands, image, imageBytes, mkfs),
              join(serve, image.toString(), folder.resolve("mnt").toString()),
              image,
              folder);
        });
  }

  private Target gocryptfs() {
    return daemon(
        "gocryptfs",
        "encrypted files in a folder of the host's file system, through FUSE, for the mounting user only",
        () -> needs("gocryptfs", "gocryptfs"),
        folder -> {
          Path cipher = folder.resolve("cipher");
          Path password = folder.resolve("password");
          List<String> gocryptfs = List.of("gocryptfs", "-q", "-passfile", password.toString());
          return new DaemonDriver(
              commands,
              () -> {
                Files.createDirectory(cipher);
                Files.writeString(password, "razorfs-bench\n");
                commands.run(
                    join(gocryptfs, "-init", "-scryptn", "10", cipher.toString())
                        .toArray(String[]::new));
              },
              join(gocryptfs, "-fg", cipher.toString(), folder.resolve("mnt").toString()),
              cipher,
              folder);
        });
  }

  private Target daemon(
      String name,
      String description,
      Supplier<Optional<String>> missing,
      Function<Path, Driver> driver) {
    return new MountedTarget(name, description, commands, missing, null, driver);
  }

  private static List<String> join(List<String> words, String... more) {
    List<String> all = new ArrayList<>(words);
    all.addAll(List.of(more));
    return all;
  }

  private Optional<String> needs(String debian, String... programs) {
    Host host = commands.host();
    for (String program : programs) {
      if (host.find(program).isEmpty()) {
        return Optional.of(program + " is not installed (Debian: " + debian + ")");
      }
    }
    return Optional.empty();
  }

  private static Optional<String> loopMissing() {
    return Files.exists(Path.of("/dev/loop-control"))
        ? Optional.empty()
        : Optional.of("this machine has no loop devices (/dev/loop-control)");
  }

  private static Optional<String> zfsMissing() {
    return Files.exists(ZfsDriver.SOCKET)
        ? Optional.of(ZfsDriver.SOCKET + ": another zfs-fuse runs already; end it first")
        : Optional.empty();
  }

  /** An image that is the user's own. */
  private final class ExistingImage implements Target {
    private final Path image;
    private final String options;

    private ExistingImage(Path image, String options) {
      this.image = image;
      this.options = options;
    }

    @Override
    public String name() {
      return RAZORFS;
    }

    @Override
    public String description() {
      return image + options;
    }

    @Override
    public Optional<String> missing() {
      return Optional.empty();
    }

    @Override
    public Session open(CleanUp cleanUp) throws IOException {
      Path mountPoint =
          Files.createTempDirectory(commands.host().temporary(), "razorfs-bench-mnt-");
      // rmdir and no more: were it still mounted, all that the user has in it would go.
      CleanUp.Step deleting =
          cleanUp.add("delete " + mountPoint, () -> Files.deleteIfExists(mountPoint));
      RazorfsDriver driver = new RazorfsDriver(commands, razorfs, image, mountPoint);
      return new DeletingSession(
          MountedSession.open(driver, commands, false, cleanUp), deleting, driver);
    }
  }
}
