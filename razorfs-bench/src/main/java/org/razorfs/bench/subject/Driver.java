package org.razorfs.bench.subject;

import java.io.IOException;
import java.nio.file.Path;

/** How one kind of file system is made and mounted. */
interface Driver {
  /** Makes an empty one. */
  void make() throws IOException;

  /** Mounts it and returns when it answers. */
  void mount() throws IOException;

  /** Unmounts it, and returns when whatever serves it has ended; nothing when it is not mounted. */
  void unmount() throws IOException;

  /**
   * Makes everything durable that syncfs(2) has already brought as far as it reaches.
   *
   * @return whether it is still mounted afterwards
   */
  boolean commit() throws IOException;

  /** The image, or the folder, that holds it on the host. */
  Path store();

  /** The directory that it is mounted on. */
  Path mountPoint();
}
