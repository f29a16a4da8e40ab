package org.razorfs.mount.jnrfuse;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.razorfs.mount.MountLog;
import org.razorfs.mount.TestVolumes;
import org.razorfs.mount.handler.Created;
import org.razorfs.mount.handler.FileSystemHandler;
import org.razorfs.mount.handler.KernelChecks;
import org.razorfs.mount.handler.Presentation;
import org.razorfs.volume.Attributes;
import org.razorfs.volume.Owner;
import org.razorfs.volume.Volume;

/** For what unlinking waits, with a clock that stands still. */
class HiddenFilesTest {
  private static final byte[] NAME = {'a'};
  private static final String HIDDEN = "/.fuse_hidden0000000300000001";

  @TempDir private Path work;
  private final Volume volume = TestVolumes.open();
  private final FileSystemHandler handler =
      new FileSystemHandler(volume, Presentation.AS_STORED, new KernelChecks(false, true));
  private final AtomicLong nanos = new AtomicLong();
  private final List<Runnable> later = new ArrayList<>();
  private Optional<RequestThread> thread = Optional.empty();
  private final StringBuilder logged = new StringBuilder();
  private final HiddenFiles hidden =
      new HiddenFiles(
          handler,
          new PathResolver(handler, 10),
          new MountLog(logged, Clock.systemUTC()),
          nanos::get,
          later::add,
          () -> thread);

  @BeforeEach
  void openFile() throws IOException {
    hide();
  }

  private void hide() throws IOException {
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

  /** Hides the file once more, from a thread that can be watched. */
  private void hideFrom(RequestThread watched) throws IOException {
    hidden.replaced("/a");
    handler.unlink(FileSystemHandler.ROOT, NAME);
    thread = Optional.of(watched);
    hide();
  }

  @Test
  void aThreadThatTakesItsTimeMayStillRename() throws IOException {
    AtomicInteger looks = new AtomicInteger();
    hideFrom(
        () -> {
          assertNotNull(find());
          return looks.incrementAndGet() == 3;
        });
    nanos.set(Long.MAX_VALUE);
    thread = Optional.of(() -> false);
    hidden.replaced("/a"); // in another request, which is none of this one's
    hidden.settle();
    assertEquals(3, looks.get());
    assertNull(find());
  }

  @Test
  void whatFollowsInTheSameRequestAndIsNoRenameEndsTheWait() throws IOException {
    hideFrom(() -> false);
    hidden.settle();
    assertNull(find());
  }

  @Test
  void aRenameInTheSameRequestLeavesNothingToUnlink() throws IOException {
    hideFrom(() -> false);
    hidden.replaced("/a");
    hidden.settle();
    assertNotNull(find());
  }

  @Test
  void aThreadIsSeenToWork() throws Exception {
    assumeTrue(Files.exists(Path.of("/proc/thread-self/io")), "needs Linux's /proc");
    assertFalse(RequestThread.current().orElseThrow().hasAnswered());
    assertEquals(RequestThread.current(), RequestThread.current());
    RequestThread answering = RequestThread.current().orElseThrow();
    Files.write(Files.createTempFile(work, "answer", ""), NAME);
    assertTrue(answering.hasAnswered());
    assertNotEquals(answering, RequestThread.current().orElseThrow());
    AtomicReference<RequestThread> other = new AtomicReference<>();
    Thread ending = new Thread(() -> other.set(RequestThread.current().orElseThrow()));
    ending.start();
    ending.join();
    while (Files.exists(((RequestThread.Linux) other.get()).task())) {
      Thread.onSpinWait(); // the kernel is a little later than join
    }
    assertTrue(other.get().hasAnswered());
  }

  private Attributes find() {
    try {
      return handler.find(FileSystemHandler.ROOT, NAME);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
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
