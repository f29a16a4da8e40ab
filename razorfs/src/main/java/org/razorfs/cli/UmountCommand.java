package org.razorfs.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.razorfs.device.FileDevice;
import org.razorfs.device.FileDeviceOptions;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.mount.daemon.ControlClient;
import org.razorfs.mount.daemon.ControlDirectory;
import org.razorfs.mount.host.MountTable;
import org.razorfs.mount.host.Unmounter;
import org.razorfs.tools.BaseCommand;
import org.razorfs.tools.CommandFailure;
import org.razorfs.tools.Console;
import org.razorfs.tools.ExitCodes;
import org.razorfs.tools.JsonDocument;
import org.razorfs.volume.VolumeInfo;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code razorfs umount}: unmounts, and waits until the image is closed and clean. */
@Command(
    name = "umount",
    description = {
      "Unmounts a directory and waits until its image is closed and clean.",
      "umount(8) returns before that; whoever copies or moves the image next should use this."
    },
    exitCodeList = {
      "0:The image is closed and clean",
      "1:Wrong usage",
      "32:It could not be unmounted, or is not known to be closed and clean"
    })
public final class UmountCommand extends BaseCommand {
  @ParentCommand private Razorfs razorfs;

  private static final int FAILURE = 32;
  private static final ExitCodes EXIT_CODES = new ExitCodes(FAILURE, 1);
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  @Parameters(paramLabel = "DIR", description = "The directory on which it is mounted.")
  private Path directory;

  /** The image, as far as it is known: the mount table shows what fsname= says. */
  private String image;

  @Override
  protected ExitCodes exitCodes() {
    return EXIT_CODES;
  }

  @Override
  protected int execute(Console console) throws IOException {
    ControlDirectory control = ControlDirectory.open(razorfs.environment());
    MountPoint point = MountPoint.of(directory, control, FAILURE);
    MountTable.Mount mount =
        MountTable.read()
            .at(point.path())
            .filter(MountTable.Mount::isRazorfs)
            .orElseThrow(
                () ->
                    new CommandFailure(
                        FAILURE,
                        directory
                            + ": no RAZORFS is mounted there; razorfs status lists the"
                            + " mounts of this user"));
    image = mount.source();
    Path socket = control.socket(point.path());
    Optional<ControlClient> daemon = ControlClient.connect(socket);
    String message = "";
    if (daemon.isPresent()) {
      try (ControlClient client = daemon.get()) {
        message = unmount(mount, client, socket, point.dead());
      }
    } else {
      if (unmount(mount, point.dead()) && point.dead()) {
        throw new CommandFailure(
            FAILURE,
            directory
                + ": unmounted, but its daemon had died and the image was not closed; the next"
                + " mount recovers it");
      }
      // Another user's daemon, which cannot be asked, or one that has ended just now; the image's
      // lock tells when it is closed.
      requireClean();
    }
    if (!message.isEmpty()) {
      console.warn(
          String.format(
              "%s: unmounted, and %s is clean, but %s; what programs did last may have failed",
              directory, image, message));
    }
    console.print(
        JsonDocument.of("umount", 1)
            .put("mount_point", point.path().toString())
            .put("image", image)
            .put("clean", true)
            .put("message", message));
    return 0;
  }

  /**
   * Unmounts, and returns what its daemon says went wrong before the image was closed, or empty.
   */
  private String unmount(MountTable.Mount mount, ControlClient client, Path socket, boolean dead)
      throws IOException {
    try {
      // Once it has answered, it answers this client also when it ends at once.
      image = String.valueOf(MountPoint.status(client, directory, socket, FAILURE).get("image"));
      client.send("wait");
    } catch (FsException e) {
      if (e.fault() != Fault.SHUT_DOWN) {
        throw e;
      }
      unmount(mount, dead); // it has ended meanwhile, or takes no more clients
      requireClean();
      return "";
    }
    unmount(mount, dead);
    return requireClean(client);
  }

  /**
   * Unmounts unless that has happened: a daemon takes a mount away that it cannot serve any more.
   *
   * @return false when it was not there any more
   */
  private static boolean unmount(MountTable.Mount mount, boolean dead) throws IOException {
    Unmounter.Mode mode = dead ? Unmounter.Mode.LAZY : Unmounter.Mode.PLAIN;
    try {
      new Unmounter(ControlDirectory.isRoot()).unmount(mount.point(), mode);
      return true;
    } catch (FsException e) {
      if (MountTable.read().all().contains(mount)) {
        throw e;
      }
      return false;
    }
  }

  /** Returns what went wrong before the image was closed, or empty. */
  private String requireClean(ControlClient client) throws IOException {
    Map<String, Object> ended;
    try {
      ended = client.receive(PATIENCE);
    } catch (FsException e) {
      throw switch (e.fault()) {
        case SHUT_DOWN -> notClean("its daemon was killed");
        case CANCELLED -> late();
        default -> e;
      };
    }
    String message = String.valueOf(ended.get("message"));
    if (!Boolean.TRUE.equals(ended.get("clean"))) {
      throw notClean(message);
    }
    return message;
  }

  /** Without a daemon to ask; what the mount table shows is the image unless fsname= was given. */
  private void requireClean() throws IOException {
    if (!image.startsWith("/")) {
      throw unknown();
    }
    boolean clean;
    try {
      clean = isClean(PATIENCE);
    } catch (FsException e) {
      throw switch (e.fault()) {
        case NO_SUCH_ENTRY, IS_DIRECTORY, INVALID_ARGUMENT, NOT_A_VOLUME -> unknown();
        default -> e;
      };
    }
    if (!clean) {
      throw notClean("its daemon was killed");
    }
  }

  private CommandFailure unknown() {
    return new CommandFailure(
        FAILURE,
        String.format(
            "%s: unmounted; whether its image is closed and clean cannot be told, as %s, which the"
                + " mount shows, is none; ask razorfs info IMAGE",
            directory, image));
  }

  private CommandFailure late() {
    return new CommandFailure(
        FAILURE,
        String.format(
            "%s: unmounted, but its daemon has not closed %s in %d minutes; razorfs info IMAGE tells"
                + " when it is clean",
            directory, image, PATIENCE.toMinutes()));
  }

  private CommandFailure notClean(String why) {
    return new CommandFailure(
        FAILURE,
        String.format(
            "%s: unmounted, but %s was not closed cleanly: %s; %s",
            directory,
            image,
            why,
            isInOrder() ? "the image itself is in order" : "the next mount recovers it"));
  }

  /** Whether there is nothing to recover, though something went wrong. */
  private boolean isInOrder() {
    try {
      return isClean(Duration.ZERO);
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Whether the image was closed cleanly.
   *
   * @param patience for how long another owner of it is waited for
   */
  private boolean isClean(Duration patience) throws IOException {
    try (FileDevice device =
        FileDevice.open(Path.of(image), FileDeviceOptions.readOnly().withPatience(patience))) {
      return VolumeInfo.read(device).clean();
    }
  }
}
