package org.razorfs.device;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LockHoldersTest {
  @TempDir private Path proc;

  private static FileIdentity file(long device, long inode) {
    return new FileIdentity("key", FileIdentity.Kind.REGULAR, device, inode, 0);
  }

  private Optional<String> holder(String locks, long device, long inode) throws IOException {
    Files.writeString(proc.resolve("locks"), locks);
    Files.createDirectories(proc.resolve("812"));
    Files.writeString(proc.resolve("812/comm"), "java\n");
    return new LockHolders(proc).describe(file(device, inode));
  }

  @Test
  void holderIsNamed() throws IOException {
    String locks =
        """
        1: FLOCK  ADVISORY  WRITE 700 08:01:131 0 EOF
        2: POSIX  ADVISORY  READ  701 08:01:132 128 128
        2: -> POSIX  ADVISORY  WRITE 702 08:01:131 0 EOF
        3: POSIX  ADVISORY  WRITE 812 08:01:131 0 EOF
        """;
    assertEquals(Optional.of("pid 812 (java)"), holder(locks, 0x801, 131));
  }

  @Test
  void processThatHasGoneIsStillANumber() throws IOException {
    assertEquals(
        Optional.of("pid 9"), holder("1: POSIX  ADVISORY  WRITE 9 08:01:131 0 EOF\n", 0x801, 131));
  }

  @Test
  void otherDeviceNumberIsAcceptedOnlyWhenUnambiguous() throws IOException {
    String one = "1: POSIX  ADVISORY  WRITE 812 00:2a:131 0 EOF\n";
    assertEquals(Optional.of("pid 812 (java)"), holder(one, 0x801, 131));
    String two = one + "2: POSIX  ADVISORY  WRITE 813 00:2b:131 0 EOF\n";
    assertEquals(Optional.empty(), holder(two, 0x801, 131));
  }

  @Test
  void holderInAnotherPidNamespaceIsSaidSo() throws IOException {
    assertEquals(
        Optional.of("a process outside this container"),
        holder("1: OFDLCK ADVISORY  WRITE -1 08:01:131 0 EOF\n", 0x801, 131));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\n\n",
        "nonsense",
        "1: POSIX  ADVISORY  WRITE x 08:01:131 0 EOF",
        "1: POSIX  ADVISORY  WRITE 812 08:131 0 EOF",
        "1: POSIX  ADVISORY  WRITE 812 zz:01:131 0 EOF",
        "1: POSIX  ADVISORY  WRITE 812"
      })
  void linesThatMeanNothingAreSkipped(String locks) throws IOException {
    assertEquals(Optional.empty(), holder(locks, 0x801, 131));
  }

  @Test
  void hostsWithoutProcKnowNobody() {
    LockHolders nowhere = new LockHolders(proc.resolve("none"));
    assertEquals(Optional.empty(), nowhere.describe(file(0x801, 131)));
    assertEquals(Optional.empty(), nowhere.describe(file(-1, -1)));
  }

  @ParameterizedTest
  @CsvSource({
    "0x801, 8, 1",
    "0x10301, 259, 1",
    "0x2a, 0, 42",
    "0xfff00000, 0, 1048320",
    "0x11110370, 259, 70000",
    "0x10082c, 8, 300"
  })
  void deviceNumbersAreSplitAsLinuxDoes(String device, long major, long minor) {
    assertEquals(major, FileIdentity.major(Long.decode(device)));
    assertEquals(minor, FileIdentity.minor(Long.decode(device)));
  }
}
