package org.razorfs.mount.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.razorfs.device.FileDevice;
import org.razorfs.device.FileDeviceOptions;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.mount.MountLog;
import org.razorfs.mount.MountOptions;
import org.razorfs.mount.MountRequest;
import org.razorfs.mount.Transport;
import org.razorfs.mount.handler.FileSystemHandler;
import org.razorfs.mount.host.LibC;
import org.razorfs.tools.JsonText;
import org.razorfs.tools.Schemas;
import org.razorfs.volume.FormatOptions;
import org.razorfs.volume.Formatter;
import org.razorfs.volume.VolumeInfo;

/** The order in which a daemon begins and ends, over a transport that mounts nothing. */
class DaemonTest {
  private static final long PATIENCE_SECONDS = 60;

  @TempDir private Path work;
  private final CountDownLatch toldToEnd = new CountDownLatch(1);
  private final AtomicBoolean mounted = new AtomicBoolean();

  /** Waits before it mounts until the daemon has been told to end. */
  private final class Late implements Transport {
    private Daemon daemon;
    private CompletableFuture<Boolean> ending;
    private volatile boolean asking;

    private Map<String, Object> status() throws IOException {
      try (ControlClient client = ControlClient.connect(work.resolve("socket")).orElseThrow()) {
        return client.ask("status");
      }
    }

    @Override
    public String name() {
      // Asked for when the image is open, and by status.
      if (asking) {
        return "late";
      }
      asking = true;
      try {
        assertEquals(false, status().get("closing"));
        ending = CompletableFuture.supplyAsync(daemon::terminate);
        assertTrue(toldToEnd.await(PATIENCE_SECONDS, TimeUnit.SECONDS));
        assertEquals(true, status().get("closing"));
      } catch (IOException | InterruptedException e) {
        throw new AssertionError(e);
      }
      return "late";
    }

    @Override
    public boolean keepsAcls() {
      return false;
    }

    @Override
    public Mounted mount(FileSystemHandler handler, MountRequest request, MountLog log) {
      mounted.set(true);
      return ready -> {};
    }
  }

  private Appendable log() {
    return new Appendable() {
      @Override
      public Appendable append(CharSequence text) {
        if (text.toString().contains("told to end")) {
          toldToEnd.countDown();
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
    };
  }

  private Path image() throws IOException {
    Path image = work.resolve("disk.img");
    try (FileDevice device =
        FileDevice.create(image, 64L << 20, false, FileDeviceOptions.readWrite())) {
      Formatter.format(device, FormatOptions.defaults(), Clock.systemUTC());
    }
    return image;
  }

  private Daemon daemon(Path image, Transport transport) {
    return new Daemon(
        image,
        work.resolve("mnt"),
        MountOptions.parse(List.of()),
        transport,
        work.resolve("socket"),
        false,
        new MountLog(log(), Clock.systemUTC()),
        Clock.systemUTC());
  }

  /** Serves until somebody waits for the end, and fails then. */
  private final class Failing implements Transport {
    private final IOException failure = FsException.of(Fault.IO_ERROR, "the kernel has gone");
    private final CompletableFuture<ControlClient> asked = new CompletableFuture<>();

    @Override
    public String name() {
      return "failing";
    }

    @Override
    public boolean keepsAcls() {
      return false;
    }

    @Override
    public Mounted mount(FileSystemHandler handler, MountRequest request, MountLog log) {
      return ready -> {
        ControlClient client = ControlClient.connect(work.resolve("socket")).orElseThrow();
        client.ask("status"); // once it was answered, the client is also told of the end
        client.send("wait");
        asked.complete(client);
        throw failure;
      };
    }
  }

  @Test
  void whoWaitsForTheEndIsToldThatServingFailed() throws Exception {
    Failing transport = new Failing();
    Daemon daemon = daemon(image(), transport);
    assertSame(
        transport.failure,
        assertThrows(IOException.class, () -> daemon.run(new LibC(), message -> {}, () -> {})));
    try (ControlClient client = transport.asked.get(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      String answer = client.receiveText();
      Schemas.check("razorfs.control-ended/1", answer);
      Map<String, Object> ended = JsonText.parse(answer);
      assertEquals(true, ended.get("clean"));
      assertEquals("serving failed: the kernel has gone", ended.get("message"));
    }
  }

  @Test
  void whoIsToldToEndBeforeItHasMountedMountsNothing() throws Exception {
    Path image = image();
    Late transport = new Late();
    transport.daemon = daemon(image, transport);
    FsException refused =
        assertThrows(
            FsException.class, () -> transport.daemon.run(new LibC(), message -> {}, () -> {}));
    assertEquals(Fault.SHUT_DOWN, refused.fault());
    assertFalse(mounted.get());
    assertTrue(transport.ending.get(PATIENCE_SECONDS, TimeUnit.SECONDS), "not clean");
    try (FileDevice device = FileDevice.open(image, FileDeviceOptions.readOnly())) {
      assertTrue(VolumeInfo.read(device).clean());
    }
  }
}
