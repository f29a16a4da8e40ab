package org.razorfs.mount.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.razorfs.device.FileDevice;
import org.razorfs.device.FileDeviceOptions;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.mount.Transport;
import org.razorfs.mount.host.LibC;
import org.razorfs.tools.JsonText;
import org.razorfs.tools.Schemas;
import org.razorfs.volume.VolumeInfo;

/** The order in which a daemon begins and ends, over a transport that mounts nothing. */
class DaemonTest {
  private static final long PATIENCE_SECONDS = 60;

  private final CountDownLatch toldToEnd = new CountDownLatch(1);
  private TestDaemon daemon;

  @BeforeEach
  void make(@TempDir Path work) throws IOException {
    daemon = new TestDaemon(work, false);
    daemon.format();
  }

  private Daemon over(Transport transport) {
    return daemon.over(
        transport,
        line -> {
          if (line.contains("told to end")) {
            toldToEnd.countDown();
          }
        });
  }

  private ControlClient connect() throws IOException {
    return ControlClient.connect(daemon.socket()).orElseThrow();
  }

  /** Waits before it mounts until the daemon has been told to end. */
  private final class Late extends TestDaemon.Nowhere {
    private final Daemon served = over(this);
    private CompletableFuture<Boolean> ending;
    private volatile boolean asking;

    Late() {
      super(ready -> {});
    }

    private Map<String, Object> status() throws IOException {
      try (ControlClient client = connect()) {
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
        ending = CompletableFuture.supplyAsync(served::terminate);
        assertTrue(toldToEnd.await(PATIENCE_SECONDS, TimeUnit.SECONDS));
        assertEquals(true, status().get("closing"));
      } catch (IOException | InterruptedException e) {
        throw new AssertionError(e);
      }
      return "late";
    }
  }

  @Test
  void whoWaitsForTheEndIsToldThatServingFailed() throws Exception {
    IOException failure = FsException.of(Fault.IO_ERROR, "the kernel has gone");
    CompletableFuture<ControlClient> asked = new CompletableFuture<>();
    Daemon failing =
        over(
            new TestDaemon.Nowhere(
                ready -> {
                  ControlClient client = connect();
                  client.ask("status"); // once it was answered, the client is told of the end too
                  client.send("wait");
                  asked.complete(client);
                  throw failure;
                }));
    assertSame(
        failure,
        assertThrows(IOException.class, () -> failing.run(new LibC(), message -> {}, () -> {})));
    try (ControlClient client = asked.get(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      String answer = client.receiveText();
      Schemas.check("razorfs.control-ended/1", answer);
      Map<String, Object> ended = JsonText.parse(answer);
      assertEquals(true, ended.get("clean"));
      assertEquals("serving failed: the kernel has gone", ended.get("message"));
    }
  }

  @Test
  void whoIsToldToEndBeforeItHasMountedMountsNothing() throws Exception {
    Late transport = new Late();
    FsException refused =
        assertThrows(
            FsException.class, () -> transport.served.run(new LibC(), message -> {}, () -> {}));
    assertEquals(Fault.SHUT_DOWN, refused.fault());
    assertFalse(transport.hasMounted());
    assertTrue(transport.ending.get(PATIENCE_SECONDS, TimeUnit.SECONDS), "not clean");
    try (FileDevice device = FileDevice.open(daemon.image(), FileDeviceOptions.readOnly())) {
      assertTrue(VolumeInfo.read(device).clean());
    }
  }
}
