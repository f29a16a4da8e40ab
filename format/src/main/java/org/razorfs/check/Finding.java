package org.razorfs.check;

import java.util.Objects;

/**
 * One thing that is wrong with an image.
 *
 * @param problem which of all that can be wrong
 * @param location where, outermost first, such as {@code "inode 12"}
 * @param message what should be there and what was found, without a full stop
 */
public record Finding(Problem problem, String location, String message) {
  public Finding {
    Objects.requireNonNull(problem);
    Objects.requireNonNull(location);
    Objects.requireNonNull(message);
  }

  @Override
  public String toString() {
    return location + ": " + problem.code() + ": " + message;
  }
}
