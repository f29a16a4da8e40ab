package org.razorfs.mount.daemon;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.tools.JsonText;

/** Talks to a mount's daemon over its socket. */
public final class ControlClient implements AutoCloseable {
  private final SocketChannel channel;
  private final BufferedReader in;
  private final Writer out;

  private ControlClient(SocketChannel channel) {
    this.channel = channel;
    this.in = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8));
    this.out = Channels.newWriter(channel, StandardCharsets.UTF_8);
  }

  /** Connects; empty when no daemon listens there. */
  public static Optional<ControlClient> connect(Path socket) throws IOException {
    if (!Files.exists(socket)) {
      return Optional.empty();
    }
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.connect(UnixDomainSocketAddress.of(socket));
      return Optional.of(new ControlClient(channel));
    } catch (IOException e) {
      channel.close(); // the socket of a daemon that was killed refuses
      return Optional.empty();
    }
  }

  /**
   * Sends a request without waiting for its answer.
   *
   * @throws FsException {@code SHUT_DOWN} when the daemon has ended
   */
  public void send(String operation) throws IOException {
    try {
      out.write(operation + "\n");
      out.flush();
    } catch (IOException e) {
      throw ended(); // the daemon closed its end, or the one who asks has given up on it
    }
  }

  /**
   * Waits for an answer, as text.
   *
   * @throws FsException {@code SHUT_DOWN} when the daemon ended without one
   */
  public String receiveText() throws IOException {
    String line;
    try {
      line = in.readLine();
    } catch (IOException e) {
      line = null; // reset by a daemon that was killed
    }
    if (line == null) {
      throw ended();
    }
    return line;
  }

  private static FsException ended() {
    return FsException.of(Fault.SHUT_DOWN, "the daemon ended without an answer");
  }

  /** Waits for an answer. */
  public Map<String, Object> receive() throws IOException {
    return JsonText.parse(receiveText());
  }

  /** Sends a request and waits for its answer. */
  public Map<String, Object> ask(String operation) throws IOException {
    send(operation);
    return receive();
  }

  /**
   * As {@link #ask(String)}, but gives up on a daemon that is stopped or hangs.
   *
   * @throws FsException {@code CANCELLED} when there is no answer in that time; then the daemon
   *     cannot be asked again
   */
  public Map<String, Object> ask(String operation, Duration patience) throws IOException {
    return within(patience, () -> ask(operation));
  }

  /** As {@link #receive()}, but gives up as {@link #ask(String, Duration)} does. */
  public Map<String, Object> receive(Duration patience) throws IOException {
    return within(patience, this::receive);
  }

  @FunctionalInterface
  private interface Answer {
    Map<String, Object> get() throws IOException;
  }

  private Map<String, Object> within(Duration patience, Answer answer) throws IOException {
    AtomicBoolean givenUp = new AtomicBoolean();
    CompletableFuture<Void> alarm =
        CompletableFuture.runAsync(
            () -> {
              givenUp.set(true);
              closeQuietly();
            },
            CompletableFuture.delayedExecutor(patience.toMillis(), TimeUnit.MILLISECONDS));
    try {
      return answer.get();
    } catch (FsException e) {
      throw givenUp.get() ? FsException.of(Fault.CANCELLED, "the daemon does not answer") : e;
    } finally {
      alarm.cancel(false);
    }
  }

  private void closeQuietly() {
    try {
      channel.close();
    } catch (IOException e) {
      // whoever waits for an answer is told that there is none
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
