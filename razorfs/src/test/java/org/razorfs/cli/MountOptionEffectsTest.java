package org.razorfs.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Random;
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
import org.razorfs.mount.daemon.ControlClient;
import org.razorfs.mount.daemon.ControlDirectory;
import org.razorfs.tools.Schemas;
import org.razorfs.tools.ToolRun;

/** What each option of docs/mount-options.md changes that can be seen from outside. */
@Tag("mount")
@Tag("slow")
@ParameterizedClass
@ValueSource(strings = {"native", "jnr-fuse"})
class MountOptionEffectsTest {
  private static final String NOBODY = "setpriv --reuid=65534 --regid=65534 --clear-groups ";

  @Parameter private String transport;
  @TempDir private Path work;
  private MountFixture fixture;

  @BeforeEach
  void make() throws IOException {
    MountFixture.requireMounting(transport);
    fixture = new MountFixture(work, "128M", transport);
  }

  @AfterEach
  void close() throws IOException {
    if (fixture != null) {
      fixture.close();
    }
  }

  private static byte[] random(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }

  private JsonNode ask(String what, String schema) throws IOException {
    ControlDirectory control = ControlDirectory.open(System.getenv());
    try (ControlClient client =
        ControlClient.connect(control.socket(fixture.directory())).orElseThrow()) {
      client.send(what);
      return Schemas.check(schema, client.receiveText());
    }
  }

  private JsonNode metrics() throws IOException {
    return ask("metrics", "razorfs.metrics/1");
  }

  private void checkpoint() throws IOException {
    ask("checkpoint", "razorfs.control-done/1");
  }

  /** Reads a file past the kernel's cache, which never asks the daemon for what it has. */
  private String accessAfterReading(String file) throws IOException {
    return fixture.shell(
        "sync f; dd if=f iflag=nocache count=0 status=none; cat " + file + "; stat -c %.9X f");
  }

  @ParameterizedTest
  @CsvSource({"noatime,0,0", "relatime,1,0", "strictatime,1,1", "atime,1,0", "defaults,1,0"})
  void readingChangesAccessTimesAsAskedFor(String option, int first, int second)
      throws IOException {
    fixture.mount("-o", option);
    fixture.shell("echo > f; mkdir d; touch d/x; touch -a -d '2001-02-03 UTC' f d");
    String before = fixture.shell("stat -c %.9X f");
    String once = accessAfterReading("f");
    String twice = accessAfterReading("f");
    assertEquals(first == 0, before.equals(once), before + ", then " + once);
    assertEquals(second == 0, once.equals(twice), once + ", then " + twice);
    String listed = fixture.shell("ls d > /dev/null; stat -c %.9X d");
    assertEquals(first == 0, before.equals(listed), before + ", then " + listed);
    fixture.umount();
  }

  @Test
  void setUserIdWorksOnlyWhereItIsAllowed() throws IOException {
    String script = NOBODY + "./id -u";
    fixture.mount();
    fixture.shell("chmod 755 .; cp /usr/bin/id id; chmod 4755 id");
    assertEquals("65534", fixture.shell(script));
    fixture.umount().mount("-o", "suid");
    assertEquals("0", fixture.shell(script));
    fixture.umount().mount("-o", "suid,nosuid");
    assertEquals("65534", fixture.shell(script));
    fixture.umount();
  }

  @Test
  void devicesWorkOnlyWhereTheyAreAllowed() throws IOException {
    fixture.mount();
    fixture.shell("mknod null c 1 3; ! (echo x > null) 2> /dev/null");
    fixture.umount().mount("-o", "dev");
    fixture.shell("echo x > null; test -z \"$(cat null)\"");
    fixture.umount().mount("-o", "nodev");
    fixture.shell("! (echo x > null) 2> /dev/null");
    fixture.umount();
  }

  @Test
  void programsRunUnlessTheyAreForbidden() throws IOException {
    fixture.mount("-o", "exec");
    fixture.shell("cp /bin/true program; ./program");
    fixture.umount().mount("-o", "noexec");
    fixture.shell("! ./program 2> /dev/null");
    fixture.umount();
  }

  @Test
  void othersGetInAndPermissionsAreChecked() throws IOException {
    fixture.mount("-o", "allow_other,default_permissions");
    fixture.shell("chmod 755 .; echo open > f; echo secret > g; chmod 600 g");
    assertEquals("open", fixture.shell(NOBODY + "cat f; ! " + NOBODY + "cat g 2> /dev/null"));
    fixture.umount();
  }

  @Test
  void onlyTheSuperuserGetsInWhomNothingHoldsBack() throws IOException {
    fixture.mount("-o", "noallow_other");
    fixture.shell("chmod 777 .; echo open > f; chmod 0 f; mkdir d; chmod 0 d");
    fixture.shell("! " + NOBODY + "ls " + fixture.directory() + " 2> /dev/null");
    assertEquals(
        "open", fixture.shell("cat f; touch d/x; rm d/x; ! test -x f; ! ./f 2> /dev/null"));
    fixture.shell("cp /usr/bin/true t; chmod 1 t; test -x t; ./t");
    if (transport.equals("native")) {
      // u::rwx, u:1000:rw-, g::r-x, m::r-x, o::--x
      String list = "AgAAAAEABwD/////AgAGAOgDAAAEAAUA/////xAABQD/////IAABAP////8=";
      String set = "setfattr -v 0s" + list + " -n system.posix_acl_";
      String show = "stat -c %a f d/n; ";
      assertEquals(
          "0\n751\n640",
          fixture.shell(
              "stat -c %a f; " + set + "access f; " + set + "default d; touch d/n; " + show));
    }
    fixture.umount();
  }

  private ToolRun mountWith(String option) {
    return MountFixture.run(
        "mount", "--transport", transport, "-o", option, fixture.image(), fixture.directory());
  }

  @Test
  void ringsAreUsedWhereAskedForAndTheKernelsSettingStays() throws IOException {
    Path setting = Path.of("/sys/module/fuse/parameters/enable_uring");
    if (transport.equals("jnr-fuse")) {
      ToolRun refused = mountWith("io_uring=on");
      assertEquals(32, refused.exitCode());
      assertTrue(refused.err().contains("native"), refused.err());
      return;
    }
    MountFixture.requireOption("io_uring=on");
    String before = Files.readString(setting);
    fixture.mount("-o", "io_uring=on");
    assertEquals(before, Files.readString(setting));
    assertTrue(ask("status", "razorfs.status/1").get("io_uring").asBoolean());
    fixture.shell("echo one > f; sync f; cat f");
    fixture.umount().mount("-o", "io_uring=off");
    assertFalse(ask("status", "razorfs.status/1").get("io_uring").asBoolean());
    assertEquals("one", fixture.shell("cat f"));
    fixture.umount();
  }

  /** As its administrator would, and held so that no other mount turns it off meanwhile. */
  @Test
  void ringsThatTheKernelOffersAreLeftAloneWhereProcessorsPoll() throws IOException {
    MountFixture.requireOption("io_uring=on");
    MountFixture.requireOption("idle_poll=on");
    boolean knowsRings = !transport.equals("jnr-fuse");
    try (FileChannel setting =
            FileChannel.open(
                Path.of("/sys/module/fuse/parameters/enable_uring"),
                StandardOpenOption.READ,
                StandardOpenOption.WRITE);
        FileLock lock = setting.lock()) {
      ByteBuffer before = ByteBuffer.allocate(1);
      setting.read(before, 0);
      try {
        setting.write(ByteBuffer.wrap(new byte[] {'Y'}), 0);
        fixture.mount("-o", knowsRings ? "idle_poll=on" : "idle_poll=auto");
        assertFalse(ask("status", "razorfs.status/1").get("io_uring").asBoolean());
        fixture.umount().mount("-o", "idle_poll=off");
        assertEquals(knowsRings, ask("status", "razorfs.status/1").get("io_uring").asBoolean());
        fixture.umount();
      } finally {
        setting.write(before.flip(), 0);
      }
    }
  }

  @Test
  void processorsPollWhileRequestsComeOneAfterTheOther() throws Exception {
    Path latency = Path.of("/dev/cpu_dma_latency");
    if (transport.equals("jnr-fuse") || !Files.isWritable(latency)) {
      ToolRun refused = mountWith("idle_poll=on");
      assertEquals(32, refused.exitCode());
      assertTrue(refused.err().contains("idle_poll=on"), refused.err());
      return;
    }
    fixture.mount("-o", "idle_poll=on");
    JsonNode status = ask("status", "razorfs.status/1");
    assertTrue(status.get("idle_poll").asBoolean());
    String held = "ls -l /proc/" + status.get("pid").asLong() + "/fd | grep -q " + latency;
    fixture.shell("mkdir d");
    // As long as it takes: on a loaded machine the one may come late and the other be over early.
    fixture.shell("while ! " + held + "; do touch d/f d/g; rm d/*; done");
    fixture.shell("while " + held + "; do sleep 0.1; done");
    fixture.umount().mount("-o", "idle_poll=off");
    assertFalse(ask("status", "razorfs.status/1").get("idle_poll").asBoolean());
    fixture.umount();
  }

  @Test
  void ownersAndMaskAreShownAndCountButAreNotStored() throws IOException {
    fixture.mount();
    fixture.shell("mkdir d; echo x > d/f; chmod 755 .; chmod 640 d/f; chown 1:2 d/f");
    String all = "stat -c '%u:%g %a' d d/f";
    String stored = fixture.shell(all);
    fixture.umount().mount("-o", "uid=65534,gid=43,umask=0137");
    assertEquals("65534:43 640\n65534:43 640", fixture.shell(all));
    fixture.umount().mount("-o", "uid=65534,umask=077");
    assertEquals("65534:0 700\n65534:2 700", fixture.shell(all));
    assertEquals("x", fixture.shell(NOBODY + "cat d/f"));
    fixture.umount().mount();
    assertEquals(stored, fixture.shell(all));
    fixture.umount();
  }

  @Test
  void withoutSyncingTheCommitIntervalDecidesWhatAKillLoses() throws Exception {
    fixture.mount("-o", "commit=1");
    Files.write(fixture.path("f"), random(100_000));
    // Until a commit has stored it and nothing waits any more; each question is a round trip.
    while (metrics().get("dirty_bytes").asLong() > 0) {
      Thread.onSpinWait();
    }
    // The first commit that is seen may have begun before there was a file.
    for (String name : new String[] {"g", "h"}) {
      long commits = metrics().get("journal").get("commits").asLong();
      Files.createFile(fixture.path(name));
      while (metrics().get("journal").get("commits").asLong() == commits) {
        Thread.onSpinWait();
      }
    }
    fixture.kill();
    fixture.mount("-o", "commit=3600");
    assertArrayEquals(random(100_000), Files.readAllBytes(fixture.path("f")));
    assertTrue(Files.exists(fixture.path("g")));
    Files.createFile(fixture.path("late"));
    fixture.kill();
    fixture.mount();
    assertFalse(Files.exists(fixture.path("late")));
    fixture.umount();
  }

  @ParameterizedTest
  @CsvSource({"none,100", "lz4,65", "zlib,45", "zstd,45", "zstd:19,45", "auto,65"})
  void dataIsCompressedAsAskedFor(String codec, int percent) throws IOException {
    fixture.mount("-o", "compress=" + codec);
    fixture.shell("seq 1 1000000 > f; cksum f > sum");
    fixture.umount().mount("-o", "compress=none"); // everything is stored
    long size = Long.parseLong(fixture.shell("stat -c %s f"));
    long stored = ask("status", "razorfs.status/1").get("stored_bytes").asLong();
    assertEquals(codec.equals("none"), stored >= size, stored + " of " + size);
    assertTrue(stored <= size * percent / 100 + 4096, stored + " of " + size);
    fixture.shell("test \"$(cksum f)\" = \"$(cat sum)\"");
    fixture.umount();
  }

  @Test
  void dataThatWaitsStaysBelowItsLimit() throws IOException {
    fixture.mount("-o", "max_dirty_mb=4,commit=3600");
    long most = 0;
    for (int i = 0; i < 40; i++) {
      Files.write(fixture.path("f" + i), random(1_000_000 + i));
      most = Math.max(most, metrics().get("dirty_bytes").asLong());
    }
    // A request that was let in may add its megabyte.
    assertTrue(most > 0 && most <= 5 << 20, most + " bytes waiting");
    fixture.umount().mount("-o", "max_dirty_mb=64,commit=3600");
    for (int i = 0; i < 40; i++) {
      Files.write(fixture.path("g" + i), random(500_000 + i));
      most = Math.max(most, metrics().get("dirty_bytes").asLong());
    }
    assertTrue(most > 6 << 20, most + " bytes waiting");
    fixture.umount();
  }

  private long missesOfASecondReading(String option) throws IOException {
    fixture.mount("-o", option);
    String read =
        "for f in f*; do dd if=$f iflag=nocache count=0 status=none; cat $f; done | cksum";
    String sum = fixture.shell(read);
    long misses = metrics().get("chunk_misses").asLong();
    assertEquals(sum, fixture.shell(read));
    long more = metrics().get("chunk_misses").asLong() - misses;
    fixture.umount();
    return more;
  }

  @Test
  void whatFitsTheCacheIsKept() throws IOException {
    fixture.mount();
    fixture.shell("for i in $(seq 12); do seq $i 150000 > f$i; done");
    fixture.umount();
    long small = missesOfASecondReading("max_cache_mb=4");
    long large = missesOfASecondReading("max_cache_mb=128");
    assertTrue(small > 50, small + " misses with 4 MiB");
    assertTrue(large < small / 4, large + " misses with 128 MiB, " + small + " with 4");
  }

  @Test
  void inodesAndNamesInMemoryAreLimited() throws IOException {
    fixture.mount("-o", "max_inode_cache_entries=100,max_string_table_mb=1");
    fixture.shell(
        "for d in $(seq 30); do mkdir d$d; (cd d$d; seq -f file%g 100 | xargs touch); done");
    fixture.shell("sync .; find . -newermt 2001-01-01 > /dev/null");
    checkpoint();
    JsonNode metrics = metrics();
    assertTrue(metrics.get("inode_evictions").asLong() > 1000, metrics.toString());
    assertTrue(metrics.get("inodes_in_memory").asLong() <= 200, metrics.toString());
    assertEquals("3000", fixture.shell("find . -type f | wc -l"));
    fixture.umount();
  }

  @Test
  void theLimitsSizeTheDaemon() throws IOException {
    fixture.mount();
    long usual = metrics().get("memory").get("heap_limit_bytes").asLong();
    fixture.umount().mount("-o", "max_cache_mb=512");
    assertTrue(metrics().get("memory").get("heap_limit_bytes").asLong() > usual + (200L << 20));
    fixture.umount();
  }

  /** On a host that refuses all that the daemon writes from now on, and not for want of space. */
  private void failBy(String option) throws IOException {
    fixture.mount("-o", "errors=" + option);
    fixture.shell("printf kept > f; sync f");
    MountFixture.sh("prlimit --fsize=1 --pid " + fixture.pid());
    fixture.shell("! (head -c 1M /dev/urandom > g && sync g) 2> /dev/null");
    IOException write =
        assertThrows(IOException.class, () -> Files.createFile(fixture.path("new")));
    // Not what the kernel has cached, for which nobody is asked.
    String read = "dd if=f iflag=nocache count=0 status=none; cat f";
    if (option.equals("remount-ro")) {
      assertTrue(write.getMessage().contains("Read-only file system"), write.getMessage());
      assertEquals("kept", fixture.shell(read));
    } else {
      MountFixture.sh("! (cd '" + fixture.directory() + "' && " + read + ") 2> /dev/null");
    }
    ToolRun umount = MountFixture.run("umount", fixture.directory());
    assertEquals(32, umount.exitCode());
    assertTrue(umount.err().contains("was not closed cleanly"), umount.err());
  }

  @Test
  void afterAFailureOneCanStillRead() throws IOException {
    failBy("remount-ro");
  }

  @Test
  void afterAFailureNothingWorksWhereThatIsAskedFor() throws IOException {
    failBy("abort");
  }

  @Test
  void freedSpaceGoesBackToTheHostUnlessItIsToStay() throws IOException {
    String size = "stat -c %b '" + fixture.image() + "'";
    long[] left = new long[2];
    for (int i = 0; i < 2; i++) {
      fixture.mount("-o", i == 0 ? "nodiscard" : "discard");
      Files.write(fixture.path("f"), random(40_000_000));
      checkpoint();
      long full = Long.parseLong(MountFixture.sh(size));
      assertTrue(full > 40_000_000 / 512, full + " blocks");
      long free = freeBytes();
      Files.delete(fixture.path("f"));
      // The kernel forgets the file some time later, and only then is it removed.
      assertTimeoutPreemptively(
          Duration.ofMinutes(1),
          () -> {
            while (freeBytes() < free + 39_000_000) {
              checkpoint();
            }
          });
      checkpoint();
      checkpoint();
      left[i] = full - Long.parseLong(MountFixture.sh(size));
      fixture.umount();
    }
    assertTrue(left[0] < 1_000_000 / 512, left[0] + " blocks given back with nodiscard");
    assertTrue(left[1] > 30_000_000 / 512, left[1] + " blocks given back with discard");
  }

  private long freeBytes() throws IOException {
    return Files.getFileStore(fixture.directory()).getUnallocatedSpace();
  }

  @Test
  void theKernelGathersWritesOnlyWhereThatIsAskedFor() throws IOException {
    boolean carried = transport.equals("native");
    for (String option : new String[] {"nowriteback_cache", "writeback_cache"}) {
      boolean gathers = option.equals("writeback_cache");
      if (gathers && !carried) {
        ToolRun run =
            MountFixture.run(
                "mount",
                "--transport",
                transport,
                "-o",
                option,
                fixture.image(),
                fixture.directory());
        assertEquals(32, run.exitCode());
        assertTrue(run.err().contains("writeback_cache needs the native transport"), run.err());
        return;
      }
      fixture.mount("-o", "commit=3600," + option);
      try (FileChannel file =
          FileChannel.open(
              fixture.path(option), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
        file.write(ByteBuffer.wrap(random(1000)));
        assertEquals(gathers, metrics().get("dirty_bytes").asLong() == 0);
        file.force(true);
      }
      assertArrayEquals(random(1000), Files.readAllBytes(fixture.path(option)));
      fixture.umount();
    }
  }

  @Test
  void attributesOfAHardLinkMayBeOldOnlyWhereTheyAreCached() throws IOException {
    String script =
        "echo > a; chmod 600 a; ln -f a b; stat a b > /dev/null; chmod 644 b; stat -c %a a";
    fixture.mount();
    assertEquals("644", fixture.shell(script));
    fixture.umount().mount("-o", "attr_timeout=3600");
    assertEquals(transport.equals("native") ? "644" : "600", fixture.shell(script));
    fixture.umount();
  }

  @Test
  void theMountTableShowsTheNamesThatWereGiven() throws IOException {
    fixture.mount("-o", "fsname=some where,subtype=razorfs");
    String line = fixture.shell("grep ' " + fixture.directory() + " ' /proc/mounts");
    assertTrue(line.startsWith("some\\040where ") && line.contains(" fuse.razorfs "), line);
    String image = fixture.image().toRealPath().toString();
    ToolRun run = MountFixture.run("umount", "--json", fixture.directory());
    assertEquals(image, Schemas.check("razorfs.umount/1", run.out()).get("image").asText());
  }

  private String flagsAfter(String options) throws IOException {
    ToolRun run =
        MountFixture.run("mount", "-q", "-o", options, fixture.image(), fixture.directory());
    assertEquals(0, run.exitCode(), run.err());
    return fixture.shell("grep ' " + fixture.directory() + " ' /proc/mounts | cut -d' ' -f4");
  }

  private void assertAccess(String access) {
    JsonNode status = Cli.json("razorfs.status/1", "status", fixture.directory());
    assertEquals(access.equals("read-only"), status.get("read_only").asBoolean());
    assertFalse(status.get("image_read_only").asBoolean());
    for (ToolRun run :
        List.of(MountFixture.run("status"), MountFixture.run("status", fixture.directory()))) {
      assertTrue(run.out().contains(access), run.out());
    }
  }

  @Test
  void remountingChangesTheFlagsOfAMountThatIsThere() throws IOException {
    fixture.mount("-o", "uid=42");
    Files.writeString(fixture.path("f"), "text");
    String flags = flagsAfter("remount,ro,suid,dev,noexec");
    assertTrue(flags.startsWith("ro,") && flags.contains("noexec"), flags);
    assertFalse(flags.contains("nosuid") || flags.contains("nodev"), flags);
    assertThrows(IOException.class, () -> Files.writeString(fixture.path("f"), "other"));
    assertAccess("read-only");
    flags = flagsAfter("remount,rw,uid=7");
    assertAccess("read-write");
    assertTrue(flags.startsWith("rw,nosuid,nodev") && !flags.contains("noexec"), flags);
    Files.writeString(fixture.path("f"), "other");
    assertEquals("42", fixture.shell("stat -c %u f"));
    fixture.umount();
  }

  @Test
  void whatIsForOthersChangesNothingAndWhatIsUnknownIsNamed() throws IOException {
    fixture.mount("-o", "x-systemd.automount,x-any=thing,X-mount.mkdir,comment=a,_netdev,nofail");
    String line = fixture.shell("grep ' " + fixture.directory() + " ' /proc/mounts");
    assertFalse(line.contains("x-") || line.contains("comment"), line);
    fixture.umount();
    for (String option : new String[] {"xattr", "y-any=thing", "compress", "max_cache=5"}) {
      ToolRun run =
          MountFixture.run("mount", "-o", "ro," + option, fixture.image(), fixture.directory());
      assertEquals(1, run.exitCode());
      assertTrue(run.err().contains("unknown mount option '" + option + "'"), run.err());
    }
  }
}
