package org.razorfs.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;
import org.razorfs.tools.ToolRun;

/** A mount whose image lies in a file system that is smaller than the volume. */
@Tag("mount")
@ParameterizedClass
@ValueSource(strings = {"native", "jnr-fuse"})
class ScarceHostMountTest {
  private static final String FILL =
      "LC_ALL=C dd if=/dev/urandom of=big bs=64k count=1000 conv=fsync 2>&1 || true";

  @Parameter private String transport;
  @TempDir private Path work;
  private Path host;
  private MountFixture fixture;

  @BeforeEach
  void mount() throws IOException {
    MountFixture.requireMounting(transport);
    Path folder = Files.createDirectory(work.resolve("host"));
    MountFixture.sh("mount -t tmpfs -o size=24m none " + folder);
    host = folder;
    fixture = new MountFixture(host, "256M", transport).mount();
  }

  @AfterEach
  void close() throws IOException {
    if (fixture != null) {
      fixture.close();
    }
    if (host != null) {
      MountFixture.sh("umount " + host);
    }
  }

  /** Takes all that the host has left; what does so is to be deleted again. */
  private Path fillHost() throws IOException {
    Path filler = host.resolve("filler");
    MountFixture.sh("head -c 24M /dev/zero > " + filler + " || true");
    return filler;
  }

  @Test
  void programsAreToldThatThereIsNoSpaceAndGoOnOnceThereIs() throws IOException {
    fixture.shell("echo kept > kept; sync kept");
    String filled = fixture.shell(FILL);
    assertTrue(filled.contains("error writing 'big': No space left on device"), filled);
    // What was taken in may just fit, and the fsync rightly succeed. This is more than can fit.
    Path filler = fillHost();
    String refused =
        fixture.shell(
            "export LC_ALL=C; (head -c 8M /dev/urandom > late && sync late) 2>&1 || true");
    assertTrue(refused.contains("No space left on device"), refused);
    assertEquals("kept", fixture.shell("cat kept"));
    Files.delete(filler);
    fixture.shell(
        "rm -f big late; sync .; head -c 5000000 /dev/urandom > f; sync f; cksum f > sum");
    fixture.umount().mount();
    assertEquals("kept", fixture.shell("cat kept; test \"$(cksum f)\" = \"$(cat sum)\""));
  }

  /** The kernel writes its pages by itself, and forgets those that are refused. */
  @Test
  void noMsyncSucceedsOverPagesThatWereRefused() throws IOException {
    fixture.shell("head -c 4M /dev/urandom > mapped; sync mapped; " + FILL);
    // In another process, as Java tells nobody when a mapping ends.
    String change =
        String.format(
            "'%s/bin/java' -cp '%s' %s mapped",
            System.getProperty("java.home"),
            System.getProperty("java.class.path"),
            AddThroughMapping.class.getName());
    String told = fixture.shell(change + " 2>&1 || true");
    assertTrue(told.contains("No space left on device"), told);
    for (int i = 0; i < 3; i++) {
      fixture.shell("! sync mapped 2>&1");
    }
    fixture.shell("rm big mapped; sync .; echo more > more; sync more");
    fixture.umount();
  }

  @Test
  void umountTellsWhatFoundNoSpace() throws IOException {
    fixture.shell("echo kept > kept; sync kept");
    Path filler = fillHost();
    // More is taken in than what the daemon has set aside, and may give back, has room for.
    fixture.shell("head -c 8M /dev/urandom > big || true");
    ToolRun run = MountFixture.run("umount", fixture.directory());
    assertEquals(32, run.exitCode());
    assertTrue(run.err().contains("found no space and is lost"), run.err());
    assertTrue(run.err().contains("the image itself is in order"), run.err());
    Files.delete(filler);
    fixture.mount();
    assertEquals("kept", fixture.shell("cat kept; rm big; sync ."));
    fixture.umount();
  }
}
