package org.razorfs.mount.devfuse;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.razorfs.mount.OnOffAuto;

class UringOfferTest {
  @TempDir Path folder;

  private Path setting(String value) throws IOException {
    return Files.writeString(folder.resolve("enable_uring"), value);
  }

  private Path note() {
    return folder.resolve("note");
  }

  private UringOffer make(OnOffAuto wanted, Path setting) {
    return UringOffer.make(wanted, setting, note(), Duration.ZERO);
  }

  /** Another mount that saw it on meanwhile would leave it to this one, which turns it off. */
  @Test
  void noOtherMountComesInBetween() throws Exception {
    Path setting = setting("N\n");
    UringOffer offer = make(OnOffAuto.ON, setting);
    assertTrue(isLocked(setting)); // which reading it ends
    assertTrue(Files.readString(setting).startsWith("Y"));
    assertTrue(Files.exists(note()));
    offer.close();
    assertTrue(Files.readString(setting).startsWith("N"));
    assertFalse(Files.exists(note()));
  }

  @Test
  void whatADaemonThatWasKilledHasLeftOnIsTurnedOff() throws Exception {
    Path setting = setting("Y\n");
    Files.createFile(note());
    UringOffer offer = make(OnOffAuto.ON, setting);
    assertTrue(isLocked(setting));
    assertTrue(Files.readString(setting).startsWith("Y"));
    offer.close();
    assertTrue(Files.readString(setting).startsWith("N"));
    assertFalse(Files.exists(note()));
  }

  @Test
  void whatCannotBeNotedIsOnAllTheSame() throws Exception {
    Path setting = setting("N\n");
    UringOffer offer =
        UringOffer.make(OnOffAuto.ON, setting, folder.resolve("none/note"), Duration.ZERO);
    assertTrue(Files.readString(setting).startsWith("Y"));
    offer.close();
    assertTrue(Files.readString(setting).startsWith("N"));
  }

  @Test
  void whatTheAdministratorHasTurnedOnStaysOn() throws Exception {
    Path setting = setting("Y\n");
    make(OnOffAuto.ON, setting).close();
    assertEquals("Y\n", Files.readString(setting));
  }

  @Test
  void whoDoesNotInsistLeavesItAlone() throws Exception {
    Path setting = setting("N\n");
    try (UringOffer offer = make(OnOffAuto.AUTO, setting)) {
      assertEquals("N\n", Files.readString(setting));
    }
  }

  /** Has the setting locked until it is told to end. */
  static final class Hanging {
    private Hanging() {}

    public static void main(String[] args) throws IOException {
      try (FileChannel channel = FileChannel.open(Path.of(args[0]), StandardOpenOption.WRITE)) {
        channel.lock();
        System.out.println("locked");
        System.in.read();
      }
    }
  }

  @Test
  void aDaemonThatHangsWhileItHasItOnKeepsNobodyFromMounting() throws Exception {
    Path setting = setting("Y\n");
    Files.createFile(note());
    Process hanging =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Hanging.class.getName(),
                setting.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader said = hanging.inputReader()) {
      assertEquals("locked", said.readLine());
      make(OnOffAuto.ON, setting).close();
      assertEquals("Y\n", Files.readString(setting));
      assertTrue(Files.exists(note()));
    } finally {
      hanging.destroy();
      hanging.waitFor();
    }
  }

  private static boolean isLocked(Path file) throws IOException {
    String inode = ":" + Files.getAttribute(file, "unix:ino") + " ";
    String mine = " " + ProcessHandle.current().pid() + " ";
    return Files.readAllLines(Path.of("/proc/locks")).stream()
        .anyMatch(line -> line.contains(mine) && line.contains(inode));
  }
}
