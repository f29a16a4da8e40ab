package org.razorfs.model.posix;

import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import org.razorfs.fault.Fault;

/**
 * What came of an operation, or what may come of it where several faults would be right.
 *
 * @param faults empty where it succeeded
 * @param value what it gave back, if it gives anything
 */
public record Outcome(Set<Fault> faults, Object value) {
  /** Success that gives nothing back. */
  public static final Outcome DONE = new Outcome(Set.of(), null);

  public static Outcome of(Object value) {
    return new Outcome(Set.of(), value);
  }

  /** A failure with one of these faults. */
  public static Outcome failure(Fault first, Fault... others) {
    return new Outcome(EnumSet.of(first, others), null);
  }

  public boolean succeeded() {
    return faults.isEmpty();
  }

  /** Whether this is what was expected. */
  public boolean matches(Outcome expected) {
    return succeeded()
        ? expected.succeeded() && Objects.equals(value, expected.value)
        : expected.faults.containsAll(faults);
  }

  @Override
  public String toString() {
    return succeeded() ? (value == null ? "done" : String.valueOf(value)) : faults.toString();
  }
}
