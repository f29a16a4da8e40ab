package org.razorfs.mount.host;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.razorfs.fault.FsException;
import org.razorfs.mount.OnOffAuto;

class IdlePollingTest {
  @TempDir Path folder;
  private Path latency;
  private Path driver;
  private int processors = 4;

  @BeforeEach
  void aGuest() throws IOException {
    latency = Files.createFile(folder.resolve("cpu_dma_latency"));
    driver = Files.writeString(folder.resolve("current_driver"), "haltpoll\n");
  }

  private IdlePolling polling(OnOffAuto wanted) throws IOException {
    return IdlePolling.of(wanted, latency, driver, processors);
  }

  private boolean isOpen() throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return open.anyMatch(
          descriptor -> {
            try {
              return Files.readSymbolicLink(descriptor).equals(latency.toRealPath());
            } catch (IOException e) {
              return false; // closed meanwhile
            }
          });
    }
  }

  @Test
  void noLatencyIsAllowedUntilEverybodyHasReleasedIt() throws IOException {
    IdlePolling polling = polling(OnOffAuto.AUTO);
    assertTrue(polling.isUsed());
    assertFalse(isOpen());
    polling.hold();
    polling.hold();
    assertArrayEquals(new byte[4], Files.readAllBytes(latency));
    polling.release();
    assertTrue(isOpen());
    polling.release();
    assertFalse(isOpen());
    polling.hold();
    assertTrue(isOpen());
    polling.close();
    assertFalse(isOpen());
  }

  @Test
  void outsideOfGuestsOnlyWhoAsksForItHasIt() throws IOException {
    Files.writeString(driver, "intel_idle\n");
    assertFalse(polling(OnOffAuto.AUTO).isUsed());
    assertTrue(polling(OnOffAuto.ON).isUsed());
    Files.delete(driver);
    assertFalse(polling(OnOffAuto.AUTO).isUsed());
    assertTrue(polling(OnOffAuto.ON).isUsed());
  }

  @Test
  void manyProcessorsPollForWhoAsksForIt() throws IOException {
    processors = 5;
    assertFalse(polling(OnOffAuto.AUTO).isUsed());
    assertTrue(polling(OnOffAuto.ON).isUsed());
  }

  @Test
  void offLeavesTheHostAlone() throws IOException {
    IdlePolling polling = polling(OnOffAuto.OFF);
    polling.hold();
    assertFalse(isOpen());
    polling.release();
    assertEquals(0, Files.size(latency));
  }

  @Test
  void whereItCannotBeHadOnlyWhoInsistsIsRefused() throws IOException {
    Files.delete(latency);
    IdlePolling polling = polling(OnOffAuto.AUTO);
    assertFalse(polling.isUsed());
    polling.hold();
    polling.release();
    FsException refused = assertThrows(FsException.class, () -> polling(OnOffAuto.ON));
    assertTrue(refused.getMessage().contains("idle_poll=on"), refused.getMessage());
  }
}
