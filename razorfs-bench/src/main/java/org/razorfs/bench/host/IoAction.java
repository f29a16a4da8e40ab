package org.razorfs.bench.host;

import java.io.IOException;

/** Something that is done to files. */
@FunctionalInterface
public interface IoAction {
  /** Does it. */
  void run() throws IOException;
}
