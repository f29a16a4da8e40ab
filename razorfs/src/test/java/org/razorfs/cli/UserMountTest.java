package org.razorfs.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;
import org.razorfs.device.FileDevice;
import org.razorfs.device.FileDeviceOptions;
import org.razorfs.volume.VolumeInfo;

/** What a user without any rights can do with an image of theirs. */
@Tag("mount")
@ParameterizedClass
@ValueSource(strings = {"native", "jnr-fuse"})
class UserMountTest {
  private static final String AS_NOBODY = "setpriv --reuid=65534 --regid=65534 --clear-groups ";

  @Parameter private String transport;
  @TempDir private Path work;
  private Path image;
  private Path directory;
  private String razorfs;

  /** What an invocation said and how it ended. */
  private record Outcome(int exitCode, String said) {}

  @BeforeEach
  void make() throws IOException {
    MountFixture.requireMounting(transport);
    image = work.resolve("disk.img");
    directory = Files.createDirectory(work.resolve("mnt"));
    // What the tests run from may be out of reach for others.
    Path classes = Files.createDirectory(work.resolve("classes"));
    List<String> path = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      Path copy = classes.resolve(path.size() + "-" + Path.of(entry).getFileName());
      if (!entry.contains("junit") && !entry.contains("surefire") && Files.exists(Path.of(entry))) {
        MountFixture.sh("cp -rL '" + entry + "' '" + copy + "'");
        path.add(copy.toString());
      }
    }
    MountFixture.sh("chown -R 65534:65534 '" + work + "'; chmod 755 '" + work + "'");
    razorfs =
        String.format(
            "cd / && XDG_RUNTIME_DIR='%s' %s '%s' -XX:TieredStopAtLevel=1 -cp '%s'"
                + " org.razorfs.cli.Razorfs ",
            work,
            AS_NOBODY,
            Path.of(System.getProperty("java.home"), "bin", "java"),
            String.join(File.pathSeparator, path));
    assertEquals(new Outcome(0, ""), run("mkfs -q --size 64M " + image));
  }

  @AfterEach
  void unmount() throws IOException {
    if (directory != null) {
      // mountpoint(1) would have to get in.
      MountFixture.sh(
          "if grep -q ' " + directory + " ' /proc/mounts; then umount -l '" + directory + "'; fi");
    }
  }

  private static Outcome outcome(String command) throws IOException {
    Process process = new ProcessBuilder("bash", "-c", command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String said =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    try {
      return new Outcome(process.waitFor(), said);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private Outcome run(String arguments) throws IOException {
    return outcome(razorfs + arguments);
  }

  private Outcome mount(String options) throws IOException {
    return run(
        String.format("mount -q --transport %s %s %s %s", transport, options, image, directory));
  }

  private static String asNobody(String script) throws IOException {
    Outcome outcome = outcome(AS_NOBODY + "bash -ec '" + script + "'");
    assertEquals(0, outcome.exitCode, outcome.said);
    return outcome.said;
  }

  private boolean isClean() {
    return Cli.json("razorfs.info/1", "info", image).get("clean").asBoolean();
  }

  @Test
  void aUserMountsUsesAndUnmountsWithoutRights() throws IOException {
    assertEquals(new Outcome(0, ""), mount(""));
    String options = MountFixture.sh("grep ' " + directory + " ' /proc/self/mountinfo");
    assertTrue(options.contains("nosuid") && options.contains("nodev"), options);
    assertTrue(options.contains("user_id=65534") && options.contains(" " + image + " "), options);
    assertTrue(options.contains(" fuse.razorfs "), options);
    asNobody(
        "cd " + directory + "; mkdir d; seq 100000 > d/f; ln d/f g; mv g h; rm d/f; chmod 600 h");
    assertFalse(isClean());
    assertEquals(
        "65534 600 588895", asNobody("cd " + directory + "; rmdir d; stat -c \"%u %a %s\" h"));
    Outcome status = run("status " + directory);
    assertTrue(status.said.contains(transport), status.said);
    assertEquals(new Outcome(0, ""), run("umount -q " + directory));
    assertTrue(isClean());
    assertEquals(new Outcome(0, ""), mount("-o ro"));
    assertEquals(
        "588895", asNobody("stat -c %s " + directory + "/h; ! touch " + directory + "/x 2>&-"));
    assertEquals(new Outcome(0, ""), run("umount -q " + directory));
  }

  @Test
  void otherUsersStayOutside() throws IOException {
    assertEquals(new Outcome(0, ""), mount(""));
    Outcome root = outcome("ls " + directory);
    assertTrue(root.exitCode != 0 && root.said.contains("Permission denied"), root.said);
    assertEquals(new Outcome(0, ""), run("umount -q " + directory));
  }

  @Test
  void rootUnmountsWhatItCannotEnter() throws IOException {
    assertEquals(new Outcome(0, ""), mount(""));
    asNobody("echo text > " + directory + "/f");
    assertEquals(0, MountFixture.run("umount", directory).exitCode());
    assertTrue(isClean());
    assertEquals(new Outcome(0, ""), mount(""));
    assertEquals("text", asNobody("cat " + directory + "/f"));
    assertEquals(new Outcome(0, ""), run("umount -q " + directory));
  }

  /** What it shows as its source may be anything, and the daemon of another is not asked. */
  @Test
  void rootIsNotToldThatAnImageWhoseNameIsHiddenIsNotClean() throws IOException {
    Path other = Files.writeString(work.resolve("other"), "no image");
    for (String shown : List.of("other", other.toString(), work.resolve("none").toString())) {
      assertEquals(new Outcome(0, ""), mount("-o fsname=" + shown));
      String error = Cli.error(32, "umount", directory);
      assertTrue(error.contains("cannot be told, as " + shown + ", which"), error);
      try (FileDevice closed =
          FileDevice.open(
              image, FileDeviceOptions.readOnly().withPatience(Duration.ofMinutes(1)))) {
        assertTrue(VolumeInfo.read(closed).clean());
      }
    }
  }

  @Test
  void whatOnlyRootMayIsRefusedWithTheReason() throws IOException {
    Outcome suid = mount("-o suid");
    if (transport.equals("native")) {
      assertEquals(32, suid.exitCode, suid.said);
      assertTrue(suid.said.contains("only root can mount with the options suid or dev"), suid.said);
    } else {
      // libfuse leaves the option out.
      String shown = MountFixture.sh("grep ' " + directory + " ' /proc/mounts");
      assertTrue(shown.contains("nosuid"), shown);
      assertEquals(new Outcome(0, ""), run("umount -q " + directory));
    }
    MountFixture.sh("chmod 0 '" + image + "'; chown 0:0 '" + image + "'");
    Outcome foreign = mount("");
    assertEquals(32, foreign.exitCode, foreign.said);
    assertTrue(foreign.said.contains(image.toString()), foreign.said);
  }

  @Test
  void aDeadMountIsMendedByItsUser() throws IOException {
    assertEquals(new Outcome(0, ""), mount(""));
    asNobody("cd " + directory + "; echo text > f; sync f");
    String pid = MountFixture.sh("pgrep -f 'DaemonMain " + image + " '");
    MountFixture.sh("kill -9 " + pid + "; while kill -0 " + pid + " 2>/dev/null; do :; done");
    Outcome status = run("status " + directory);
    assertTrue(status.said.contains("razorfs mount mends it"), status.said);
    Outcome again = run("mount --transport " + transport + " " + image + " " + directory);
    assertEquals(0, again.exitCode, again.said);
    assertTrue(again.said.contains("has died; unmounting it first"), again.said);
    assertEquals("text", asNobody("cat " + directory + "/f"));
    assertEquals(new Outcome(0, ""), run("umount -q " + directory));
    assertTrue(isClean());
  }

  @Test
  void aRefusalSaysWhatToDo() throws IOException {
    MountFixture.sh("chown 0:0 '" + directory + "'; chmod 755 '" + directory + "'");
    Outcome foreign = mount("");
    assertEquals(32, foreign.exitCode, foreign.said);
    assertEquals(1, foreign.said.lines().count(), foreign.said);
    assertTrue(foreign.said.contains(directory.toString()), foreign.said);
    assertTrue(isClean());
  }
}
