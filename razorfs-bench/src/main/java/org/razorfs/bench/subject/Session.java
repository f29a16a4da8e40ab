package org.razorfs.bench.subject;

import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalLong;

/** A mounted file system that is being measured. */
public interface Session extends AutoCloseable {
  /** An empty folder of ours in it. */
  Path root();

  /**
   * Returns when everything written is on the disk: this is what the clock waits for. The file
   * system may be unmounted afterwards, until {@link #ready}.
   */
  void settle() throws IOException;

  /** Makes it usable after {@link #settle}. */
  void ready() throws IOException;

  /** Forgets everything cached: unmounts, drops the kernel's caches, mounts. */
  void chill() throws IOException;

  /** The bytes that the file system says are used, more than when it was new, if it was. */
  OptionalLong usedBytes() throws IOException;

  /** Unmounts it and takes it away. */
  @Override
  void close() throws IOException;
}
