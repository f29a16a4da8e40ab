package org.razorfs.mount.jnrfuse;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.razorfs.mount.MountLog;
import org.razorfs.mount.TestVolumes;
import org.razorfs.mount.handler.Created;
import org.razorfs.mount.handler.FileSystemHandler;
import org.razorfs.mount.handler.Presentation;
import org.razorfs.volume.Owner;
import org.razorfs.volume.Volume;

/** The moment for which unlinking waits, with a clock that stands still. */
class HiddenFilesTest {
  private static final byte[] NAME = {'a'};
  private static final String HIDDEN = "/.fuse_hidden0000000300000001";

  private final Volume volume = TestVolumes.open();
  private final FileSystemHandler handler =
      new FileSystemHandler(volume, Presentation.AS_STORED, false);
  private final AtomicLong nanos = new AtomicLong();
  private final List<Runnable> later = new ArrayList<>();
  private final StringBuilder logged = new StringBuilder();
  private final HiddenFiles hidden =
      new HiddenFiles(
          handler,
          new PathResolver(handler, 10),
          new MountLog(logged, Clock.systemUTC()),
          nanos::get,
          later::add);

  @BeforeEach
  void openFile() throws IOException {
    Created file = handler.create(FileSystemHandler.ROOT, NAME, 0644, 0, 2, Owner.ROOT);
    handler.forget(file.attributes().inode(), 1);
    hidden.opened(file.attributes().inode());
    assertTrue(hidden.hide("/a", HIDDEN));
  }

  @Test
  void theNameStaysUntilTheMomentHasPassed() throws IOException {
    assertNotNull(handler.find(FileSystemHandler.ROOT, NAME));
    nanos.set(1_000_000);
    hidden.settle();
    assertNull(handler.find(FileSystemHandler.ROOT, NAME));
  }

  @Test
  void nobodyElseHasToComeAlong() throws IOException {
    nanos.set(1_000_000);
    later.forEach(Runnable::run);
    assertNull(handler.find(FileSystemHandler.ROOT, NAME));
  }

  @Test
  void aRenameThatFollowsLeavesNothingToUnlink() throws IOException {
    hidden.replaced("/a");
    nanos.set(1_000_000);
    hidden.settle();
    assertNotNull(handler.find(FileSystemHandler.ROOT, NAME));
  }

  @Test
  void aRenameElsewhereChangesNothing() throws IOException {
    hidden.replaced("/b");
    nanos.set(1_000_000);
    hidden.settle();
    assertNull(handler.find(FileSystemHandler.ROOT, NAME));
  }

  @Test
  void whatFailsThenIsLogged() throws IOException {
    handler.unlink(FileSystemHandler.ROOT, NAME);
    nanos.set(1_000_000);
    hidden.settle();
    assertTrue(logged.toString().contains("unlinking open inode"), logged.toString());
    assertEquals(-1, hidden.inode("/other"));
  }
}
