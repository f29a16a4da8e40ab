package org.razorfs.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * mount(8), umount(8) and fstab(5) find RAZORFS by its type. The helpers are put where they look
 * for them in a mount namespace of its own, which nobody else sees.
 */
@Tag("mount")
class MountHelperTest {
  private static final Path LAUNCHERS = Path.of("../script/launchers");

  @TempDir private Path work;
  private Path image;
  private Path directory;
  private Path helpers;

  @BeforeEach
  void make() throws IOException {
    MountFixture.requireMounting("native");
    image = work.resolve("disk.img");
    directory = Files.createDirectory(work.resolve("mnt"));
    helpers = Files.createDirectory(work.resolve("helpers"));
    assertEquals(0, Cli.run("mkfs", "-q", "--size", "64M", image).exitCode());
    for (String name : new String[] {"mount.razorfs", "umount.razorfs"}) {
      MountFixture.sh("cp " + LAUNCHERS.resolve(name).toAbsolutePath() + " '" + helpers + "'");
    }
    MountFixture.sh("cd '" + helpers + "'; ln -s mount.razorfs mount.fuse.razorfs");
    Path command = helpers.resolve("razorfs");
    Files.writeString(
        command,
        String.format(
            "#!/bin/sh\nexec '%s' %s -cp '%s' org.razorfs.cli.Razorfs \"$@\"\n",
            Path.of(System.getProperty("java.home"), "bin", "java"),
            accessOptions(),
            System.getProperty("java.class.path")));
    Files.setPosixFilePermissions(command, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** This Java's own options against warnings on standard error, as the launchers give them. */
  private static String accessOptions() {
    return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(option -> option.matches("--(enable-native|sun-misc-unsafe-memory)-access=.*"))
        .collect(Collectors.joining(" "));
  }

  @AfterEach
  void nothingIsLeftRunning() throws IOException {
    if (image != null) {
      assertEquals("", MountFixture.sh("pgrep -f '[D]aemonMain .*" + work + "' || true"));
      assertTrue(Cli.json("razorfs.info/1", "info", image).get("clean").asBoolean());
    }
  }

  /** Runs a script where the helpers are installed; all that it mounted ends with it. */
  private String sh(String script) throws IOException {
    String setup =
        String.format(
            "mount --bind %s /usr/sbin; I=%s; M=%s; F=%s/fstab;"
                + " shown() { grep \" $M \" /proc/mounts; };"
                + " trap \"umount -i -l $M 2>&- || true\" EXIT; ",
            helpers, image, directory, work);
    return MountFixture.sh("unshare -m bash -ec '" + setup + script + "'");
  }

  @Test
  void byTheirTypeImagesAreMountedWithAllOptions() throws IOException {
    String shown =
        sh(
            "mount -t razorfs $I $M -o noatime,nosuid,nodev,noexec,allow_other,default_permissions,"
                + "uid=5,gid=6,umask=077,commit=7,compress=zstd,max_cache_mb=32,max_dirty_mb=32,"
                + "errors=remount-ro,discard,x-foo=1; shown; echo x > $M/f;"
                + " stat -c \"%u %g %a\" $M/f; umount.razorfs $M; ! shown");
    assertTrue(shown.contains("fuse.razorfs rw,nosuid,nodev,noexec,"), shown);
    assertTrue(shown.endsWith("5 6 700"), shown);
    assertTrue(
        sh("mount -t fuse.razorfs $I $M; shown; umount.razorfs $M").contains(" fuse.razorfs rw"));
    assertTrue(
        sh("mount.fuse.razorfs $I $M; shown; umount.razorfs $M").contains(" fuse.razorfs rw"));
  }

  /** As where the helpers are not installed, and mount(8) finds fuse3's. */
  @Test
  void theCommandIsItsOwnHelperForMountFuse() throws IOException {
    String shown =
        sh(
            "razorfs \"$I\" \"$M\" -o noatime,dev,suid; shown; umount.razorfs $M;"
                + " ! razorfs \"$I\" 2>&1");
    assertTrue(shown.contains(" fuse.razorfs rw,noatime,"), shown);
    assertTrue(shown.contains("unknown command"), shown);
  }

  @Test
  void anUnknownOptionIsRefusedByName() throws IOException {
    String refused = sh("mount -t razorfs $I $M -o noatime,bogus=1 2>&1 || echo exit $?");
    assertTrue(refused.contains("unknown mount option") && refused.contains("bogus=1"), refused);
    assertTrue(refused.endsWith("exit 1"), refused);
  }

  @Test
  void linesOfFstabWork() throws IOException {
    String shown =
        sh(
            "echo \"$I $M razorfs noatime,relatime,nofail,noauto,user,x-systemd.automount,commit=9"
                + " 0 0\" > $F; mount -T $F $M; shown; mount -o remount,ro $M; shown;"
                + " mount -o remount,rw $M; echo x > $M/f; umount.razorfs $M;"
                + " echo \"$I $M fuse.razorfs ro,_netdev 0 2\" > $F; mount -T $F -a; shown;"
                + " cat $M/f; umount.razorfs $M");
    String[] lines = shown.split("\n");
    assertEquals(4, lines.length, shown);
    assertTrue(lines[0].contains(" fuse.razorfs rw,nosuid,nodev,noexec,"), shown);
    assertTrue(lines[1].contains(" fuse.razorfs ro,nosuid,nodev,noexec,"), shown);
    assertTrue(lines[2].contains(" fuse.razorfs ro,nosuid,nodev,"), shown);
    assertEquals("x", lines[3]);
  }

  @Test
  void theHelperOfUmountWaitsUntilTheImageIsClean() throws IOException {
    for (int i = 0; i < 3; i++) {
      sh("mount -t razorfs $I $M; head -c 5000000 /dev/urandom > $M/f; umount.razorfs $M");
      assertTrue(Cli.json("razorfs.info/1", "info", image).get("clean").asBoolean());
    }
  }

  @Test
  void umountCanBeLazyAndSaysWhatIsBusy() throws IOException {
    String busy =
        sh(
            "mount -t razorfs $I $M; exec 5> $M/f; umount.razorfs $M 2>&1 || echo exit $?; umount.razorfs $M -l;"
                + " ! shown; echo y >&5; exec 5>&-; P=$(pgrep -f \"[D]aemonMain $I\" || true);"
                + " while [ -n \"$P\" ] && kill -0 $P 2>/dev/null; do :; done");
    assertTrue(busy.contains("in use; close what is open there"), busy);
    assertTrue(busy.contains("exit 32"), busy);
  }

  @Test
  void aLoopDeviceIsMountedAsABlockDevice() throws IOException {
    String shown =
        sh(
            "mount -t razorfs -o loop $I $M; shown; echo x > $M/f; umount $M; ! shown;"
                + " P=$(pgrep -f \"[D]aemonMain .*$M\" || true);"
                + " while [ -n \"$P\" ] && kill -0 $P 2>/dev/null; do :; done");
    assertTrue(shown.contains(" fuseblk.razorfs "), shown);
  }
}
