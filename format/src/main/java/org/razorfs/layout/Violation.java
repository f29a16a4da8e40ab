package org.razorfs.layout;

import java.util.List;
import org.razorfs.fault.CorruptImageException;

/**
 * One broken rule of the format: what the check classes of this package find, a volume throws, and
 * razorfsck reports.
 *
 * @param invariant the rule
 * @param location the place, outermost first, such as {@code "superblock at 32768"}
 * @param expected what the rule demands there
 * @param actual what was found
 */
public record Violation(Invariant invariant, String location, String expected, String actual) {
  /** This as the exception that a reader throws. */
  public ViolationException toException() {
    return new ViolationException(this);
  }

  /**
   * Throws the first violation that a reader must not live with; the others are for checkers.
   *
   * @throws CorruptImageException when there is one
   */
  public static void refuse(List<Violation> found) throws CorruptImageException {
    for (Violation violation : found) {
      if (violation.invariant.reaction() == Invariant.Reaction.REFUSE) {
        throw violation.toException();
      }
    }
  }

  @Override
  public String toString() {
    return location + ": " + invariant.id() + ": expected " + expected + ", got " + actual;
  }
}
