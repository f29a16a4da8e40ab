package org.razorfs.bench.subject;

import java.io.IOException;
import java.util.Optional;
import org.razorfs.bench.host.CleanUp;

/** A file system that can be measured. */
public interface Target {
  /** Its name in results, such as {@code ext4}. */
  String name();

  /** What exactly it is, for people. */
  String description();

  /** Why it cannot be measured here, and what to do about that. */
  Optional<String> missing();

  /**
   * Makes and mounts it.
   *
   * @param cleanUp where everything is entered that has to be undone
   */
  Session open(CleanUp cleanUp) throws IOException;
}
