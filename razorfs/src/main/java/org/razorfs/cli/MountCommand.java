package org.razorfs.cli;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.razorfs.fault.FsException;
import org.razorfs.mount.MountOptions;
import org.razorfs.mount.Transports;
import org.razorfs.mount.daemon.ControlClient;
import org.razorfs.mount.daemon.ControlDirectory;
import org.razorfs.mount.daemon.DaemonProcess;
import org.razorfs.mount.daemon.JvmSizing;
import org.razorfs.mount.host.Kernel;
import org.razorfs.mount.host.LibC;
import org.razorfs.mount.host.MountTable;
import org.razorfs.mount.host.Remounter;
import org.razorfs.mount.host.Unmounter;
import org.razorfs.tools.BaseCommand;
import org.razorfs.tools.CommandFailure;
import org.razorfs.tools.Console;
import org.razorfs.tools.ExitCodes;
import org.razorfs.tools.HostPaths;
import org.razorfs.tools.JsonDocument;
import org.razorfs.tools.Messages;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code razorfs mount}: starts the daemon that serves an image under a directory. */
@Command(
    name = "mount",
    description = {
      "Mounts an image on a directory.",
      "Returns when the file system answers; a daemon serves it from then on. An image that was not"
          + " closed is recovered first.",
    },
    footerHeading = "%nMount options:%n",
    footer = {
      "ro, rw: without and with writing.",
      "noatime, relatime, strictatime: when reading changes access times; relatime unless given.",
      "suid, nosuid, dev, nodev, exec, noexec: as in mount(8); nosuid and nodev unless given.",
      "allow_other, noallow_other: whether other users get in; they do when root mounts.",
      "default_permissions: the kernel checks permissions; always but where only root gets in.",
      "uid=ID, gid=ID, umask=OCTAL: show these instead of what is stored.",
      "commit=SECONDS: everything is made durable at least so often; 5 unless given.",
      "compress=METHOD: how new data is compressed, as in razorfs-mkfs.",
      "max_cache_mb=N, max_dirty_mb=N, max_string_table_mb=N: limits of memory, in MiB.",
      "max_inode_cache_entries=N: the limit of inodes kept in memory.",
      "max_known_inodes=N: how many inodes the kernel may keep; 2000000 unless given.",
      "errors=remount-ro|abort: what to do after an I/O error.",
      "discard, nodiscard: whether freed space is given back to the host; discard unless given.",
      "attr_timeout=SECONDS: with jnr-fuse, how long attributes may be cached; 0 unless given,"
          + " which is right even for hard links.",
      "writeback_cache, nowriteback_cache: with native, whether the kernel gathers small writes;"
          + " nowriteback_cache unless given.",
      "io_uring=auto|on|off: with native, whether requests come through io_uring: where the kernel"
          + " offers it and idle processors may halt, or else not at all, or never; auto unless"
          + " given.",
      "idle_poll=auto|on|off: with native, whether idle processors poll instead of halting while"
          + " requests come one after the other: in a small virtual machine, or else not at all, or"
          + " never; auto unless given; needs root.",
      "fsname=NAME: the source that the mount table shows; the image unless given.",
      "remount: changes ro, rw, suid, dev and exec of the mount that is there, and nothing else.",
      "x-*: ignored, for other programs. Everything else is refused."
    },
    exitCodeList = {
      "0:Success",
      "1:Wrong usage or options",
      "2:A system error",
      "32:The image could not be mounted"
    })
public final class MountCommand extends BaseCommand {
  @ParentCommand private Razorfs razorfs;

  private static final ExitCodes EXIT_CODES = new ExitCodes(32, 1);
  private static final int SYSTEM_ERROR = 2;
  private static final int FAILURE = 32;

  /** For how long a daemon is waited for that is closing the image; it may have much to write. */
  private static final Duration CLOSING = Duration.ofSeconds(60);

  @Option(
      names = {"-f", "--foreground"},
      description =
          "Stay until unmounted, and log to standard error; for systemd and the like. SIGTERM and"
              + " SIGINT unmount, close the image, and end with 0.")
  private boolean foreground;

  @Option(
      names = {"-o", "--options"},
      paramLabel = "OPTIONS",
      description = "Mount options, separated by commas; see below.")
  private List<String> options = new ArrayList<>();

  @Option(
      names = "--transport",
      paramLabel = "NAME",
      defaultValue = "auto",
      description =
          "How to talk to the kernel: native, jnr-fuse, or auto: native, and where it cannot be had"
              + " jnr-fuse. Default: auto.")
  private String transport;

  @Parameters(paramLabel = "IMAGE", index = "0", description = "The image file or block device.")
  private Path image;

  @Parameters(paramLabel = "DIR", index = "1", description = "The directory to mount it on.")
  private Path directory;

  @Override
  protected ExitCodes exitCodes() {
    return EXIT_CODES;
  }

  @Override
  protected int execute(Console console) throws IOException {
    MountOptions parsed = parseOptions();
    checkTransport();
    ControlDirectory control = openControl();
    MountPoint point = MountPoint.of(directory, control, FAILURE);
    if (parsed.remount()) {
      remount(console, control, parsed, point);
      return 0;
    }
    if (point.path().getNameCount() == 0) {
      // Nobody would see it, and unmounting it would hit what is seen.
      throw new CommandFailure(FAILURE, directory + ": is the root directory; choose another one");
    }
    Path realImage = HostPaths.requireNameable(image.toRealPath(), FAILURE);
    HostPaths.requireNameable(point.path(), FAILURE);
    DaemonProcess.Started daemon;
    tidy(control);
    try (Closeable reserved = control.reserve(point.path())) {
      mend(console, point);
      refuseSecondMount(console, control, realImage, point.path());
      daemon = start(console, control, realImage, point.path(), parsed);
    }
    requireAnswer(point.path());
    console.print(
        JsonDocument.of("mount", 1)
            .put("image", realImage.toString())
            .put("mount_point", point.path().toString())
            .put("transport", daemon.transport())
            .put("pid", daemon.process().pid())
            .put("read_only", parsed.readOnly()));
    console.out().flush();
    return foreground ? DaemonProcess.stayWith(daemon.process(), FAILURE) : 0;
  }

  private DaemonProcess.Started start(
      Console console, ControlDirectory control, Path realImage, Path point, MountOptions parsed)
      throws IOException {
    DaemonProcess.Request request =
        new DaemonProcess.Request(
            realImage,
            point,
            transport,
            options,
            JvmSizing.of(parsed.volumeOptions(), mostKnown(parsed)),
            // If it cannot be had, nothing is lost but the last part of speed over the next.
            Transports.named(transport).get(0).pollsWhenIdle(parsed.idlePoll()),
            control.socket(point),
            control.log(point),
            !foreground);
    return new DaemonProcess(request, razorfs.environment()).start(console::note);
  }

  /**
   * How many inodes the kernel may come to know; one that cannot be asked to forget has no limit.
   */
  private static long mostKnown(MountOptions parsed) throws IOException {
    return Kernel.isLinux(6, 18)
        ? parsed.mostKnown()
        : Math.max(parsed.mostKnown(), Kernel.mostInodes());
  }

  private MountOptions parseOptions() {
    try {
      return MountOptions.parse(options);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec().commandLine(), e.getMessage(), e);
    }
  }

  private void checkTransport() {
    if (!Transports.NAMES.contains(transport)) {
      throw new ParameterException(
          spec().commandLine(),
          String.format(
              "unknown transport '%s'; use one of %s",
              transport, String.join(", ", Transports.NAMES)));
    }
  }

  /** Changes the flags of a mount; everything else stays as the daemon was told at its start. */
  private void remount(
      Console console, ControlDirectory control, MountOptions parsed, MountPoint point)
      throws IOException {
    Map<String, Object> status;
    try (ControlClient daemon = MountPoint.daemon(directory, control, FAILURE)) {
      status = MountPoint.status(daemon, directory, control.socket(point.path()), FAILURE);
    }
    if (!parsed.readOnly() && Boolean.TRUE.equals(status.get("image_read_only"))) {
      throw new CommandFailure(
          FAILURE, directory + ": the image is open read-only; unmount it, then mount it with rw");
    }
    new Remounter(new LibC())
        .remount(parsed.request(point.path(), image.toString(), ControlDirectory.isRoot()));
    console.print(
        JsonDocument.of("mount", 1)
            .put("image", status.get("image"))
            .put("mount_point", point.path().toString())
            .put("transport", status.get("transport"))
            .put("pid", status.get("pid"))
            .put("read_only", parsed.readOnly()));
  }

  /** What daemons that were killed have left in their directory hinders nobody. */
  private static void tidy(ControlDirectory control) {
    try {
      control.tidy();
    } catch (IOException e) {
      // the next mount tries again
    }
  }

  /** Takes away what a daemon that was killed left behind. */
  private static void mend(Console console, MountPoint point) throws IOException {
    if (point.dead()) {
      console.note(point.path() + ": the daemon of the mount there has died; unmounting it first");
      new Unmounter(ControlDirectory.isRoot()).unmount(point.path(), Unmounter.Mode.LAZY);
    }
  }

  private ControlDirectory openControl() throws IOException {
    try {
      return ControlDirectory.open(razorfs.environment());
    } catch (IOException e) {
      throw new CommandFailure(SYSTEM_ERROR, Messages.of(e), e);
    }
  }

  /** The image's lock refuses as well; here it can be said where it is mounted. */
  private void refuseSecondMount(
      Console console, ControlDirectory control, Path realImage, Path point) throws IOException {
    MountTable table = MountTable.read();
    Optional<MountTable.Mount> there = table.at(point);
    if (there.isPresent() && there.get().isRazorfs()) {
      throw new CommandFailure(
          FAILURE, directory + ": " + there.get().source() + " is mounted there; unmount it first");
    }
    for (Path socket : control.sockets()) {
      try (ControlClient client = ControlClient.connect(socket).orElse(null)) {
        Map<String, Object> status = client == null ? Map.of() : status(client);
        if (realImage.toString().equals(status.get("image"))) {
          refuseOrWait(console, client, status, table);
        }
      }
    }
  }

  private void refuseOrWait(
      Console console, ControlClient owner, Map<String, Object> status, MountTable table)
      throws CommandFailure {
    String mountPoint = String.valueOf(status.get("mount_point"));
    if (table.at(Path.of(mountPoint)).isPresent()) {
      throw new CommandFailure(
          FAILURE,
          String.format(
              "%s: in use by pid %s, mounted on %s; unmount it there first (razorfs umount %s)",
              image, status.get("pid"), mountPoint, mountPoint));
    }
    if (Boolean.TRUE.equals(status.get("closing"))) {
      console.note(
          String.format(
              "%s: pid %s, which had it mounted on %s, is closing it; waiting for up to %d s",
              image, status.get("pid"), mountPoint, CLOSING.toSeconds()));
      try {
        owner.ask("wait", CLOSING);
      } catch (IOException e) {
        // it has ended, or takes even longer; the image's lock tells
      }
    }
  }

  /** What a daemon tells of itself, or nothing. */
  private static Map<String, Object> status(ControlClient client) {
    try {
      return client.ask("status", MountPoint.PATIENCE);
    } catch (IOException e) {
      return Map.of(); // ended while it was asked, or hangs; the image's lock keeps others out
    }
  }

  /** Asks the kernel, which asks the daemon. */
  private static void requireAnswer(Path point) throws IOException {
    try {
      Files.readAttributes(point, "unix:ino,mode");
    } catch (FsException e) {
      throw e;
    } catch (IOException e) {
      throw new CommandFailure(
          FAILURE, point + ": is mounted but does not answer: " + Messages.of(e), e);
    }
  }
}
