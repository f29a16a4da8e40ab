package org.razorfs.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.razorfs.mount.daemon.ControlClient;
import org.razorfs.mount.daemon.ControlDirectory;
import org.razorfs.tools.Schemas;

/** A kernel that may know few inodes forgets others, and nobody who uses any notices. */
@Tag("mount")
@Tag("slow")
class KnownInodesTest {
  private static final int LIMIT = 1000;

  /** What is in use here besides, directories above all. */
  private static final int IN_USE = 100;

  private static final long PATIENCE_SECONDS = 60;

  @TempDir private Path work;
  private MountFixture fixture;

  @BeforeEach
  void make() throws IOException {
    MountFixture.requireMounting("native");
    fixture = new MountFixture(work, "128M", "native");
    fixture.mount("-o", "max_known_inodes=" + LIMIT);
  }

  @AfterEach
  void close() throws IOException {
    if (fixture != null) {
      fixture.close();
    }
  }

  private long known() throws IOException {
    ControlDirectory control = ControlDirectory.open(System.getenv());
    try (ControlClient client =
        ControlClient.connect(control.socket(fixture.directory())).orElseThrow()) {
      client.send("metrics");
      return Schemas.check("razorfs.metrics/1", client.receiveText()).get("known_inodes").asLong();
    }
  }

  /** Forty directories with two hundred and fifty files each. */
  private void fill() throws IOException {
    fixture.shell(
        "for d in $(seq 40); do mkdir d$d; (cd d$d; seq -f f%g 250 | xargs touch;"
            + " echo $d > f1); done");
  }

  /** What it was asked to forget the kernel tells when it has done so. */
  private void awaitBounded() throws IOException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    long known = known();
    while (known > LIMIT + LIMIT / 8 + IN_USE) {
      assertTrue(System.nanoTime() < end, known + " inodes are known");
      known = known();
    }
  }

  @Test
  void makingListingAndReadingManyFilesKeepsToTheLimit() throws IOException {
    fill();
    awaitBounded();
    assertEquals("10000", fixture.shell("find . -type f -newermt 2001-01-01 | wc -l"));
    awaitBounded();
    assertEquals("820", fixture.shell("cat d*/f1 | awk '{s += $1} END {print s}'"));
    assertEquals("10000", fixture.shell("ls -l d* | grep -c ' f[0-9]*$'"));
    awaitBounded();
    fixture.umount();
  }

  @Test
  void whatIsInUseStaysAsItWas() throws IOException {
    fixture.shell("mkdir -p deep/er; echo before > deep/er/file; echo gone > gone");
    String script =
        "exec 3<> deep/er/file 4< gone; rm gone; cd deep/er; inode=$(stat -c %i .);"
            + " (cd ../..; for d in $(seq 40); do mkdir d$d; (cd d$d; seq -f f%g 250"
            + " | xargs touch);"
            + " done; find . -newermt 2001-01-01 > /dev/null);"
            + " pwd -P; readlink /proc/$$/cwd /proc/$$/fd/3;"
            + " cat <&4; test $inode = $(stat -c %i .);"
            + " read -r line <&3; echo $line; echo after >&3; cat file; flock -n 3; stat -c %h -L"
            + " /proc/$$/fd/4";
    String deep = fixture.path("deep/er").toString();
    assertEquals(
        String.join("\n", deep, deep, deep + "/file", "gone", "before", "before", "after", "0"),
        fixture.shell(script));
    awaitBounded();
    fixture.umount();
  }

  @Test
  void aMountWithinIsNotTakenAway() throws IOException {
    fixture.shell("mkdir d; echo file > f");
    MountFixture.sh("mount -t tmpfs tmpfs '" + fixture.path("d") + "'");
    try {
      fixture.shell("echo inside > d/inside");
      fill();
      fixture.shell("find . -xdev -newermt 2001-01-01 > /dev/null");
      awaitBounded();
      assertEquals("inside", fixture.shell("cat d/inside"));
    } finally {
      MountFixture.sh("umount '" + fixture.path("d") + "'");
    }
    fixture.umount();
  }
}
