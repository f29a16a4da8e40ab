package org.razorfs.mount.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.Closeable;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.mount.MountLog;
import org.razorfs.tools.JsonDocument;

class ControlTest {
  @TempDir private Path directory;

  private final CountDownLatch end = new CountDownLatch(1);
  private final MountLog log = new MountLog(new StringBuilder(), Clock.systemUTC());

  private ControlServer start(Path socket) throws IOException {
    return start(socket, Thread::new);
  }

  private ControlServer start(Path socket, ThreadFactory threads) throws IOException {
    return ControlServer.start(
        socket,
        operation -> {
          switch (operation) {
            case "wait" -> end.await();
            case "fail" -> throw FsException.of(Fault.BUSY, "busy; try later");
            case "bug" -> throw new IllegalStateException("bug");
            default -> {}
          }
          return JsonDocument.object().put("did", operation);
        },
        log,
        threads);
  }

  @Test
  void aShortageThatPassesLeavesNobodyWaiting() throws IOException {
    Path socket = directory.resolve("s");
    AtomicInteger made = new AtomicInteger();
    ThreadFactory scarce =
        work -> {
          if (made.incrementAndGet() == 2) {
            throw new OutOfMemoryError("no thread for the first client");
          }
          return new Thread(work);
        };
    try (ControlServer server = start(socket, scarce);
        ControlClient first = ControlClient.connect(socket).orElseThrow()) {
      FsException refused =
          assertThrows(FsException.class, () -> first.ask("status", Duration.ofMinutes(1)));
      assertEquals(Fault.SHUT_DOWN, refused.fault());
      try (ControlClient second = ControlClient.connect(socket).orElseThrow()) {
        assertEquals("status", second.ask("status", Duration.ofMinutes(1)).get("did"));
      }
    }
  }

  @Test
  void answersOneLineForEach() throws IOException {
    Path socket = directory.resolve("s");
    try (ControlServer server = start(socket);
        ControlClient client = ControlClient.connect(socket).orElseThrow()) {
      assertEquals(Map.of("did", "one"), client.ask("one"));
      assertEquals(Map.of("did", "two"), client.ask(" two "));
      assertEquals("busy; try later", client.ask("fail").get("message"));
      assertTrue(client.ask("bug").get("message").toString().contains("internal error"));
      assertEquals("razorfs.control-error/1", client.ask("bug").get("schema"));
      client.close();
    }
    assertFalse(Files.exists(socket));
    assertTrue(ControlClient.connect(socket).isEmpty());
  }

  @Test
  void whoWaitsForTheEndIsToldBeforeItComes() throws IOException {
    Path socket = directory.resolve("s");
    ControlServer server = start(socket);
    try (ControlClient client = ControlClient.connect(socket).orElseThrow()) {
      client.ask("anything"); // so that it is connected, not only queued
      client.send("wait");
      end.countDown();
      assertEquals(Map.of("did", "wait"), client.receive());
      client.close();
      server.close();
    }
  }

  @Test
  void whoEndsLateLeavesTheSocketOfTheNext() throws IOException {
    Path socket = directory.resolve("s");
    ControlServer late = start(socket);
    try (ControlServer next = start(socket)) {
      late.close();
      late.close();
      try (ControlClient client = ControlClient.connect(socket).orElseThrow()) {
        assertEquals(Map.of("did", "one"), client.ask("one"));
      }
    }
    assertFalse(Files.exists(socket));
  }

  @Test
  void aDaemonThatHangsIsGivenUp() throws IOException {
    Path socket = directory.resolve("s");
    try (ControlServer server = start(socket);
        ControlClient client = ControlClient.connect(socket).orElseThrow()) {
      FsException e =
          assertThrows(FsException.class, () -> client.ask("wait", Duration.ofMillis(20)));
      assertEquals(Fault.CANCELLED, e.fault());
      e = assertThrows(FsException.class, () -> client.send("one"), "given up before it was asked");
      assertEquals(Fault.SHUT_DOWN, e.fault());
      end.countDown();
    }
  }

  @Test
  void oneCommandAtATimeMountsOnADirectory() throws IOException {
    ControlDirectory control =
        ControlDirectory.open(directory.resolve("c"), ControlDirectory.uid());
    Path mountPoint = Path.of("/a");
    try (Closeable reserved = control.reserve(mountPoint)) {
      FsException e = assertThrows(FsException.class, () -> control.reserve(mountPoint));
      assertEquals(Fault.BUSY, e.fault());
    }
    control.reserve(mountPoint).close();
    assertEquals(List.of(), control.sockets());
  }

  private Path make(Path file, int age) throws IOException {
    Files.createFile(file);
    return Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH.minusSeconds(age)));
  }

  @Test
  void whatDaemonsHaveLeftThatWereKilledIsTidiedAwayAndNothingElse() throws IOException {
    Path place = directory.resolve("c");
    ControlDirectory control = ControlDirectory.open(place, ControlDirectory.uid());
    Path living = control.socket(Path.of("/living"));
    Path starting = control.socket(Path.of("/starting"));
    Path other = Files.createFile(place.resolve("other.log"));
    Path killed = control.socket(Path.of("/killed"));
    // A socket to which nobody listens any more.
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(killed));
    }
    Path livingLog = make(control.log(Path.of("/living")), 1_000_000);
    Path startingLog = make(control.log(Path.of("/starting")), 1_000_000);
    Path startingSocket = make(starting, 1_000_000);
    List<Path> logs = new ArrayList<>();
    for (int age = 1; age <= ControlDirectory.OLD_LOGS + 5; age++) {
      logs.add(make(control.log(Path.of("/dead" + age)), age));
    }
    Path newest = make(place.resolve("0123456789abcdef.log.old"), 0);
    try (ControlServer server = start(living);
        Closeable reserved = reservedElsewhere(place, starting)) {
      control.tidy();
    }
    assertFalse(Files.exists(killed, LinkOption.NOFOLLOW_LINKS));
    for (Path file : List.of(other, livingLog, startingLog, startingSocket, newest)) {
      assertTrue(Files.exists(file), file.toString());
    }
    for (int i = 0; i < logs.size(); i++) {
      assertEquals(i < ControlDirectory.OLD_LOGS - 1, Files.exists(logs.get(i)), "log " + i);
    }
    control.tidy();
    assertFalse(Files.exists(startingSocket), "whose start has failed");
  }

  /** As another process would hold it that mounts there. */
  private static Closeable reservedElsewhere(Path place, Path socket) throws IOException {
    FileChannel channel =
        FileChannel.open(
            place.resolve("mounting"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    String id = socket.getFileName().toString().replace(".sock", "");
    assertNotNull(channel.tryLock(Long.parseUnsignedLong(id, 16) >>> 2, 1, false));
    return channel;
  }

  @Test
  void theLastLogIsPutAside() throws IOException {
    Path log = directory.resolve("x.log");
    ControlDirectory.putAside(log);
    for (String text : List.of("one", "two")) {
      Files.writeString(log, text);
      ControlDirectory.putAside(log);
      assertFalse(Files.exists(log));
      assertEquals(text, Files.readString(directory.resolve("x.log.old")));
    }
  }

  @Test
  void theSocketOfADeadDaemonIsNobodyAndIsReplaced() throws IOException {
    Path socket = directory.resolve("s");
    Files.writeString(socket, "");
    assertTrue(ControlClient.connect(socket).isEmpty());
    try (ControlServer server = start(socket)) {
      assertTrue(ControlClient.connect(socket).isPresent());
    }
  }

  @Test
  void aDirectoryThatOthersCanEnterIsRefused() throws IOException {
    int uid = ControlDirectory.uid();
    Path open = Files.createDirectory(directory.resolve("open"));
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxr-x---"));
    Path linked = Files.createSymbolicLink(directory.resolve("link"), directory.resolve("target"));
    Files.createDirectory(directory.resolve("target"));
    Path file = Files.writeString(directory.resolve("file"), "");
    for (Path path : List.of(open, linked, file)) {
      FsException e = assertThrows(FsException.class, () -> ControlDirectory.open(path, uid));
      assertEquals(Fault.ACCESS_DENIED, e.fault());
    }
    Path fresh = directory.resolve("fresh");
    ControlDirectory.open(fresh, uid);
    assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(fresh)));
    assertThrows(FsException.class, () -> ControlDirectory.open(fresh, uid + 1));
  }

  @Test
  void everyMountPointHasItsOwnFiles() throws IOException {
    ControlDirectory control =
        ControlDirectory.open(directory.resolve("c"), ControlDirectory.uid());
    Path a = control.socket(Path.of("/a"));
    assertEquals(a, control.socket(Path.of("/a")));
    assertFalse(a.equals(control.socket(Path.of("/b"))));
    assertFalse(a.equals(control.log(Path.of("/a"))));
    Files.createFile(a);
    Files.createFile(control.log(Path.of("/a")));
    assertEquals(List.of(a), control.sockets());
  }
}
