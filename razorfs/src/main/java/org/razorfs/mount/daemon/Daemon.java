package org.razorfs.mount.daemon;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.razorfs.fault.Fault;
import org.razorfs.fault.FsException;
import org.razorfs.mount.MountLog;
import org.razorfs.mount.MountOptions;
import org.razorfs.mount.MountRequest;
import org.razorfs.mount.Transport;
import org.razorfs.mount.TransportUnavailableException;
import org.razorfs.mount.VolumeMount;
import org.razorfs.mount.host.LibC;
import org.razorfs.mount.host.MountTable;
import org.razorfs.mount.host.Unmounter;
import org.razorfs.tools.JsonDocument;
import org.razorfs.tools.Messages;
import org.razorfs.volume.Compaction;

/**
 * Serves one mount from opening the image to closing it.
 *
 * <p>The order is fixed: the image is opened and recovered before anything is mounted, so that
 * errors can still be told; it is closed after the kernel has let go; and whoever waits for the end
 * is told only then.
 */
public final class Daemon {
  private static final long GRACE_SECONDS = 10;

  private final Path image;
  private final Path mountPoint;
  private final MountOptions options;
  private final List<Transport> transports;
  private final Path socket;
  private final boolean root;
  private final MountLog log;
  private final Clock clock;
  private final CompletableFuture<Ending> ending = new CompletableFuture<>();
  private volatile VolumeMount mount;
  private volatile Transport transport;

  /** Why transports that were to be tried before it are not used, or empty. */
  private volatile String passedOver = "";

  /** Held while mounting, so that whoever is told to end either finds a mount or prevents it. */
  private final Object mounting = new Object();

  private volatile boolean toldToEnd;
  private boolean mounted;
  private volatile Transport.Mounted made;

  /** Why the kernel's calls could not be answered any more, or empty. */
  private volatile String servingFailure = "";

  /**
   * How a mount ended.
   *
   * @param clean whether the image was closed and marked clean
   * @param message what went wrong, or empty; a mount that could not be served any more was not
   *     well even though its image is clean
   */
  public record Ending(boolean clean, String message) {}

  /**
   * @param image absolute
   * @param mountPoint absolute
   * @param transports to be tried one after the other, until one can be had
   * @param socket where to listen for requests
   * @param root whether this process may unmount by itself
   */
  public Daemon(
      Path image,
      Path mountPoint,
      MountOptions options,
      List<Transport> transports,
      Path socket,
      boolean root,
      MountLog log,
      Clock clock) {
    this.image = image;
    this.mountPoint = mountPoint;
    this.options = options;
    this.transports = List.copyOf(transports);
    this.transport = transports.get(0);
    this.socket = socket;
    this.root = root;
    this.log = log;
    this.clock = clock;
  }

  /**
   * Opens, mounts, serves, closes.
   *
   * @param onNote is told when another owner of the image is waited for, and when a transport
   *     cannot be had
   * @param ready is told the name of the transport when the kernel's calls are answered
   * @return how it ended, once it was mounted
   * @throws IOException when it could not be mounted
   */
  public Ending run(LibC libc, Consumer<String> onNote, Consumer<String> ready) throws IOException {
    Instant started = clock.instant();
    mount = VolumeMount.open(image, options, libc, onNote);
    try (ControlServer control =
        ControlServer.start(socket, operation -> operate(operation, started), log)) {
      serve(onNote, ready);
      Ending ended = closeImage();
      log.line(ended.clean ? "closed, clean" : "closed, not clean: " + ended.message);
      // Who is told of the end shall not find a daemon any more.
      control.stopListening();
      ending.complete(ended);
      return ended;
    } finally {
      // Where serving never began, this is what closes the image.
      ending.complete(closeImage());
    }
  }

  /** Serves over the first transport that can be had. */
  private void serve(Consumer<String> onNote, Consumer<String> ready) throws IOException {
    for (Transport next : transports) {
      transport = next;
      try {
        mountUnlessToldToEnd();
        serve(ready);
        return;
      } catch (TransportUnavailableException e) {
        made = null;
        passedOver = next.name() + " cannot be had here: " + e.getMessage();
        log.line(passedOver);
        if (next.equals(transports.get(transports.size() - 1))) {
          throw new FsException(e.fault(), passedOver + adviceAgainst(next), e);
        }
        onNote.accept(passedOver);
      } catch (FsException e) {
        throw passedOver.isEmpty()
            ? e
            : new FsException(e.fault(), e.getMessage() + " (" + passedOver + ")", e);
      }
    }
  }

  private String adviceAgainst(Transport only) {
    return transports.size() > 1 ? "" : "; use another one than --transport " + only.name();
  }

  private void serve(Consumer<String> ready) throws IOException {
    try {
      made.serve(() -> ready.accept(transport.name()));
    } catch (TransportUnavailableException e) {
      removeDeadMount();
      throw e;
    } catch (Throwable problem) {
      servingFailure = "serving failed: " + Messages.of(problem);
      removeDeadMount();
      throw problem;
    } finally {
      synchronized (mounting) {
        mounted = false; // what is mounted there from now on is not ours to unmount
      }
    }
  }

  private void mountUnlessToldToEnd() throws IOException {
    log.line("mounting " + image + " on " + mountPoint + " over " + transport.name());
    mount.answerOver(transport.keepsAcls());
    synchronized (mounting) {
      if (toldToEnd) {
        throw FsException.of(Fault.SHUT_DOWN, image + ": told to end before it was mounted");
      }
      made = transport.mount(mount.handler(), request(), log);
      mounted = true;
    }
  }

  private boolean tells(Predicate<Transport.Mounted> question) {
    Transport.Mounted now = made;
    return now != null && question.test(now);
  }

  private MountRequest request() {
    return options.request(mountPoint, image.toString(), root);
  }

  /** The mount as the kernel has it; empty before it is made, and when another one hides it. */
  private Optional<MountTable.Mount> own() throws IOException {
    String source = request().source();
    return MountTable.read()
        .at(mountPoint)
        .filter(there -> there.isRazorfs() && there.source().equals(source));
  }

  /** Unmounts what nobody serves any more, as all that is done there would fail. */
  private void removeDeadMount() {
    try {
      if (own().isPresent()) {
        log.line("unmounting " + mountPoint + ", which cannot be served");
        new Unmounter(root).unmount(mountPoint, Unmounter.Mode.LAZY);
      }
    } catch (IOException | RuntimeException e) {
      log.problem("unmounting " + mountPoint, e); // what made it necessary is told all the same
    }
  }

  /** Closes the image unless that has happened; a second call does nothing. */
  private synchronized Ending closeImage() {
    if (ending.isDone()) {
      return ending.join();
    }
    try {
      mount.close();
      return new Ending(true, servingFailure);
    } catch (IOException | RuntimeException e) {
      log.problem("closing " + image, e);
      String message = String.valueOf(e.getMessage());
      return new Ending(
          false, servingFailure.isEmpty() ? message : message + "; before that, " + servingFailure);
    }
  }

  private JsonDocument operate(String operation, Instant started)
      throws IOException, InterruptedException {
    return switch (operation) {
      case "status" -> status(started);
      case "metrics" -> Metrics.of(mount.volume(), mount.handler().lookups());
      case "checkpoint" -> {
        mount.volume().checkpoint();
        yield JsonDocument.of("control-done", 1).put("operation", operation);
      }
      case "compact" -> compact();
      case "shutdown" -> {
        new Unmounter(root).unmount(mountPoint, Unmounter.Mode.PLAIN);
        yield ended();
      }
      case "wait" -> ended();
      default ->
          throw FsException.of(
              Fault.INVALID_ARGUMENT,
              "unknown operation '"
                  + operation
                  + "'; known are status, metrics, checkpoint, compact, shutdown and wait");
    };
  }

  private JsonDocument compact() throws IOException {
    Compaction done = mount.volume().compact();
    return Metrics.put(JsonDocument.of("compact", 1), done)
        .put("complete", done.complete())
        .put("available_bytes", mount.volume().statfs().availableBytes());
  }

  private JsonDocument ended() throws InterruptedException {
    try {
      Ending ended = ending.get();
      return JsonDocument.of("control-ended", 1)
          .put("clean", ended.clean)
          .put("message", ended.message);
    } catch (ExecutionException e) {
      throw new IllegalStateException("an ending never fails", e);
    }
  }

  private JsonDocument status(Instant started) throws IOException {
    boolean imageReadOnly = mount.volume().isReadOnly();
    boolean readOnly = imageReadOnly || own().filter(MountTable.Mount::readOnly).isPresent();
    return Metrics.space(
            JsonDocument.of("status", 1)
                .put("image", image.toString())
                .put("mount_point", mountPoint.toString())
                .put("pid", ProcessHandle.current().pid())
                .put("transport", transport.name())
                .put("transport_reason", passedOver)
                .put("io_uring", tells(Transport.Mounted::usesIoUring))
                .put("idle_poll", tells(Transport.Mounted::pollsWhenIdle))
                .put("started", started.truncatedTo(java.time.temporal.ChronoUnit.SECONDS))
                .put("read_only", readOnly)
                .put("image_read_only", imageReadOnly)
                .put("closing", toldToEnd || mount.handler().isClosed()),
            mount.volume())
        .put("memory", Metrics.memory());
  }

  /**
   * Ends the mount because the process has to end: unmounts, lazily where files are still open, and
   * sees that the image is closed even when those stay open. Where nothing is mounted so far,
   * nothing will be.
   *
   * @return whether the image is closed and clean, or as it was before
   */
  public boolean terminate() {
    boolean unmounts;
    synchronized (mounting) {
      toldToEnd = true;
      unmounts = mounted;
    }
    if (mount == null) {
      return true; // what is left of opening it is as after a crash: nothing is lost by it
    }
    try {
      if (!ending.isDone()) {
        log.line("told to end");
        if (unmounts) {
          unmountSomehow();
        }
      }
      return ending.get(GRACE_SECONDS, TimeUnit.SECONDS).clean;
    } catch (TimeoutException e) {
      log.line(
          "not closed after " + GRACE_SECONDS + " s, as files may be open; closing all the same");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException | ExecutionException | RuntimeException e) {
      log.problem("ending", e);
    }
    Ending ended = closeImage();
    ending.complete(ended);
    return ended.clean;
  }

  private void unmountSomehow() throws IOException {
    Unmounter unmounter = new Unmounter(root);
    try {
      unmounter.unmount(mountPoint, Unmounter.Mode.PLAIN);
    } catch (FsException e) {
      if (e.fault() != Fault.BUSY) {
        throw e;
      }
      log.line("files are open, unmounting lazily");
      unmounter.unmount(mountPoint, Unmounter.Mode.LAZY);
    }
  }
}
