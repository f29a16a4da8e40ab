package org.razorfs.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.razorfs.device.FileDevice;
import org.razorfs.device.FileDeviceOptions;
import org.razorfs.mount.daemon.ControlClient;
import org.razorfs.mount.daemon.ControlDirectory;
import org.razorfs.mount.daemon.FakeDaemon;
import org.razorfs.mount.host.MountTable;
import org.razorfs.tools.Schemas;
import org.razorfs.tools.ToolRun;

/** How mounts begin, end, and come back. */
@Tag("mount")
@ParameterizedClass
@ValueSource(strings = {"native", "jnr-fuse"})
class MountLifeTest {
  private static final long PATIENCE_SECONDS = 60;

  @Parameter private String transport;
  @TempDir private Path work;
  private MountFixture fixture;

  @BeforeEach
  void make() throws IOException {
    MountFixture.requireMounting(transport);
    fixture = new MountFixture(work, "64M", transport);
  }

  @AfterEach
  void close() throws IOException {
    if (fixture != null) {
      fixture.close();
    }
  }

  private boolean isClean() {
    return Cli.json("razorfs.info/1", "info", fixture.image()).get("clean").asBoolean();
  }

  private String error(int exitCode, Object... args) {
    ToolRun run = MountFixture.run(args);
    assertEquals(exitCode, run.exitCode(), run.err());
    assertEquals(1, run.errLines().size(), run.err());
    return run.err();
  }

  private static byte[] random(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }

  @Test
  void aTreeIsTheSameAfterTheNextMount() throws IOException {
    fixture.mount();
    String script =
        "mkdir tree; cd tree; for d in $(seq 1 20); do mkdir -p d$d/e/f; for f in $(seq 1 25); do"
            + " seq $f $((f * d * 20)) > d$d/e/f$f; ln d$d/e/f$f d$d/l$f; done;"
            + " ln -s d$d/e s$d; mkfifo -m 620 d$d/p; chmod 2751 d$d/e; chown $d:$f d$d/e/f1;"
            + " touch -d \"2020-01-$d 01:02:03.$((d * 1111111))\" d$d/e/f2; done";
    String manifest =
        "cd tree; find . -printf '%P %y %m %U:%G %n %T@ %l %s\\n' | sort;"
            + " find . -type f -print0 | sort -z | xargs -0 sha256sum";
    fixture.shell(script);
    String before = fixture.shell(manifest);
    fixture.umount();
    assertTrue(isClean());
    fixture.mount();
    assertEquals(before, fixture.shell(manifest));
    fixture.shell("rm -r tree; test -z \"$(ls -A)\"");
    fixture.umount();
  }

  @Test
  void unmountingWaitsUntilTheImageIsClosedAndClean() throws IOException {
    fixture.mount();
    assertFalse(isClean());
    Files.write(fixture.path("big"), random(20_000_000));
    fixture.umount();
    assertTrue(isClean());
    assertTrue(ProcessHandle.of(fixture.pid()).map(p -> !p.isAlive()).orElse(true) || isClean());
    fixture.mount();
    assertArrayEquals(random(20_000_000), Files.readAllBytes(fixture.path("big")));
    fixture.umount();
  }

  @Test
  void aKilledDaemonLosesNothingThatWasSynced() throws Exception {
    fixture.mount();
    byte[] content = random(300_000);
    try (FileChannel file =
        FileChannel.open(
            fixture.path("synced"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      file.write(ByteBuffer.wrap(content));
      file.force(true);
      Files.write(fixture.path("unsynced"), content);
      fixture.kill();
    }
    assertThrows(IOException.class, () -> Files.readAllBytes(fixture.path("synced")));
    assertTrue(
        error(1, "status", fixture.directory()).contains("daemon of the mount there has died"));
    ToolRun again = MountFixture.run("mount", fixture.image(), fixture.directory());
    assertEquals(0, again.exitCode(), again.err());
    assertTrue(again.err().contains("has died; unmounting it first"), again.err());
    assertArrayEquals(content, Files.readAllBytes(fixture.path("synced")));
    fixture.umount();
    assertTrue(isClean());
  }

  @Test
  void aDeadMountCanAlsoJustBeUnmounted() throws Exception {
    fixture.mount().kill();
    assertTrue(error(32, "umount", fixture.directory()).contains("the next mount recovers it"));
    assertTrue(error(32, "umount", fixture.directory()).contains("no RAZORFS is mounted there"));
    fixture.mount().umount();
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT", "HUP"})
  void aDaemonThatIsToldToEndClosesTheImage(String signal) throws Exception {
    fixture.mount();
    Files.write(fixture.path("f"), random(100_000));
    ProcessHandle daemon = ProcessHandle.of(fixture.pid()).orElseThrow();
    MountFixture.sh("kill -" + signal + " " + fixture.pid());
    if (signal.equals("HUP") && ignoresHangups()) {
      // As under nohup, whose children are to outlive the terminal.
      assertArrayEquals(random(100_000), Files.readAllBytes(fixture.path("f")));
      fixture.umount();
    }
    daemon.onExit().get(30, TimeUnit.SECONDS);
    assertTrue(isClean());
    assertFalse(Files.exists(fixture.path("f")));
    fixture.mount();
    assertArrayEquals(random(100_000), Files.readAllBytes(fixture.path("f")));
    fixture.umount();
  }

  private static boolean ignoresHangups() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("SigIgn:")) {
        return (Long.parseUnsignedLong(line.substring(7).trim(), 16) & 1) != 0;
      }
    }
    return false;
  }

  @Test
  void aDaemonThatEndsLateTakesNothingFromTheNextOne() throws Exception {
    fixture.mount();
    ProcessHandle late = ProcessHandle.of(fixture.pid()).orElseThrow();
    Path other = work.resolve("other.img");
    assertEquals(0, MountFixture.run("mkfs", "-q", "--size", "64M", other).exitCode());
    try (OutputStream open = Files.newOutputStream(fixture.path("f"))) {
      open.write(1);
      MountFixture.sh("umount -i -l '" + fixture.directory() + "'");
      ToolRun next =
          MountFixture.run("mount", "--transport", transport, other, fixture.directory());
      assertEquals(0, next.exitCode(), next.err());
    }
    late.onExit().get(30, TimeUnit.SECONDS);
    ToolRun status = MountFixture.run("status", fixture.directory());
    assertTrue(status.out().contains(other.toString()), status.err() + status.out());
    Path log = ControlDirectory.open(System.getenv()).log(fixture.directory());
    assertTrue(Files.exists(log), "the log of the living");
    assertFalse(
        Files.exists(log.resolveSibling(log.getFileName() + ".old")), "the log of the late");
    fixture.umount();
  }

  @Test
  void whoGivesUpWaitingForAnImageGetsNoMountLater() throws Exception {
    fixture.mount();
    Path other = Files.createDirectory(work.resolve("other"));
    // Held by somebody who is no daemon, so that it is waited for.
    fixture.umount();
    Process mount;
    try (FileChannel image = FileChannel.open(fixture.image(), StandardOpenOption.WRITE)) {
      image.lock();
      mount =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-cp",
                  System.getProperty("java.class.path"),
                  "org.razorfs.cli.Razorfs",
                  "mount",
                  "--transport",
                  transport,
                  fixture.image().toString(),
                  other.toString())
              .start();
      BufferedReader said = mount.errorReader();
      String line = said.readLine();
      while (line != null && !line.contains("waiting for it to close")) {
        line = said.readLine();
      }
      assertTrue(line != null, "not waited for");
      ProcessHandle daemon = mount.descendants().findFirst().orElseThrow();
      mount.destroy();
      mount.waitFor();
      daemon.onExit().get(30, TimeUnit.SECONDS);
    }
    assertEquals("", MountFixture.sh("grep ' " + other + " ' /proc/mounts || true"));
    fixture.mount().umount();
  }

  @Test
  void aDaemonThatIsStoppedStandsInNobodysWay() throws IOException {
    fixture.mount();
    Path image = work.resolve("second.img");
    Path point = Files.createDirectory(work.resolve("second"));
    assertEquals(0, MountFixture.run("mkfs", "-q", "--size", "64M", image).exitCode());
    MountFixture.sh("kill -STOP " + fixture.pid());
    try {
      ToolRun mount = MountFixture.run("mount", "--transport", transport, image, point);
      assertEquals(0, mount.exitCode(), mount.err());
      ToolRun status = MountFixture.run("status");
      assertTrue(status.out().contains(point.toString()), status.out());
      assertEquals(1, status.exitCode());
      assertEquals(1, status.errLines().size(), status.err());
      assertTrue(status.err().contains("does not answer"), status.err());
      assertEquals(0, MountFixture.run("umount", point).exitCode());
    } finally {
      MountFixture.sh("kill -CONT " + fixture.pid());
    }
    fixture.umount();
  }

  /** The kernel would let nobody go who looks at the mount. */
  @Test
  void whoAsksADaemonThatIsStoppedIsToldSo() throws Exception {
    fixture.mount();
    Path link = Files.createSymbolicLink(work.resolve("link"), fixture.directory());
    List<Object[]> commands =
        List.of(
            new Object[] {"umount", fixture.directory()},
            new Object[] {"status", fixture.directory()},
            new Object[] {"compact", fixture.directory()},
            new Object[] {"mount", fixture.image(), fixture.directory()},
            new Object[] {"mount", "-o", "remount,ro", fixture.image(), fixture.directory()},
            new Object[] {"umount", transport.equals("native") ? link : fixture.directory()});
    MountFixture.sh("kill -STOP " + fixture.pid());
    try {
      List<CompletableFuture<ToolRun>> runs = new ArrayList<>();
      for (Object[] command : commands) {
        runs.add(
            CompletableFuture.supplyAsync(
                () -> MountFixture.run(command), task -> new Thread(task).start()));
      }
      for (CompletableFuture<ToolRun> run : runs) {
        ToolRun told = run.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertTrue(told.exitCode() != 0, told.out());
        assertEquals(1, told.errLines().size(), told.err());
        assertTrue(told.err().contains("does not answer"), told.err());
        assertTrue(told.err().contains("(kill -CONT " + fixture.pid() + ")"), told.err());
      }
    } finally {
      MountFixture.sh("kill -CONT " + fixture.pid());
    }
    fixture.umount();
  }

  @Test
  void unmountingByAnyOtherProgramClosesTheImageToo() throws Exception {
    for (String program : List.of("umount -i", "umount -i -l", "fusermount3 -u")) {
      fixture.mount();
      Files.write(fixture.path("f"), random(3_000_000));
      ProcessHandle daemon = ProcessHandle.of(fixture.pid()).orElseThrow();
      MountFixture.sh(program + " '" + fixture.directory() + "'");
      daemon.onExit().get(30, TimeUnit.SECONDS);
      assertTrue(isClean(), program);
    }
    fixture.mount();
    assertArrayEquals(random(3_000_000), Files.readAllBytes(fixture.path("f")));
    fixture.umount();
  }

  @Test
  void commandsOnADeadMountSayWhatToDo() throws Exception {
    fixture.mount().kill();
    Path other = Files.createDirectory(work.resolve("other"));
    String status = error(1, "status", fixture.directory());
    assertTrue(status.contains("razorfs mount mends it"), status);
    String mkfs = error(1, "mkfs", "-f", fixture.image());
    assertTrue(mkfs.contains("is mounted on " + fixture.directory()), mkfs);
    // Elsewhere it can be mounted, too, and what is dead stays so.
    assertEquals(0, MountFixture.run("mount", fixture.image(), other).exitCode());
    assertEquals(0, MountFixture.run("umount", other).exitCode());
    assertTrue(isClean());
    assertThrows(IOException.class, () -> Files.createFile(fixture.path("f")));
    fixture.mount();
    Files.createFile(fixture.path("f"));
    fixture.umount();
  }

  @Test
  void whenItIsToldToEndOpenFilesAreNoReasonToStay() throws Exception {
    fixture.mount();
    try (OutputStream open = Files.newOutputStream(fixture.path("f"))) {
      open.write(random(100_000));
      ProcessHandle daemon = ProcessHandle.of(fixture.pid()).orElseThrow();
      daemon.destroy();
      daemon.onExit().get(60, TimeUnit.SECONDS);
      assertTrue(isClean());
    } catch (IOException e) {
      // closing what the daemon no longer serves
    }
    fixture.mount();
    assertArrayEquals(random(100_000), Files.readAllBytes(fixture.path("f")));
    fixture.umount();
  }

  @Test
  void aBusyMountIsNotUnmounted() throws IOException {
    fixture.mount();
    try (OutputStream open = Files.newOutputStream(fixture.path("f"))) {
      open.write(1);
      String message = error(32, "umount", fixture.directory());
      assertTrue(message.contains("in use; close what is open there"), message);
      open.write(2);
    }
    assertEquals(2, Files.size(fixture.path("f")));
    fixture.umount();
  }

  @Test
  void anImageIsMountedOnceAndItsHolderIsNamed() throws IOException {
    fixture.mount();
    Path other = Files.createDirectory(work.resolve("other"));
    String message = error(32, "mount", fixture.image(), other);
    assertTrue(message.contains("in use by pid " + fixture.pid()), message);
    assertTrue(message.contains("mounted on " + fixture.directory()), message);
    assertTrue(
        error(32, "mount", fixture.image(), fixture.directory()).contains("is mounted there"));
    assertTrue(error(1, "mkfs", "-f", fixture.image()).contains("is mounted on"));
    fixture.umount();
  }

  @Test
  void anOwnerThatIsClosingTheImageIsWaitedFor() throws IOException {
    Path before = work.resolve("before");
    Path socket = ControlDirectory.open(System.getenv()).socket(before);
    FileDevice owned = FileDevice.open(fixture.image(), FileDeviceOptions.readWrite());
    try (owned;
        FakeDaemon daemon = FakeDaemon.start(socket, fixture.image(), before, owned::close, "")) {
      ToolRun mount =
          MountFixture.run("mount", "--transport", transport, fixture.image(), fixture.directory());
      assertEquals(0, mount.exitCode(), mount.err());
      assertTrue(mount.err().contains("is closing it; waiting"), mount.err());
    }
    fixture.umount();
  }

  /** As a daemon answers that could not serve to the end, but has closed the image. */
  @Test
  void whoUnmountsIsToldThatServingFailed() throws IOException {
    Path directory = fixture.directory();
    Path socket = ControlDirectory.open(System.getenv()).socket(directory);
    String why = "serving failed: the kernel has gone";
    FakeDaemon.Closing closing =
        () ->
            FileDevice.open(
                    fixture.image(),
                    FileDeviceOptions.readOnly().withPatience(Duration.ofMinutes(1)))
                .close();
    for (String form : List.of("--quiet", "--json")) {
      fixture.mount();
      try (FakeDaemon daemon = FakeDaemon.start(socket, fixture.image(), directory, closing, why)) {
        ToolRun run = MountFixture.run("umount", form, directory);
        assertEquals(0, run.exitCode(), run.err());
        String warning = "warning: " + directory + ": unmounted, and " + fixture.image();
        assertTrue(run.err().contains(warning), run.err());
        assertTrue(run.err().contains(why), run.err());
        if (form.equals("--json")) {
          assertEquals(why, Schemas.check("razorfs.umount/1", run.out()).get("message").asText());
        }
      }
      assertTrue(isClean());
    }
  }

  private void unmountAside() throws IOException {
    MountFixture.sh("umount -i -l '" + fixture.directory() + "'");
  }

  private interface Preparation {
    void run() throws Exception;
  }

  /** Tries again where another test's {@code razorfs status} has asked the daemon in between. */
  private void assertUnmounts(Preparation mount, FakeDaemon.Asked asked, String warning)
      throws Exception {
    Path directory = fixture.directory();
    Path socket = ControlDirectory.open(System.getenv()).socket(directory);
    ToolRun run;
    int attempts = 0;
    do {
      mount.run();
      AtomicInteger questions = new AtomicInteger();
      FakeDaemon.Asked late = // not yet when it is only to show that it is alive
          () -> {
            if (questions.incrementAndGet() > 1) {
              asked.happen();
            }
          };
      try (FakeDaemon daemon =
          FakeDaemon.start(socket, fixture.image(), directory, late, () -> {}, warning)) {
        run = MountFixture.run("umount", directory);
      }
    } while (run.err().contains("no RAZORFS is mounted there") && ++attempts < 5);
    assertEquals(0, run.exitCode(), run.err());
    assertTrue(run.err().contains(warning), run.err());
    assertEquals(Optional.empty(), MountTable.read().at(directory));
  }

  @Test
  void aMountThatItsDaemonTakesAwayMeanwhileIsUnmounted() throws Exception {
    assertUnmounts(fixture::mount, this::unmountAside, "");
    assertTrue(error(32, "umount", fixture.directory()).contains("no RAZORFS is mounted there"));
  }

  @Test
  void aDaemonThatTakesItsMountAwayAndEndsWhenItIsAskedHasUnmounted() throws Exception {
    assertUnmounts(
        fixture::mount,
        () -> {
          unmountAside();
          throw new InterruptedException("the end");
        },
        "");
    assertTrue(isClean());
  }

  @Test
  void aDeadMountWhoseDaemonStillClosesTheImageIsWaitedFor() throws Exception {
    assertUnmounts(() -> fixture.mount().kill(), this::unmountAside, "serving failed");
    assertUnmounts(() -> fixture.mount().kill(), () -> {}, "serving failed");
  }

  @Test
  void aReadOnlyMountChangesNothing() throws IOException {
    fixture.mount();
    Files.writeString(fixture.path("f"), "text");
    fixture.umount();
    byte[] before = Files.readAllBytes(fixture.image());
    fixture.mount("-o", "ro,noatime");
    assertEquals("text", Files.readString(fixture.path("f")));
    assertThrows(IOException.class, () -> Files.writeString(fixture.path("g"), "x"));
    assertThrows(IOException.class, () -> Files.delete(fixture.path("f")));
    fixture.shell("grep -q 'fuse.razorfs.*ro[, ]' /proc/self/mountinfo; ! touch f 2>/dev/null");
    fixture.umount();
    assertArrayEquals(before, Files.readAllBytes(fixture.image()));
  }

  @Test
  void optionsReachTheMountTable() throws IOException {
    fixture.mount("-o", "noexec,suid", "-o", "fsname=a\\,b,uid=42,umask=077");
    String line = fixture.shell("grep '" + fixture.directory() + " ' /proc/self/mountinfo");
    assertTrue(line.contains("noexec") && !line.contains("nosuid"), line);
    assertTrue(line.contains(" - fuse.razorfs a,b "), line);
    assertTrue(line.contains("default_permissions,allow_other"), line);
    assertEquals("42 700", fixture.shell("mkdir d; stat -c '%u %a' d"));
    MountFixture.sh("umount '" + fixture.directory() + "'");
  }

  @ParameterizedTest
  @CsvSource({
    "noatime, noatime",
    "strictatime, strict",
    "relatime, relatime",
    "defaults, relatime"
  })
  void theMountTableTellsWhatReadingDoesToAccessTimes(String option, String shown)
      throws IOException {
    fixture.mount("-o", option);
    // The kernel shows it by showing nothing; libfuse does not pass it on.
    String strict = transport.equals("native") ? "" : "relatime";
    String expected = shown.equals("strict") ? strict : shown;
    String flags =
        "findmnt -no VFS-OPTIONS '" + fixture.directory() + "' | tr , '\\n' | grep atime";
    assertEquals(expected, fixture.shell(flags + " || true"));
    // A remount changes nothing of what the daemon was told, and so nothing of what is shown.
    assertEquals(
        0, Cli.run("mount", "-o", "remount,ro", fixture.image(), fixture.directory()).exitCode());
    assertEquals(expected, fixture.shell(flags + " || true"));
  }

  @Test
  void aFullVolumeSaysSoAndGoesOn() throws IOException {
    fixture.mount();
    IOException full =
        assertThrows(
            IOException.class,
            () -> {
              for (int i = 0; i < 100; i++) {
                Files.write(fixture.path("f" + i), random(1_000_000 + i));
              }
            });
    assertTrue(full.getMessage().contains("No space left"), full.getMessage());
    assertArrayEquals(random(1_000_003), Files.readAllBytes(fixture.path("f3")));
    fixture.shell("rm f*; sync -f .");
    Files.write(fixture.path("again"), random(10_000_000));
    assertArrayEquals(random(10_000_000), Files.readAllBytes(fixture.path("again")));
    fixture.umount();
    assertTrue(isClean());
  }

  /** Mounts in the foreground of a process of its own, and returns when that has mounted. */
  private Process foreground() throws IOException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Razorfs.class.getName(),
                "mount",
                "-f",
                "--json",
                "--transport",
                transport,
                fixture.image().toString(),
                fixture.directory().toString())
            .redirectError(work.resolve("err").toFile())
            .start();
    BufferedReader out = process.inputReader();
    JsonNode mounted = Schemas.check("razorfs.mount/1", out.readLine());
    fixture.adopt(mounted.get("pid").asLong());
    return process;
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT", "HUP"})
  void aForegroundThatIsToldToEndHasNotFailed(String signal) throws Exception {
    Process process = foreground();
    Files.write(fixture.path("f"), random(1_000_000));
    MountFixture.sh("kill -" + signal + " " + process.pid());
    assertEquals(0, process.waitFor(), Files.readString(work.resolve("err")));
    assertTrue(isClean());
    assertFalse(MountFixture.sh("cat /proc/mounts").contains(fixture.directory().toString()));
  }

  @Test
  void aForegroundWhoseDaemonIsToldToEndHasNotFailed() throws Exception {
    Process process = foreground();
    MountFixture.sh("kill " + fixture.pid());
    assertEquals(0, process.waitFor(), Files.readString(work.resolve("err")));
    assertTrue(isClean());
  }

  @Test
  void aForegroundWhoseDaemonIsKilledHasFailed() throws Exception {
    Process process = foreground();
    fixture.kill();
    assertEquals(32, process.waitFor(), Files.readString(work.resolve("err")));
    assertFalse(isClean());
  }

  @Test
  void theForegroundStaysUntilItIsUnmounted() throws Exception {
    CompletableFuture<ToolRun> mount =
        CompletableFuture.supplyAsync(
            () -> MountFixture.run("mount", "-f", fixture.image(), fixture.directory()));
    fixture.shell(
        "for i in $(seq 600); do if mountpoint -q .; then break; fi; sleep 0.1; cd .; cd '"
            + fixture.directory()
            + "'; done; touch f");
    assertFalse(mount.isDone());
    fixture.umount();
    assertEquals(0, mount.get(30, TimeUnit.SECONDS).exitCode());
    assertTrue(isClean());
  }

  @Test
  void theDaemonAnswersOnItsSocket() throws IOException {
    fixture.mount();
    Files.write(fixture.path("f"), random(10_000));
    ToolRun run = MountFixture.run("status", "--json", fixture.directory());
    JsonNode status = Schemas.check("razorfs.status/1", run.out().strip());
    assertEquals(fixture.pid(), status.get("pid").asLong());
    assertEquals(fixture.image().toString(), status.get("image").asText());
    assertTrue(MountFixture.run("status", fixture.directory()).out().contains(transport));
    ToolRun all = MountFixture.run("status", "--json");
    assertTrue(
        Schemas.check("razorfs.status-list/1", all.out()).get("mounts").size() >= 1, all.out());
    assertTrue(MountFixture.run("status").out().contains(fixture.directory().toString()));

    ControlDirectory control = ControlDirectory.open(System.getenv());
    try (ControlClient client =
        ControlClient.connect(control.socket(fixture.directory())).orElseThrow()) {
      client.send("metrics");
      Schemas.check("razorfs.metrics/1", client.receiveText());
      client.send("checkpoint");
      Schemas.check("razorfs.control-done/1", client.receiveText());
      client.send("compact");
      Schemas.check("razorfs.compact/1", client.receiveText());
      client.send("nonsense");
      Schemas.check("razorfs.control-error/1", client.receiveText());
      client.send("shutdown");
      Schemas.check("razorfs.control-ended/1", client.receiveText());
    }
    assertTrue(isClean());
    assertTrue(error(1, "status", fixture.directory()).contains("no RAZORFS mounted there"));
  }

  @Test
  void compactingOnRequestGivesSpaceBackAndKeepsTheContent() throws IOException {
    fixture.mount();
    byte[] content = new byte[1 << 20];
    for (int i = 0; i < content.length; i++) {
      content[i] = (byte) ('a' + i % 23 * (i / 4096 % 7) % 26);
    }
    Files.write(fixture.path("f"), content);
    try (FileChannel file = FileChannel.open(fixture.path("f"), StandardOpenOption.WRITE)) {
      for (int i = 0; i < 200; i++) {
        int at = i * 37 % 256 * 4096;
        file.write(ByteBuffer.wrap(content, at, 4096), at);
        file.force(false);
      }
    }
    String text = MountFixture.run("compact", fixture.directory()).out();
    assertTrue(text.contains("freed:"), text);
    ToolRun again = MountFixture.run("compact", "--json", fixture.directory());
    JsonNode done = Schemas.check("razorfs.compact/1", again.out().strip());
    assertEquals(0, done.get("windows").asLong(), "the first time has left something");
    assertArrayEquals(content, Files.readAllBytes(fixture.path("f")));
    fixture.umount();
    assertTrue(isClean());
    assertTrue(error(1, "compact", fixture.directory()).contains("no RAZORFS mounted there"));
  }

  @Test
  void anImageThatTheHostHasNoSpaceForIsNotLeftBehind() throws IOException {
    Path small = Files.createDirectory(work.resolve("small"));
    MountFixture.sh("mount -t tmpfs -o size=1M small '" + small + "'");
    try {
      Path none = small.resolve("none.img");
      assertTrue(error(1, "mkfs", "--size", "1G", none).contains(none + ": write"));
      assertFalse(Files.exists(none));
      Path kept = Files.writeString(small.resolve("kept.img"), "");
      error(1, "mkfs", "--size", "1G", kept);
      assertTrue(Files.exists(kept));
    } finally {
      MountFixture.sh("umount '" + small + "'");
    }
  }

  @Test
  void whatCannotBeMountedIsExplainedInOneLine() throws IOException {
    Path other = Files.write(work.resolve("other.img"), new byte[1 << 20]);
    Path missing = work.resolve("missing");
    Path dir = fixture.directory();
    assertTrue(error(32, "mount", other, dir).contains(other.toString()));
    assertTrue(error(32, "mount", missing, dir).contains(missing + ": no such file"));
    assertTrue(error(32, "mount", fixture.image(), missing).contains("no such file"));
    assertTrue(error(32, "mount", fixture.image(), other).contains("is not a directory"));
    assertTrue(
        error(1, "mount", "-o", "rw,quota=7", fixture.image(), dir)
            .contains("unknown mount option 'quota=7'"));
    assertTrue(error(1, "mount", "--transport", "x", fixture.image(), dir).contains("unknown"));
    assertTrue(error(32, "mount", fixture.image(), "/").contains("is the root directory"));
    Path cut = work.resolve("cut.img");
    Files.copy(fixture.image(), cut);
    MountFixture.sh("truncate -s 1M '" + cut + "'");
    assertTrue(error(32, "mount", cut, dir).contains(cut.toString()));
    assertTrue(error(1, "mount", fixture.image()).contains("Missing required parameter"));
    assertTrue(error(32, "umount", dir).contains("no RAZORFS is mounted there"));
  }
}
