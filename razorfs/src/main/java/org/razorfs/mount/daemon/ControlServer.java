package org.razorfs.mount.daemon;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.razorfs.mount.MountLog;
import org.razorfs.tools.JsonDocument;
import org.razorfs.tools.Messages;

/**
 * Answers requests on a Unix socket: one line with the name of an operation, one line with a JSON
 * document in return, as often as the client likes.
 */
final class ControlServer implements AutoCloseable {
  /** What the daemon does on request. */
  @FunctionalInterface
  interface Operations {
    /**
     * Does it.
     *
     * @return the answer
     * @throws IOException when it cannot; the message becomes the answer
     * @throws InterruptedException when the daemon ends meanwhile
     */
    JsonDocument run(String operation) throws IOException, InterruptedException;
  }

  private static final int MOST_CLIENTS = 32;
  private static final long GOODBYE_MILLIS = 2000;

  /** What the host is short of does not come back at once. */
  private static final long PAUSE_NANOS = 100_000_000;

  private final Path socket;
  private final Operations operations;
  private final MountLog log;
  private final ServerSocketChannel server;
  private final Object file;
  private final ThreadFactory threads;
  private final Set<Thread> clients = ConcurrentHashMap.newKeySet();

  private ControlServer(
      Path socket,
      Operations operations,
      MountLog log,
      ServerSocketChannel server,
      Object file,
      ThreadFactory threads) {
    this.socket = socket;
    this.operations = operations;
    this.log = log;
    this.server = server;
    this.file = file;
    this.threads = threads;
  }

  /** Listens from now on. A socket that a dead daemon left there is replaced. */
  static ControlServer start(Path socket, Operations operations, MountLog log) throws IOException {
    return start(socket, operations, log, Thread::new);
  }

  /**
   * As above.
   *
   * @param threads one is made to listen, and one for each client
   */
  static ControlServer start(
      Path socket, Operations operations, MountLog log, ThreadFactory threads) throws IOException {
    Files.deleteIfExists(socket);
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    Object file;
    boolean done = false;
    try {
      server.bind(UnixDomainSocketAddress.of(socket));
      file = identity(socket);
      done = true;
    } finally {
      if (!done) {
        server.close();
      }
    }
    ControlServer control = new ControlServer(socket, operations, log, server, file, threads);
    control.daemonThread("control", control::accept);
    return control;
  }

  private static Object identity(Path socket) throws IOException {
    return Files.readAttributes(socket, BasicFileAttributes.class).fileKey();
  }

  private void daemonThread(String name, Runnable work) {
    Thread thread = threads.newThread(work);
    thread.setName(name);
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    while (true) {
      try {
        admit(server.accept());
      } catch (ClosedChannelException e) {
        return;
      } catch (IOException | OutOfMemoryError e) { // descriptors, memory or the host's threads
        // Who connects while nobody listens would wait for an answer for ever.
        log.problem("control socket", e);
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
  }

  private void admit(SocketChannel client) {
    boolean admitted = false;
    try {
      if (clients.size() < MOST_CLIENTS) {
        daemonThread("control client", () -> serve(client));
        admitted = true;
      }
    } finally {
      if (!admitted) {
        close(client);
      }
    }
  }

  private void serve(SocketChannel client) {
    clients.add(Thread.currentThread());
    try (client;
        BufferedReader in = new BufferedReader(Channels.newReader(client, StandardCharsets.UTF_8));
        Writer out = Channels.newWriter(client, StandardCharsets.UTF_8)) {
      String operation;
      while ((operation = in.readLine()) != null) {
        out.write(answer(operation.strip()) + "\n");
        out.flush();
      }
    } catch (IOException e) {
      // The client has gone, which is its right.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      clients.remove(Thread.currentThread());
    }
  }

  private JsonDocument answer(String operation) throws InterruptedException {
    try {
      return operations.run(operation);
    } catch (IOException | RuntimeException e) {
      return JsonDocument.of("control-error", 1)
          .put("operation", operation)
          .put("message", Messages.of(e));
    }
  }

  private static void close(SocketChannel client) {
    try {
      client.close();
    } catch (IOException e) {
      // closed is closed
    }
  }

  /** Takes no more clients; those who are there are answered. */
  void stopListening() throws IOException {
    try {
      // Who has been unmounted lazily may end when another one listens there already.
      if (server.isOpen() && identity(socket).equals(file)) {
        Files.deleteIfExists(socket);
      }
    } catch (NoSuchFileException e) {
      // somebody has tidied up
    } finally {
      server.close();
    }
  }

  /** Ends, after those who wait for an answer have had a moment to get it. */
  @Override
  public void close() throws IOException {
    stopListening();
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(GOODBYE_MILLIS);
    for (Thread client : clients) {
      long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (left > 0) {
        join(client, left);
      }
    }
  }

  private static void join(Thread client, long millis) {
    try {
      client.join(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
