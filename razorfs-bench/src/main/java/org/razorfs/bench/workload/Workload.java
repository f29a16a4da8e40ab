package org.razorfs.bench.workload;

import java.io.IOException;
import org.razorfs.bench.result.Figure;
import org.razorfs.bench.result.Unit;

/**
 * One kind of work that is measured.
 *
 * @param id its name on the command line
 * @param title what it does
 * @param unit what its figures count
 * @param cold whether it starts with nothing cached, which takes root
 * @param body does it once, with everything that it needs prepared by itself and not measured
 */
public record Workload(String id, String title, Unit unit, boolean cold, Body body) {
  /** Does the work and measures it. */
  @FunctionalInterface
  public interface Body {
    /**
     * @throws UnavailableException when something that it needs is not installed
     * @throws IOException when it fails, which says something of the file system
     */
    Figure measure(Site site) throws IOException;
  }
}
