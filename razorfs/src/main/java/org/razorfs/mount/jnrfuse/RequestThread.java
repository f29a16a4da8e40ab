package org.razorfs.mount.jnrfuse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * One of libfuse's threads, seen from outside: whether it has answered the request that it was
 * serving, which libfuse itself does not tell.
 */
interface RequestThread {
  /** Whether it has gone back to the device, or is no more. */
  boolean isAtTheDevice();

  /** The calling thread; empty where nothing shows what threads do. */
  static Optional<RequestThread> current() {
    try {
      // Such as 4711/task/4712.
      Path task = Path.of("/proc").resolve(Files.readSymbolicLink(Path.of("/proc/thread-self")));
      Linux thread = new Linux(task);
      thread.call(); // only if it can be read
      return Optional.of(thread);
    } catch (IOException | RuntimeException e) {
      return Optional.empty();
    }
  }

  /**
   * A thread of Linux.
   *
   * @param task its directory below {@code /proc}
   */
  record Linux(Path task) implements RequestThread {
    private static final Path DEVICE = Path.of("/dev/fuse");

    @Override
    public boolean isAtTheDevice() {
      try {
        // Such as "0 0x5 0x7f…": number and arguments, the first of which is a descriptor; or
        // "running", or "-1 …" outside of any call.
        String[] words = call().split(" ");
        if (words.length < 2 || words[0].equals("-1")) {
          return false;
        }
        Path descriptor = task.resolve("fd").resolve(Long.decode(words[1]).toString());
        return Files.readSymbolicLink(descriptor).equals(DEVICE);
      } catch (IOException e) {
        return !Files.exists(task); // else its first argument is no descriptor
      } catch (NumberFormatException e) {
        return false;
      }
    }

    private String call() throws IOException {
      return Files.readString(task.resolve("syscall")).strip();
    }
  }
}
