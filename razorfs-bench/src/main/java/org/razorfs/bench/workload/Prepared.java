package org.razorfs.bench.workload;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * What is made once on the host and serves every file system: a repository, sources, warm loops.
 */
public final class Prepared {
  private final Path folder;
  private final Map<String, Path> made = new HashMap<>();

  /**
   * @param folder an empty one on the host's disk
   */
  public Prepared(Path folder) {
    this.folder = folder;
  }

  /** Makes something in a folder of its own, unless it has been made already. */
  public Path once(String name, Maker maker) throws IOException {
    Path there = made.get(name);
    if (there == null) {
      there = Files.createDirectory(folder.resolve("prepared-" + made.size()));
      maker.make(there);
      made.put(name, there);
    }
    return there;
  }

  /** Makes something. */
  @FunctionalInterface
  public interface Maker {
    /**
     * @param folder where, empty
     */
    void make(Path folder) throws IOException;
  }
}
