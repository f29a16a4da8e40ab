package org.razorfs.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.razorfs.mount.MountLog;
import org.razorfs.mount.MountRequest;
import org.razorfs.mount.Transport;
import org.razorfs.mount.TransportUnavailableException;
import org.razorfs.mount.daemon.Daemon;
import org.razorfs.mount.daemon.TestDaemon;
import org.razorfs.mount.devfuse.NativeTransport;
import org.razorfs.mount.handler.FileSystemHandler;
import org.razorfs.mount.host.LibC;
import org.razorfs.mount.host.MountTable;
import org.razorfs.mount.host.Unmounter;

/** What a mount that cannot be served leaves behind, served by this process itself. */
@Tag("mount")
class DeadMountTest {
  @TempDir private Path work;
  private final RuntimeException broken = new IllegalStateException("broken");
  private TestDaemon daemon;
  private Path directory;

  @BeforeEach
  void make() throws IOException {
    MountFixture.requireMounting("native");
    daemon = new TestDaemon(work.toRealPath(), true);
    daemon.format();
    directory = Files.createDirectory(daemon.mountPoint());
  }

  @AfterEach
  void unmount() throws IOException {
    if (directory != null && MountTable.read().at(directory).isPresent()) {
      new Unmounter(true).unmount(directory, Unmounter.Mode.LAZY);
    }
  }

  /** Serves a mount that breaks when it is ready if not before, and returns what it fails with. */
  private RuntimeException serve(Transport transport, String... options) {
    Daemon breaking = daemon.over(transport, line -> {}, options);
    return assertThrows(
        RuntimeException.class,
        () ->
            breaking.run(
                new LibC(),
                message -> {},
                name -> {
                  throw broken;
                }));
  }

  private void assertImageIsClean() {
    assertTrue(Cli.json("razorfs.info/1", "info", daemon.image()).get("clean").asBoolean());
  }

  @Test
  void aMountThatCannotBeServedIsTakenAway() throws IOException {
    assertSame(broken, serve(new NativeTransport()));
    assertEquals(Optional.empty(), MountTable.read().at(directory));
    Files.createFile(directory.resolve("on the host"));
    assertImageIsClean();
  }

  @Test
  void aMountThatShowsAnotherSourceIsTakenAwayAsWell() throws IOException {
    assertSame(broken, serve(new NativeTransport(), "fsname=other"));
    assertEquals(Optional.empty(), MountTable.read().at(directory));
  }

  /** As native does on a kernel that speaks too old a protocol, which shows when it is mounted. */
  private static Transport unavailable() {
    NativeTransport whole = new NativeTransport();
    return new Transport() {
      @Override
      public String name() {
        return whole.name();
      }

      @Override
      public boolean keepsAcls() {
        return whole.keepsAcls();
      }

      @Override
      public Mounted mount(FileSystemHandler handler, MountRequest request, MountLog log)
          throws IOException {
        whole.mount(handler, request, log);
        return ready -> {
          throw new TransportUnavailableException("no such kernel");
        };
      }
    };
  }

  @Test
  void aMountThatWasMadeOverATransportThatCannotBeHadIsMadeAnewOverTheNext() throws Exception {
    CompletableFuture<String> content = new CompletableFuture<>();
    List<String> lines = new ArrayList<>();
    Daemon served =
        daemon.over(List.of(unavailable(), new NativeTransport()), line -> lines.add(line));
    Daemon.Ending ended =
        served.run(
            new LibC(),
            message -> {},
            transport ->
                new Thread(() -> content.complete(useAndUnmount()), "uses the mount").start());
    assertEquals("text", content.get());
    assertTrue(ended.clean(), ended.message());
    assertTrue(String.join("", lines).contains("native cannot be had here: no such kernel"));
    assertEquals(Optional.empty(), MountTable.read().at(directory));
    assertImageIsClean();
  }

  private String useAndUnmount() {
    try {
      Files.writeString(directory.resolve("f"), "text");
      return Files.readString(directory.resolve("f"));
    } catch (IOException e) {
      return e.toString();
    } finally {
      unmountPlainly();
    }
  }

  private void unmountPlainly() {
    try {
      new Unmounter(true).unmount(directory, Unmounter.Mode.PLAIN);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private void mountAnother() throws IOException {
    MountFixture.sh("mount -i -t tmpfs another '" + directory + "'");
  }

  private void assertAnotherStays() throws IOException {
    assertEquals("another", MountTable.read().at(directory).orElseThrow().source());
    assertImageIsClean();
  }

  @Test
  void whatOthersHaveMountedThereStaysWhenServingFails() throws IOException {
    mountAnother();
    Transport transport =
        new TestDaemon.Nowhere(
            ready -> {
              throw broken;
            });
    assertSame(broken, serve(transport));
    assertAnotherStays();
  }

  /** Tells a daemon to end when it has closed the image and is about to say so. */
  private final class Late implements Consumer<String> {
    private final Daemon served = daemon.over(new TestDaemon.Nowhere(ready -> {}), this);
    private Thread terminating;

    @Override
    public void accept(String line) {
      if (line.contains("closed, clean")) {
        terminating = new Thread(served::terminate, "terminating");
        terminating.start();
        // It says that it was told to end, and waits for the log, which is in use here.
        while (terminating.getState() != Thread.State.BLOCKED && terminating.isAlive()) {
          Thread.onSpinWait();
        }
      }
    }
  }

  @Test
  void whatOthersHaveMountedThereStaysWhenADaemonIsToldToEndThatIsClosing() throws Exception {
    mountAnother();
    Late late = new Late();
    assertTrue(late.served.run(new LibC(), message -> {}, name -> {}).clean());
    late.terminating.join();
    assertAnotherStays();
  }
}
