package org.razorfs.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file that is removed unless it gets finished, also where a signal ends the program. */
final class UnfinishedFile implements AutoCloseable {
  private final Path file;
  private final Thread hook = new Thread(this::removeQuietly, "remove what is unfinished");
  private boolean finished;

  /**
   * @param file exists
   */
  UnfinishedFile(Path file) {
    this.file = file;
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** From now on it stays. */
  synchronized void finish() {
    finished = true;
  }

  private synchronized void remove() throws IOException {
    if (!finished) {
      Files.deleteIfExists(file);
    }
  }

  private void removeQuietly() {
    try {
      remove();
    } catch (IOException e) {
      return; // there is nobody left to tell
    }
  }

  @Override
  public void close() throws IOException {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      return; // it is running just now
    }
    remove();
  }
}
