package org.razorfs.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** What a mount does without space, and what it says of its space. */
@Tag("mount")
@ParameterizedClass
@ValueSource(strings = {"native", "jnr-fuse"})
class FullMountTest {
  private static final String MANIFEST =
      "find . -printf '%P %y %m %n %l %s\\n' | sort;"
          + " find . -type f -print0 | sort -z | xargs -0 sha256sum";

  @Parameter private String transport;
  @TempDir private Path work;
  private ConformanceProgram program;
  private MountFixture fixture;

  @BeforeEach
  void mount() throws IOException {
    MountFixture.requireMounting(transport);
    program = ConformanceProgram.build(work);
    fixture = new MountFixture(work, "64M", transport).mount();
  }

  @AfterEach
  void close() throws IOException {
    if (fixture != null) {
      fixture.close();
    }
  }

  @Test
  void whatFindsNoSpaceIsDoneInPartAsToldOrNotAtAll() throws IOException {
    fixture.shell("mkdir full; cd full; " + program + " fill");
    String before = fixture.shell("cd full; " + MANIFEST);
    fixture.umount().mount();
    assertEquals(before, fixture.shell("cd full; " + MANIFEST));
    fixture.shell("rm -r full; sync -f .; head -c 20000000 /dev/urandom > f; cksum f > sum");
    fixture.umount().mount();
    fixture.shell("test \"$(cksum f)\" = \"$(cat sum)\"");
    fixture.umount();
  }

  private long free() throws IOException {
    return Long.parseLong(fixture.shell("sync .; stat -f -c %f .")) * 512;
  }

  @Test
  void freeSpaceIsWhatCompressedDataLeaves() throws IOException {
    assertEquals("512", fixture.shell("stat -f -c %S ."));
    long whole = Long.parseLong(fixture.shell("stat -f -c %b .")) * 512;
    long empty = free();
    assertTrue(whole <= 64 << 20 && empty <= whole && empty > whole / 2, empty + " of " + whole);
    fixture.shell("seq 1 4000000 > text; sync text");
    long text = empty - free();
    long size = Long.parseLong(fixture.shell("stat -c %s text"));
    assertTrue(size > 30_000_000 && text > 0 && text < size / 2, text + " taken by " + size);
    // Less would tell programs that there are holes.
    assertEquals((size + 511) / 512, Long.parseLong(fixture.shell("stat -c %b text")));
    fixture.shell("head -c 10000000 /dev/urandom > noise; sync noise");
    long noise = empty - text - free();
    assertTrue(noise >= 10_000_000 && noise < 11_000_000, noise + " taken by noise");
    fixture.shell("rm text noise; sync .");
    // Gives back what was freed just now as well.
    assertEquals(0, MountFixture.run("umount", fixture.directory()).exitCode());
    fixture.mount();
    assertTrue(free() > empty - 1_000_000, "not free again");
    fixture.umount();
  }
}
