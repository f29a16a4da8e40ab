package org.razorfs.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.razorfs.mount.MountLog;
import org.razorfs.mount.MountOptions;
import org.razorfs.mount.MountRequest;
import org.razorfs.mount.Transport;
import org.razorfs.mount.daemon.Daemon;
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
  private Path image;
  private Path directory;

  /** Mounts nothing, and serves that so. */
  private record Nowhere(Transport.Mounted mounted) implements Transport {
    @Override
    public String name() {
      return "nowhere";
    }

    @Override
    public boolean keepsAcls() {
      return false;
    }

    @Override
    public Mounted mount(FileSystemHandler handler, MountRequest request, MountLog log) {
      return mounted;
    }
  }

  @BeforeEach
  void make() throws IOException {
    MountFixture.requireMounting("native");
    image = work.toRealPath().resolve("disk.img");
    directory = Files.createDirectory(work.toRealPath().resolve("mnt"));
    Cli.run("mkfs", "-q", "--size", "64M", image);
  }

  @AfterEach
  void unmount() throws IOException {
    if (directory != null && MountTable.read().at(directory).isPresent()) {
      new Unmounter(true).unmount(directory, Unmounter.Mode.LAZY);
    }
  }

  private Daemon daemon(Transport transport, Appendable log, String... options) {
    return new Daemon(
        image,
        directory,
        MountOptions.parse(List.of(options)),
        transport,
        work.resolve("socket"),
        true,
        new MountLog(log, Clock.systemUTC()),
        Clock.systemUTC());
  }

  /** Serves a mount that breaks when it is ready if not before, and returns what it fails with. */
  private RuntimeException serve(Transport transport, String... options) {
    Daemon daemon = daemon(transport, new StringBuilder(), options);
    return assertThrows(
        RuntimeException.class,
        () ->
            daemon.run(
                new LibC(),
                message -> {},
                () -> {
                  throw broken;
                }));
  }

  private void assertImageIsClean() {
    assertTrue(Cli.json("razorfs.info/1", "info", image).get("clean").asBoolean());
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
        new Nowhere(
            ready -> {
              throw broken;
            });
    assertSame(broken, serve(transport));
    assertAnotherStays();
  }

  /** Tells a daemon to end when it has closed the image and is about to say so. */
  private static final class Late implements Appendable {
    private Daemon daemon;
    private Thread terminating;

    @Override
    public Appendable append(CharSequence text) {
      if (text.toString().contains("closed, clean")) {
        terminating = new Thread(daemon::terminate, "terminating");
        terminating.start();
        // It says that it was told to end, and waits for the log, which is in use here.
        while (terminating.getState() != Thread.State.BLOCKED && terminating.isAlive()) {
          Thread.onSpinWait();
        }
      }
      return this;
    }

    @Override
    public Appendable append(CharSequence text, int start, int end) {
      return append(text.subSequence(start, end));
    }

    @Override
    public Appendable append(char character) {
      return this;
    }
  }

  @Test
  void whatOthersHaveMountedThereStaysWhenADaemonIsToldToEndThatIsClosing() throws Exception {
    mountAnother();
    Late late = new Late();
    late.daemon = daemon(new Nowhere(ready -> {}), late);
    assertTrue(late.daemon.run(new LibC(), message -> {}, () -> {}).clean());
    late.terminating.join();
    assertAnotherStays();
  }
}
