package org.razorfs.bench.workload;

import java.io.IOException;
import java.nio.file.Path;
import org.razorfs.bench.result.Figure;

/** Something that reads and writes blocks of 4 KiB that cannot be compressed, in operations/s. */
interface BlockIo {
  /** Writes a new file from end to end, then one fsync. */
  Figure append(Path file, long bytes) throws IOException;

  /** Reads at random places, so many by each job. */
  Figure read(Path file, int jobs, int each) throws IOException;

  /** Writes at random places, with an fsync after each or one at the end. */
  Figure write(Path file, int count, boolean fsyncEach) throws IOException;
}
