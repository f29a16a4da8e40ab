package org.razorfs.mount;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.razorfs.mount.handler.Presentation;
import org.razorfs.volume.AtimeMode;
import org.razorfs.volume.ErrorPolicy;
import org.razorfs.volume.VolumeOptions;

class MountOptionsTest {
  private static MountOptions parse(String... lists) {
    return MountOptions.parse(List.of(lists));
  }

  private static MountRequest request(MountOptions options) {
    return options.request(Path.of("/mnt"), "/a.img", false);
  }

  @Test
  void nothingMeansTheDefaults() {
    MountOptions options = parse("", "defaults");
    assertEquals(VolumeOptions.defaults().maxCacheBytes(), options.volumeOptions().maxCacheBytes());
    assertEquals(Presentation.AS_STORED, options.presentation());
    MountRequest request = request(options);
    assertEquals(
        new MountRequest(
            Path.of("/mnt"),
            "/a.img",
            false,
            "razorfs",
            false,
            false,
            false,
            true,
            AtimeMode.RELATIME,
            false,
            true,
            BigDecimal.ZERO,
            false,
            2_000_000,
            OnOffAuto.AUTO,
            OnOffAuto.AUTO),
        request);
    assertTrue(options.request(Path.of("/mnt"), "/a.img", true).allowOther());
  }

  @Test
  void whatNotEveryHostOffersIsTakenOrLeftAsAsked() {
    assertEquals(OnOffAuto.ON, request(parse("io_uring=on")).ioUring());
    assertEquals(OnOffAuto.OFF, request(parse("io_uring=on,io_uring=off")).ioUring());
    assertEquals(OnOffAuto.AUTO, request(parse("io_uring=auto")).ioUring());
    assertEquals(OnOffAuto.AUTO, request(parse("io_uring=on")).idlePoll());
    assertEquals(OnOffAuto.OFF, request(parse("idle_poll=off")).idlePoll());
  }

  @Test
  void permissionsAreCheckedUnlessOnlyTheSuperuserGetsIn() {
    assertChecks(true, true, "");
    assertChecks(true, false, "");
    assertChecks(false, true, "noallow_other");
    assertChecks(true, false, "noallow_other");
    assertChecks(true, true, "noallow_other,allow_other");
    assertChecks(true, true, "noallow_other,default_permissions");
    assertFalse(parse("noallow_other").request(Path.of("/mnt"), "/a.img", true).allowOther());
  }

  private static void assertChecks(boolean checks, boolean root, String options) {
    MountRequest request = parse(options).request(Path.of("/mnt"), "/a.img", root);
    assertEquals(checks, request.checksPermissions(), options + (root ? " by root" : ""));
  }

  @Test
  void flagsReachTheRequest() {
    MountRequest request =
        request(
            parse("ro,suid,dev,noexec,noatime,allow_other", "fsname=a\\,b\\\\c,subtype=razorfs"));
    assertEquals(
        new MountRequest(
            Path.of("/mnt"),
            "a,b\\c",
            false,
            "razorfs",
            true,
            true,
            true,
            false,
            AtimeMode.NOATIME,
            true,
            true,
            BigDecimal.ZERO,
            false,
            2_000_000,
            OnOffAuto.AUTO,
            OnOffAuto.AUTO),
        request);
  }

  @Test
  void whatTheKernelAddedIsTakenBackOnlyToRemount() {
    String shown = "rw,relatime,user_id=0,group_id=0,allow_other,max_read=1048576,blksize=4096";
    MountOptions options = parse(shown + ",remount,ro");
    assertTrue(options.remount() && options.readOnly());
    assertFalse(parse("ro").remount());
    assertThrows(IllegalArgumentException.class, () -> parse(shown));
  }

  @Test
  void theTypeByWhichCommandsKnowAMountStays() {
    var e = assertThrows(IllegalArgumentException.class, () -> parse("subtype=other"));
    assertEquals("mount option subtype=other: the value has to be razorfs", e.getMessage());
  }

  @Test
  void theLastOfTwoCounts() {
    assertFalse(parse("ro,rw").readOnly());
    assertTrue(parse("ro,rw", "ro").readOnly());
    assertFalse(request(parse("suid,nosuid,dev,nodev,noexec,exec")).suid());
  }

  @Test
  void limitsAndPoliciesReachTheVolume() {
    VolumeOptions options =
        parse(
                "max_cache_mb=256,max_dirty_mb=8,max_string_table_mb=2",
                "max_inode_cache_entries=1000,commit=30,compress=zstd:7,errors=abort",
                "strictatime,nodiscard")
            .volumeOptions();
    assertEquals(256L << 20, options.maxCacheBytes());
    assertEquals(8L << 20, options.maxDirtyBytes());
    assertEquals(2L << 20, options.maxStringTableBytes());
    assertEquals(1000, options.maxInodeCacheEntries());
    assertEquals(Duration.ofSeconds(30), options.commitInterval());
    assertEquals("zstd:7", options.compression().toString());
    assertEquals(ErrorPolicy.ABORT, options.errors());
    assertEquals(AtimeMode.STRICTATIME, options.atime());
    assertFalse(options.discard());
    assertEquals(5000, request(parse("max_known_inodes=5000")).mostKnown());
    assertEquals(AtimeMode.NOATIME, parse("noatime").volumeOptions().atime());
    assertEquals(ErrorPolicy.ABORT, parse("errors=abort").volumeOptions().errors());
    assertEquals(ErrorPolicy.REMOUNT_RO, parse("errors=remount-ro").volumeOptions().errors());
  }

  @Test
  void ownersAndMaskAreShown() {
    assertEquals(
        new Presentation(OptionalInt.of(1000), OptionalInt.of(-2), OptionalInt.of(022)),
        parse("uid=1000,gid=4294967294,umask=022").presentation());
  }

  @Test
  void whatIsForOtherProgramsIsIgnored() {
    parse("x-systemd.automount,x-anything=1,X-mount.mkdir,_netdev,nofail,noauto,user,comment=hi");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nonsense",
        "nonsense=1",
        "ro=1",
        "commit",
        "uid",
        "allow_other=1",
        "Ro",
        "quota",
        "-o"
      })
  void unknownOptionsAreRefusedByName(String option) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> parse("rw," + option));
    assertTrue(e.getMessage().contains("unknown mount option '" + option + "'"), e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "commit=0",
        "commit=x",
        "commit=",
        "max_cache_mb=-1",
        "max_dirty_mb=1",
        "uid=-1",
        "gid=4294967295",
        "umask=888",
        "umask=1000",
        "errors=ignore",
        "compress=rar",
        "compress=zstd:99",
        "attr_timeout=-1",
        "attr_timeout=x",
        "attr_timeout=86400.1",
        "attr_timeout=1e-999999999",
        "max_inode_cache_entries=1",
        "max_known_inodes=999"
      })
  void wrongValuesAreRefusedByName(String option) {
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> parse(option));
    assertTrue(e.getMessage().contains("mount option " + option), e.getMessage());
  }

  @Test
  void attributesMayBeCachedWhereTheUserWantsThat() {
    assertEquals(new BigDecimal("0.5"), request(parse("attr_timeout=0.5")).attributeTimeout());
  }
}
