package org.razorfs.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;
import org.razorfs.tools.ToolRun;

/** What only the native transport carries, asked for by a program in C (src/test/c). */
@Tag("mount")
@ParameterizedClass
@ValueSource(strings = {"nowriteback_cache", "writeback_cache", "io_uring=on"})
class ConformanceTest {
  /** docs/mount-options.md says what the kernel's gathering of writes costs. */
  private static final Set<String> NOT_WITH_WRITEBACK =
      Set.of("holes_are_found", "flags_hold", "flags_move_the_change_time");

  private static ConformanceProgram program;
  @Parameter private String options;
  @TempDir private Path work;
  private MountFixture fixture;

  @BeforeAll
  static void build(@TempDir Path directory) throws IOException {
    MountFixture.requireMounting("native");
    program = ConformanceProgram.build(directory);
  }

  @BeforeEach
  void mount() throws IOException {
    MountFixture.requireOption(options);
    fixture = new MountFixture(work, "256M", "native");
    fixture.mount("-o", options);
  }

  @AfterEach
  void close() throws IOException {
    fixture.close();
  }

  @TestFactory
  Stream<DynamicTest> callsDoWhatLinuxSays() throws IOException {
    return program
        .checks()
        .filter(name -> !options.equals("writeback_cache") || !NOT_WITH_WRITEBACK.contains(name))
        .map(name -> DynamicTest.dynamicTest(name, () -> program.run(fixture, name)));
  }

  @Test
  void handlesOutliveARemountAndNoFile() throws IOException {
    Path handle = work.resolve("handle");
    fixture.shell("echo found > f; " + program + " handle f > '" + handle + "'");
    fixture.shell("mv f g; for i in $(seq 50); do echo $i > new$i; done");
    fixture.umount();
    fixture.mount("-o", options);
    String open = program + " open-handle < '" + handle + "'";
    assertEquals("found", fixture.shell(open));
    fixture.shell("rm g");
    assertEquals("stale", fixture.shell(open));
    fixture.umount();
    fixture.mount("-o", options);
    fixture.shell("for i in $(seq 50); do echo other > more$i; done");
    assertEquals("stale", fixture.shell(open));
    fixture.umount();
  }

  /** Bytes that the daemon has read and written, from and to the kernel and the image. */
  private long transferred() throws IOException {
    return Long.parseLong(
        MountFixture.sh(
            "awk '/^[rw]char/ { sum += $2 } END { print sum }' /proc/" + fixture.pid() + "/io"));
  }

  @Test
  void copyingARangeMovesNoDataThroughTheKernel() throws IOException {
    // So alike that compressed it is next to nothing.
    fixture.shell("yes | head -c 50000000 > f; sync f");
    long before = transferred();
    fixture.shell(program + " copy f; sync copy");
    long moved = transferred() - before;
    assertTrue(moved < 10_000_000, moved + " bytes for a copy of 50,000,000");
    if (!options.equals("io_uring=on")) { // what comes through a ring is not counted
      fixture.shell("cmp f copy");
      assertTrue(transferred() - before > 50_000_000, "reading a copy is not seen");
    }
  }

  @Test
  void theLabelIsTold() throws IOException {
    fixture.umount();
    Files.delete(fixture.image());
    assertEquals(
        0,
        MountFixture.run("mkfs", "-q", "--size", "64M", "-L", "Späne", fixture.image()).exitCode());
    fixture.mount("-o", options);
    assertEquals("Späne", fixture.shell(program + " label"));
    fixture.shell(
        "echo x > f; setpriv --reuid=65534 --clear-groups sh -c '! " + program + " relabel Leim'");
    fixture.shell("! " + program + " relabel " + "x".repeat(65));
    fixture.shell("! " + program + " relabel $'\\xff'");
    assertEquals("Späne", fixture.shell(program + " label"));
    fixture.shell(program + " relabel Öl");
    assertEquals("Öl", fixture.shell(program + " label"));
    assertEquals("Öl", Cli.json("razorfs.info/1", "info", fixture.image()).get("label").asText());
    fixture.umount();
    fixture.mount("-o", options);
    assertEquals("Öl", fixture.shell(program + " label"));
    assertEquals("x", fixture.shell("cat f"));
    fixture.umount();
  }

  @Test
  void shuttingDownIsAPowerCut() throws IOException {
    Files.writeString(fixture.path("synced"), "kept");
    try (FileChannel file = FileChannel.open(fixture.path("synced"), StandardOpenOption.WRITE)) {
      file.force(true);
    }
    Files.writeString(fixture.path("other"), "may be lost");
    fixture.shell("setpriv --reuid=65534 --clear-groups " + "sh -c '! " + program + " shutdown'");
    Files.writeString(fixture.path("more"), "still works");
    fixture.shell(program + " shutdown");
    assertThrows(IOException.class, () -> Files.createFile(fixture.path("new")));
    ToolRun umount = MountFixture.run("umount", fixture.directory());
    assertEquals(32, umount.exitCode());
    assertTrue(umount.err().contains("shut down on request"), umount.err());
    fixture.mount();
    assertEquals("kept", Files.readString(fixture.path("synced")));
    assertFalse(Files.exists(fixture.path("new")));
    fixture.umount();
  }

  @Test
  void trimmingGivesFreeSpaceBackAndNothingElse() throws IOException {
    fixture.umount();
    fixture.mount("-o", options + ",nodiscard");
    String size = "stat -c %b " + fixture.image();
    fixture.shell("head -c 20000000 /dev/urandom > kept; sha256sum kept > sum");
    fixture.shell("for i in $(seq 60); do head -c 1000000 /dev/urandom > f$i; done; sync f*");
    fixture.shell("rm f*; sync .");
    // The kernel lets go of them a little later.
    fixture.shell(
        "for i in $(seq 600); do test $(df --output=used -B1 . | tail -n 1) -gt 30000000 || exit 0;"
            + " sleep 0.1; done; exit 1");
    long before = Long.parseLong(MountFixture.sh(size));
    // While files are made: what is taken meanwhile is not given back.
    fixture.shell(
        "(for i in $(seq 200); do echo $i > new$i; done; sync new*) & fstrim -v . > trimmed; wait;"
            + " cat trimmed");
    long after = Long.parseLong(MountFixture.sh(size));
    assertTrue(after < before - 50_000_000 / 512, before + " blocks before, " + after + " after");
    fixture.shell("setpriv --reuid=65534 --clear-groups sh -c '! fstrim . 2>/dev/null'");
    fixture.umount();
    fixture.mount("-o", options);
    fixture.shell("sha256sum -c sum; test $(cat new* | wc -l) = 200; test $(cat new77) = 77");
    fixture.umount();
  }

  @Test
  void remountingChangesWhetherOneCanWrite() throws IOException {
    Files.writeString(fixture.path("f"), "text");
    assertEquals(0, remount("remount,ro").exitCode());
    assertThrows(IOException.class, () -> Files.writeString(fixture.path("f"), "changed"));
    assertEquals("text", Files.readString(fixture.path("f")));
    // As mount(8) gives it: with what the mount table shows.
    String shown =
        fixture.shell("grep ' " + fixture.directory() + " ' /proc/mounts | cut -d' ' -f4");
    assertEquals(0, remount(shown + ",remount,rw,noexec").exitCode());
    Files.writeString(fixture.path("f"), "changed");
    assertTrue(
        fixture.shell("grep ' " + fixture.directory() + " ' /proc/mounts").contains("noexec"));
    try (FileChannel open = FileChannel.open(fixture.path("f"), StandardOpenOption.WRITE)) {
      assertTrue(open.isOpen());
      ToolRun busy = remount("remount,ro");
      assertEquals(32, busy.exitCode());
      assertTrue(busy.err().contains("open for writing"), busy.err());
    }
    fixture.umount();
    fixture.mount("-o", "ro");
    ToolRun refused = remount("remount,rw");
    assertEquals(32, refused.exitCode());
    assertTrue(refused.err().contains("the image is open read-only"), refused.err());
    fixture.umount();
    assertEquals(32, remount("remount,ro").exitCode());
  }

  private ToolRun remount(String options) {
    return MountFixture.run("mount", "-o", options, fixture.image(), fixture.directory());
  }

  @Test
  void onABlockDeviceSyncfsArrivesAndUmountWaits() throws Exception {
    Path backing = work.resolve("block.img");
    Path point = Files.createDirectory(work.resolve("block"));
    String device =
        MountFixture.sh("truncate -s 64M '" + backing + "'; losetup -f --show '" + backing + "'");
    try {
      assertEquals(0, MountFixture.run("mkfs", "-q", device).exitCode());
      ToolRun mount =
          MountFixture.run("mount", "--json", "-o", options + ",commit=3600", device, point);
      assertEquals(0, mount.exitCode(), mount.err());
      assertTrue(
          MountFixture.sh("grep ' " + point + " ' /proc/mounts").contains("fuseblk.razorfs"));
      Files.writeString(point.resolve("f"), "synced");
      MountFixture.sh("sync -f '" + point + "'");
      long pid =
          org.razorfs.tools.Schemas.check("razorfs.mount/1", mount.out()).get("pid").asLong();
      ProcessHandle daemon = ProcessHandle.of(pid).orElseThrow();
      daemon.destroyForcibly();
      daemon.onExit().get(30, TimeUnit.SECONDS);
      ToolRun again = MountFixture.run("mount", "-q", "-o", options, device, point);
      assertEquals(0, again.exitCode(), again.err());
      assertEquals("synced", Files.readString(point.resolve("f")));
      Files.write(point.resolve("g"), new byte[5_000_000]);
      MountFixture.sh("umount -i '" + point + "'");
      assertTrue(Cli.json("razorfs.info/1", "info", device).get("clean").asBoolean());
    } finally {
      MountFixture.sh(
          "if grep -q ' "
              + point
              + " ' /proc/mounts; then umount -l '"
              + point
              + "'; fi; losetup -d "
              + device);
    }
  }
}
