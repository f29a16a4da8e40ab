package org.razorfs.mount.daemon;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import org.razorfs.mount.MountLog;
import org.razorfs.tools.JsonDocument;

/** Test support: answers on a mount's socket as a daemon would that is closing its image. */
public final class FakeDaemon implements AutoCloseable {
  /** What happens before a client is told that the image is closed. */
  @FunctionalInterface
  public interface Closing {
    /** Closes it. */
    void close() throws IOException;
  }

  /** What happens before a client is told how the mount is. */
  @FunctionalInterface
  public interface Asked {
    /** Does it. */
    void happen() throws IOException, InterruptedException;
  }

  private final ControlServer server;

  private FakeDaemon(ControlServer server) {
    this.server = server;
  }

  /**
   * Answers from now on.
   *
   * @param message of the answer to who waits for the end
   */
  public static FakeDaemon start(
      Path socket, Path image, Path mountPoint, Closing closing, String message)
      throws IOException {
    return start(socket, image, mountPoint, () -> {}, closing, message);
  }

  /**
   * As above.
   *
   * @param asked may interrupt itself, at which the client is left without an answer
   */
  public static FakeDaemon start(
      Path socket, Path image, Path mountPoint, Asked asked, Closing closing, String message)
      throws IOException {
    JsonDocument status =
        JsonDocument.of("status", 1)
            .put("image", image.toString())
            .put("mount_point", mountPoint.toString())
            .put("pid", 1)
            .put("closing", true);
    return new FakeDaemon(
        ControlServer.start(
            socket,
            operation -> {
              if (operation.equals("wait")) {
                closing.close();
                return JsonDocument.of("control-ended", 1)
                    .put("clean", true)
                    .put("message", message);
              }
              asked.happen();
              return status;
            },
            new MountLog(new StringBuilder(), Clock.systemUTC())));
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
