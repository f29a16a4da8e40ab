package org.razorfs.mount.jnrfuse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * One of libfuse's threads while it serves one request, seen from outside: whether it has answered,
 * which libfuse itself does not tell. Equal are those of the same request.
 */
interface RequestThread {
  /** Whether it has answered that request, or is no more. */
  boolean hasAnswered();

  /** The calling thread and its request; empty where nothing shows what threads do. */
  static Optional<RequestThread> current() {
    try {
      // Such as 4711/task/4712.
      Path task = Path.of("/proc").resolve(Files.readSymbolicLink(Path.of("/proc/thread-self")));
      return Optional.of(new Linux(task, Linux.writes(task)));
    } catch (IOException | RuntimeException e) {
      return Optional.empty();
    }
  }

  /**
   * A thread of Linux, which answers by a write to the device, and writes nothing else.
   *
   * @param task its directory below {@code /proc}
   * @param writes how many writes it had done before it answers
   */
  record Linux(Path task, long writes) implements RequestThread {
    private static final String WRITES = "syscw: ";

    @Override
    public boolean hasAnswered() {
      try {
        return writes(task) != writes;
      } catch (IOException e) {
        return true; // it has ended
      }
    }

    private static long writes(Path task) throws IOException {
      for (String line : Files.readAllLines(task.resolve("io"))) {
        if (line.startsWith(WRITES)) {
          return Long.parseLong(line.substring(WRITES.length()));
        }
      }
      throw new IOException("the kernel does not count writes");
    }
  }
}
