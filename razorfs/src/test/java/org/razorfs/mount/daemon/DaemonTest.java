package org.razorfs.mount.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
import org.razorfs.mount.MountLog;
import org.razorfs.mount.MountRequest;
import org.razorfs.mount.Transport;
import org.razorfs.mount.TransportUnavailableException;
import org.razorfs.mount.handler.FileSystemHandler;
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
        assertThrows(IOException.class, () -> failing.run(new LibC(), message -> {}, name -> {})));
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
            FsException.class, () -> transport.served.run(new LibC(), message -> {}, name -> {}));
    assertEquals(Fault.SHUT_DOWN, refused.fault());
    assertFalse(transport.hasMounted());
    assertTrue(transport.ending.get(PATIENCE_SECONDS, TimeUnit.SECONDS), "not clean");
    try (FileDevice device = FileDevice.open(daemon.image(), FileDeviceOptions.readOnly())) {
      assertTrue(VolumeInfo.read(device).clean());
    }
  }

  private final List<String> notes = new ArrayList<>();
  private final List<String> told = new ArrayList<>();

  /** Ends at once when it has told how the daemon is. */
  private Transport serving() {
    return new TestDaemon.Nowhere(
        ready -> {
          ready.run();
          try (ControlClient client = connect()) {
            Map<String, Object> status = client.ask("status");
            told.add(status.get("transport") + ", as " + status.get("transport_reason"));
          }
        });
  }

  private static Transport failingToMount(IOException with) {
    return new TestDaemon.Nowhere(ready -> {}) {
      @Override
      public String name() {
        return "better";
      }

      @Override
      public Mounted mount(FileSystemHandler handler, MountRequest request, MountLog log)
          throws IOException {
        throw with;
      }
    };
  }

  private static Transport failingToServe(IOException with) {
    return new TestDaemon.Nowhere(
        ready -> {
          throw with;
        }) {
      @Override
      public String name() {
        return "better";
      }
    };
  }

  private Daemon.Ending run(Transport... transports) throws IOException {
    return daemon
        .over(List.of(transports), line -> {})
        .run(new LibC(), notes::add, name -> told.add("ready over " + name));
  }

  @Test
  void whereATransportCannotBeHadTheNextServesAndTheReasonIsTold() throws IOException {
    IOException unavailable = new TransportUnavailableException("no such kernel");
    String reason = "better cannot be had here: no such kernel";
    for (Transport better : List.of(failingToMount(unavailable), failingToServe(unavailable))) {
      notes.clear();
      told.clear();
      assertEquals(new Daemon.Ending(true, ""), run(better, serving()));
      assertEquals(List.of(reason), notes);
      assertEquals(List.of("ready over nowhere", "nowhere, as " + reason), told);
    }
  }

  @Test
  void whatTheUserHasToMendIsNotTriedOverAnotherTransport() {
    for (Fault fault : List.of(Fault.IO_ERROR, Fault.NOT_SUPPORTED, Fault.NOT_PERMITTED)) {
      IOException wrong = FsException.of(fault, "mount failed");
      for (Transport better : List.of(failingToMount(wrong), failingToServe(wrong))) {
        assertSame(wrong, assertThrows(IOException.class, () -> run(better, serving())));
      }
    }
    assertEquals(List.of(), notes);
    assertEquals(List.of(), told);
  }

  @Test
  void whereNoTransportCanBeHadAllReasonsAreTold() {
    IOException unavailable = new TransportUnavailableException("no such kernel");
    Transport better = failingToMount(unavailable);
    IOException none =
        assertThrows(
            IOException.class,
            () -> run(better, failingToMount(FsException.of(Fault.IO_ERROR, "no library"))));
    assertEquals("no library (better cannot be had here: no such kernel)", none.getMessage());
    none = assertThrows(IOException.class, () -> run(better));
    assertEquals(
        "better cannot be had here: no such kernel; use another one than --transport better",
        none.getMessage());
  }
}
